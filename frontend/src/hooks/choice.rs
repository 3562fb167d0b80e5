//! A switch, a slider or a list that shows what was chosen at once, however busy the node is.

use gloo_timers::future::TimeoutFuture;
use yew::prelude::*;

use crate::node::handle::Command;
use crate::node::use_node;

/// How long after the node's answer its next view may still show the state before, in milliseconds.
const SETTLES_MS: u32 = 1_000;

/// What was chosen and has not settled.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked<T> {
    value: T,
    /// Which choice of this control: an answer to an older one settles nothing.
    number: u64,
    /// Whether the node has answered it.
    answered: bool,
}

/// What a control shows, and how to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice<T: 'static> {
    /// The last choice, or what the node says where nothing is open.
    pub shown: T,
    /// Chooses.
    pub choose: Callback<T>,
}

/// Shows what is chosen at once. It stands until the node has answered and says the same, or says otherwise a moment
/// after its answer: then the node is right.
#[hook]
pub fn use_choice<T: Copy + PartialEq + 'static>(settled: T, command: fn(T) -> Command) -> Choice<T> {
    let (_, node) = use_node();
    let asked = use_state_eq(|| None::<Asked<T>>);
    let newest = use_mut_ref(|| 0_u64);
    {
        let setter = asked.setter();
        use_effect_with((settled, *asked), move |(settled, asked)| {
            if asked.is_some_and(|asked| asked.answered && asked.value == *settled) {
                setter.set(None);
            }
        });
    }
    let choose = {
        let setter = asked.setter();
        use_callback(node, move |value: T, node| {
            let number = *newest.borrow() + 1;
            *newest.borrow_mut() = number;
            setter.set(Some(Asked { value, number, answered: false }));
            let (node, setter, newest) = (node.clone(), setter.clone(), newest.clone());
            yew::platform::spawn_local(async move {
                node.command(command(value)).await;
                if *newest.borrow() == number {
                    setter.set(Some(Asked { value, number, answered: true }));
                    TimeoutFuture::new(SETTLES_MS).await;
                }
                if *newest.borrow() == number {
                    setter.set(None);
                }
            });
        })
    };
    let shown = asked.map_or(settled, |asked| asked.value);
    Choice { shown, choose }
}
