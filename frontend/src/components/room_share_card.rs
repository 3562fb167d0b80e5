//! This tab's part in what the room mines.

use yew::prelude::*;

use super::card::{Card, Row};
use super::meter::Meter;
use crate::format;
use crate::hooks::View;
use crate::node::view::MiningView;

/// Properties of [`RoomShareCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RoomShareCardProps {
    /// The node.
    pub view: View,
}

/// This tab's share of the room's rate, and the blocks it found.
#[component]
pub fn RoomShareCard(props: &RoomShareCardProps) -> Html {
    let view = &props.view;
    let mining = &view.mining;
    let share = mining.room_share();
    html! {
        <Card title="This tab in the room" aside={html! { <bdi translate="no" class="soft">{ &view.room.name }</bdi> }}>
            <p class="big">
                if let Some(share) = share {
                    <span class="digits" data-testid="room-share">{ format::per_cent(share) }</span>
                    { " " }<small>{ "of the room's tries" }</small>
                } else {
                    <small>{ unknown(mining) }</small>
                }
            </p>
            <Meter label="This tab's share of the room's tries" percent={(share.unwrap_or(0.0) * 100.0) as u32} />
            <dl class="rows">
                <Row label="The room, estimated">
                    { mining.room_rate_hps.map_or_else(|| "not known yet".to_owned(), a_second) }
                </Row>
                <Row label="This tab">{ a_second(mining.rate_hps) }</Row>
                <Row label="Blocks found by this tab">
                    { format::number(mining.blocks_found) }
                    <span class="soft">{ format!(" of {}", format::number(view.tip.height)) }</span>
                </Row>
            </dl>
            <p class="hint">{ explained(mining) }</p>
        </Card>
    }
}

fn a_second(rate_hps: f64) -> String {
    if rate_hps > 0.0 { format!("{} million a second", format::million_tries(rate_hps)) } else { "none now".to_owned() }
}

/// What stands in the place of a share that there is not.
fn unknown(mining: &MiningView) -> &'static str {
    if mining.rate_hps > 0.0 { "Its share is not known yet" } else { "No share while it does not mine" }
}

/// Where the share comes from, or why there is none.
fn explained(mining: &MiningView) -> &'static str {
    match mining.room_rate_hps {
        None => {
            "Nobody reports their rate. The room's is estimated from how fast its last blocks came, and there are too \
             few of them yet."
        }
        Some(room_hps) if mining.rate_hps > room_hps => {
            "Nobody reports their rate. The room's is estimated from how fast its last blocks came; this tab is faster \
             than they tell, so it counts as all of it."
        }
        Some(_) if mining.rate_hps > 0.0 => {
            "Nobody reports their rate. The room's is estimated from how fast its last blocks came, so it follows slowly."
        }
        Some(_) => "Nobody reports their rate. The room's is estimated from how fast its last blocks came.",
    }
}
