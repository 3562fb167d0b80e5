//! The miner: how fast it is now and was, and what it runs on.

use yew::prelude::*;

use super::card::{Card, Row};
use super::kernel::Kernel;
use super::mining_buttons::MiningButtons;
use super::rate_chart::RateChart;
use super::receipt::ReceiptTable;
use crate::format;
use crate::hooks::View;
use crate::node::view::{GraphicsView, MiningMode, MiningView};

/// Properties of [`MinerCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MinerCardProps {
    /// The node.
    pub view: View,
}

/// The rate, the chart, and the buttons.
#[component]
pub fn MinerCard(props: &MinerCardProps) -> Html {
    let mining = &props.view.mining;
    // Said aloud as it changes, unlike the numbers, which change all the time.
    let state = html! {
        <span class={if mining.mode == MiningMode::Off { "soft" } else { "own" }} role="status" data-testid="miner-state">
            { state(mining) }
        </span>
    };
    html! {
        <Card title="The miner" aside={state}>
            <div class="miner">
                <div class="miner-now">
                    <p class="rate">
                        <span class="rate-number" data-testid="hash-rate">{ format::million_tries(mining.rate_hps) }</span>
                        <span class="rate-unit">{ "million tries a second" }</span>
                    </p>
                    <dl class="rows">
                        <Row label="Workers now"><span data-testid="workers">{ mining.workers }</span></Row>
                        <Row label="Kernel"><Kernel name={mining.kernel.clone()} /></Row>
                        if let GraphicsView::On { rate_hps, .. } = &mining.graphics {
                            <Row label="Of these, by the graphics card">{ format::million_tries(*rate_hps) }</Row>
                        }
                        <Row label="Workers obeyed within"><span data-testid="order-ms">{ obeyed(mining.order_ms) }</span></Row>
                    </dl>
                    if let Some(receipt) = &mining.trouble {
                        <ReceiptTable receipt={receipt.clone()} alert=true />
                    }
                    <MiningButtons mode={mining.mode} main=true />
                </div>
                <RateChart samples={mining.rate_history.clone()} />
            </div>
        </Card>
    }
}

fn state(mining: &MiningView) -> &'static str {
    match (mining.mode, mining.hidden) {
        (MiningMode::Off, _) => "off",
        (MiningMode::On, false) => "mining until stopped",
        (MiningMode::Once, false) => "mining one block",
        (MiningMode::On | MiningMode::Once, true) => "mining in the background",
    }
}

/// How long it took until all workers had another job, or had stopped.
fn obeyed(ms: Option<f64>) -> String {
    ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_told_in_milliseconds() {
        assert_eq!(obeyed(None), "–");
        assert_eq!(obeyed(Some(3.26)), "3.3 ms");
    }
}
