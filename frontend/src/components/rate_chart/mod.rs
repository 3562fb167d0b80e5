//! The rate over the last minutes, as a chart.
//!
//! The shapes are stretched to the room there is; the numbers stand beside them in sizes of their own, at per cents of
//! the same room. What it shows is also told in words below it, and those describe it to a screen reader. It takes the
//! same room whether or not there is something to show.

mod plot;
mod scale;
mod summary;

use yew::prelude::*;

use self::plot::{Plot, WIDTH};
use crate::hooks::use_now;
use crate::node::view::RateSample;

/// The minutes that the lower axis names, from its left end.
const MINUTES: [(&str, &str); 6] =
    [("0%", "5 min ago"), ("20%", "4"), ("40%", "3"), ("60%", "2"), ("80%", "1"), ("100%", "now")];

/// Properties of [`RateChart`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RateChartProps {
    /// The rate of the last minutes, oldest first.
    pub samples: Vec<RateSample>,
}

/// The chart, its key, and its summary.
#[component]
pub fn RateChart(props: &RateChartProps) -> Html {
    let now = use_now();
    // The clock ticks once a second; a sample may be a little newer.
    let now = props.samples.last().map_or(now, |newest| now.max(newest.at_ms));
    let plot = Plot::of(&props.samples, now);
    let marks = plot.scale.marks();
    let empty = plot.line.is_empty();
    html! {
        <figure class="chart-of-rate" data-testid="rate-chart">
            <figcaption class="chart-title" id="rate-chart-title">{ "Million tries a second in the last 5 minutes" }</figcaption>
            <div class="chart-paper">
                <svg class="chart-rates" aria-hidden="true" focusable="false">
                    { for marks.iter().map(|(y, number)| html! {
                        <text x="100%" y={format!("{y}%")} dy="0.35em">{ number }</text>
                    }) }
                </svg>
                <svg
                    class="chart-plot" viewBox={format!("0 0 {WIDTH} 100")} preserveAspectRatio="none" focusable="false"
                    role="img" aria-labelledby="rate-chart-title" aria-describedby="rate-chart-summary"
                >
                    { for plot.hidden.iter().map(|(from, to)| html! {
                        <rect class="chart-hidden" x={format!("{from:.1}")} width={format!("{:.1}", to - from)} height="100" />
                    }) }
                    { for marks.iter().map(|(y, _)| html! {
                        <path class="chart-mark" d={format!("M0 {y}H{WIDTH}")} />
                    }) }
                    <path class="chart-area" d={plot.area.clone()} />
                    <path class="chart-line" d={plot.line.clone()} />
                    if let Some((x, y)) = plot.newest {
                        <path class="chart-newest" d={format!("M{x:.1} {y:.1}h0.01")} />
                    }
                </svg>
                <svg class="chart-times" aria-hidden="true" focusable="false">
                    { for MINUTES.iter().map(|(x, name)| html! { <text x={*x} y="15">{ *name }</text> }) }
                </svg>
                if empty {
                    <p class="chart-empty"><span>{ "The rate is drawn here while this tab mines." }</span></p>
                }
            </div>
            <p class="hint chart-summary" id="rate-chart-summary">{ summary::summary(&props.samples, now) }</p>
            <p class="chart-key hint">
                <span class="key-hidden" aria-hidden="true"></span>
                { "In the background, where the browser may slow this tab down. No line: not mining." }
            </p>
        </figure>
    }
}
