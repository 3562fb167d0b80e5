//! The list of blocks, a page at a time.

use yew::prelude::*;

use super::block_list::BlockList;
use super::notice::Empty;
use super::receipt::ReceiptTable;
use crate::hooks::View;
use crate::node::handle::{Found, Query};
use crate::node::use_query;

/// Blocks on a page.
const PAGE: u32 = 20;

/// Properties of [`BlockPager`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockPagerProps {
    /// The node.
    pub view: View,
}

/// A page of the chain. The first page follows the tip; the others stay where they are.
#[component]
pub fn BlockPager(props: &BlockPagerProps) -> Html {
    let from = use_state_eq(|| None::<u64>);
    let found = use_query(Query::Blocks { from: *from, count: PAGE }, props.view.tip.hash);
    let tip = props.view.tip.height;
    let top = from.unwrap_or(tip);
    let step = u64::from(PAGE);
    let newer = (from.is_some()).then(|| top + step).map(|next| (next < tip).then_some(next));
    let older = (top >= step).then(|| Some(top - step));
    let blocks = match &found {
        None => html! { <div class="blocks-loading" role="status">{ "Looking the blocks up…" }</div> },
        Some(Found::Blocks(blocks)) if blocks.is_empty() => {
            html! { <Empty title="No blocks at these heights">{ "The chain is shorter now." }</Empty> }
        }
        Some(Found::Blocks(blocks)) => html! { <BlockList blocks={blocks.clone()} /> },
        Some(Found::Nothing(receipt)) => html! { <ReceiptTable receipt={receipt.clone()} /> },
        Some(_) => Html::default(),
    };
    html! {
        <>
            { blocks }
            <nav class="pager" aria-label="Pages of blocks">
                <Turn name="Newest" to={from.is_some().then_some(None)} from={from.setter()} />
                <Turn name="Newer" to={newer} from={from.setter()} />
                <Turn name="Older" to={older} from={from.setter()} />
            </nav>
        </>
    }
}

/// Properties of [`Turn`].
#[derive(Clone, PartialEq, Properties)]
struct TurnProps {
    name: &'static str,
    /// Where it leads; without it there is nothing there.
    to: Option<Option<u64>>,
    from: UseStateSetter<Option<u64>>,
}

#[component]
fn Turn(props: &TurnProps) -> Html {
    let (to, from) = (props.to, props.from.clone());
    let onclick = Callback::from(move |_| {
        if let Some(to) = to {
            from.set(to);
        }
    });
    html! { <button type="button" class="btn quiet" disabled={to.is_none()} {onclick}>{ props.name }</button> }
}
