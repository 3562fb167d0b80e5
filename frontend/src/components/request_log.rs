//! The requests that this tab has answered, as they arrive.

use yew::prelude::*;

use super::ago::Ago;
use super::card::Card;
use super::notice::Empty;
use crate::format;
use crate::node::view::{HttpView, RequestView};

/// Properties of [`RequestLog`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RequestLogProps {
    /// What came.
    pub http: HttpView,
}

/// One line a request, newest first: when, what, the status, how long it took, who asked.
#[component]
pub fn RequestLog(props: &RequestLogProps) -> Html {
    let http = &props.http;
    html! {
        <Card title="Requests as they arrive" aside={html! {
            <span class="soft">{ format!("{} answered", format::number(http.handled)) }</span>
        }}>
            if http.log.is_empty() {
                <Empty title="Nothing has been asked yet">{ "Run the first command, and it shows up here." }</Empty>
            }
            <ul class="requests" data-testid="request-log" aria-live="polite" aria-relevant="additions">
                { for http.log.iter().map(|request| html! { <Line key={request.number} request={request.clone()} /> }) }
            </ul>
        </Card>
    }
}

/// Properties of [`Line`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct LineProps {
    request: RequestView,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let request = &props.request;
    html! {
        <li class="request" data-testid="request">
            <span class={classes!("request-status", tone(request.status))}>
                { request.status.map_or_else(|| "…".to_owned(), |status| status.to_string()) }
                if request.status.is_none() { <span class="unseen">{ "under way" }</span> }
            </span>
            <span class="request-what"><span class="soft">{ &request.method }</span>{ " " }<code translate="no">{ &request.path }</code></span>
            <span class="request-took soft">{ request.took_ms.map(took) }</span>
            <span class="request-who faint"><bdi translate="no">{ request.agent.clone().unwrap_or_else(|| "unnamed program".to_owned()) }</bdi></span>
            <span class="request-when faint"><Ago ms={request.at_ms} sentence=true /></span>
        </li>
    }
}

/// The colour of a status: an answer, a refusal, or neither yet.
fn tone(status: Option<u16>) -> &'static str {
    match status {
        None => "soft",
        Some(..400) => "good",
        Some(_) => "bad",
    }
}

/// How long an answer took: "4 ms", "2.1 s".
fn took(ms: u32) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{:.1} s", f64::from(ms) / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_red_and_answers_green() {
        for (status, colour) in
            [(None, "soft"), (Some(200), "good"), (Some(201), "good"), (Some(401), "bad"), (Some(504), "bad")]
        {
            assert_eq!(tone(status), colour);
        }
    }

    #[test]
    fn how_long_is_told_in_milliseconds_up_to_a_second() {
        assert_eq!(took(4), "4 ms");
        assert_eq!(took(999), "999 ms");
        assert_eq!(took(12_340), "12.3 s");
    }
}
