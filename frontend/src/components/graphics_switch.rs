//! The switch of the graphics card.

use yew::prelude::*;

use super::receipt::ReceiptTable;
use super::toggle::Toggle;
use crate::format;
use crate::hooks::use_choice;
use crate::node::handle::Command;
use crate::node::view::GraphicsView;

/// Properties of [`GraphicsSwitch`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GraphicsSwitchProps {
    /// Off, starting, used, or why not.
    pub graphics: GraphicsView,
}

/// Use the graphics card, or not; and what came of it.
#[component]
pub fn GraphicsSwitch(props: &GraphicsSwitchProps) -> Html {
    let (on, disabled) = match &props.graphics {
        GraphicsView::Off { available } => (false, !available),
        GraphicsView::Starting | GraphicsView::On { .. } => (true, false),
        GraphicsView::Failed(_) => (false, false),
    };
    let choice = use_choice(on, Command::UseGraphics);
    html! {
        <div class="graphics">
            <Toggle
                label="Use the graphics card" hint={hint(&props.graphics, is_secure())}
                on={choice.shown} {disabled} onchange={choice.choose}
            />
            if let GraphicsView::On { card, .. } = &props.graphics {
                <p class="strong" data-testid="graphics-card">{ card }</p>
            }
            if let GraphicsView::Failed(receipt) = &props.graphics {
                <ReceiptTable receipt={receipt.clone()} alert=true />
            }
        </div>
    }
}

/// Whether the browser takes this page for secure, and so offers it WebGPU.
fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// What the switch does, or what came of it.
fn hint(graphics: &GraphicsView, is_secure: bool) -> String {
    match graphics {
        GraphicsView::Off { available: true } => {
            "It tries far more a second than a processor, and takes far more power. Every hit is checked on the \
             processor before it counts."
                .to_owned()
        }
        GraphicsView::Off { available: false } if !is_secure => {
            "This page came over plain HTTP from another machine. Browsers offer no WebGPU there, so the graphics card \
             cannot be used."
                .to_owned()
        }
        GraphicsView::Off { available: false } => {
            "This browser offers no WebGPU here, so the graphics card cannot be used.".to_owned()
        }
        GraphicsView::Starting => "Opening it, and checking that it counts right…".to_owned(),
        GraphicsView::On { rate_hps, .. } if *rate_hps > 0.0 => format!("It makes {}.", format::rate(*rate_hps)),
        GraphicsView::On { .. } => "It is ready, and works while this tab mines.".to_owned(),
        GraphicsView::Failed(_) => {
            "It could not be used; the processor goes on alone. Switch it on to try again.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_works_is_told_with_its_rate() {
        let card = |rate_hps| GraphicsView::On { card: "Arc 140V".to_owned(), rate_hps };
        assert_eq!(hint(&card(812e6), true), "It makes 812 million tries a second.");
        assert!(hint(&card(0.0), true).contains("ready"));
        let none = GraphicsView::Off { available: false };
        assert!(hint(&none, false).contains("plain HTTP") && hint(&none, true).contains("no WebGPU here"));
    }
}
