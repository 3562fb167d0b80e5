//! The addresses at which this tab answers HTTP.

use yew::prelude::*;

use super::card::Card;
use super::copy::Copy;
use super::value::Whole;
use crate::hooks::View;
use crate::requests::HIDDEN;

/// Properties of [`AddressesCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AddressesCardProps {
    /// The node.
    pub view: View,
    /// Whether the token is shown.
    pub token_shown: bool,
}

/// The tab's addresses, each with what it is good for. The token in the last is shown only on demand; copying takes it
/// along.
#[component]
pub fn AddressesCard(props: &AddressesCardProps) -> Html {
    let view = &props.view;
    let token = (!props.token_shown).then_some(view.http.token.as_str());
    html! {
        <Card title="This tab's addresses" aside={html! { <bdi translate="no" class="strong">{ &view.identity.name }</bdi> }}>
            <p class="soft">
                { "A browser tab has no port of its own. The relay receives the request and hands it to this tab, and \
                   the answer is worked out here." }
            </p>
            if view.identity.urls.is_empty() {
                <p class="soft">{ "They will stand here once the relay is reached." }</p>
            }
            <ul class="ways">
                { for view.identity.urls.iter().map(|url| html! { <Way key={url.clone()} url={url.clone()} hide={token.map(AttrValue::from)} /> }) }
            </ul>
            <dl class="facts close">
                <div class="row">
                    <dt>{ "Node" }</dt>
                    <dd><Whole text={view.identity.id.clone()} what="this node's id" testid="node-id" /></dd>
                </div>
            </dl>
        </Card>
    }
}

/// Properties of [`Way`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct WayProps {
    url: AttrValue,
    /// The token that is not to be seen.
    hide: Option<AttrValue>,
}

#[component]
fn Way(props: &WayProps) -> Html {
    let shown = without(&props.url, props.hide.as_deref());
    let (name, use_of) = purpose(&props.url);
    html! {
        <li class="way">
            <p><span class="strong">{ name }</span>{ " " }<span class="soft">{ use_of }</span></p>
            <span class="whole"><code translate="no" class="whole-text wrap">{ shown }</code><Copy text={props.url.clone()} what={name} /></span>
        </li>
    }
}

/// What an address is called, and what it is good for.
fn purpose(url: &str) -> (&'static str, &'static str) {
    if url.contains('@') {
        ("With the token in it", "for nodes.json: connect_node keeps host and token, and drops a path")
    } else if url.contains("/nodes/") {
        ("By path", "for curl and Postman")
    } else if is_certain(url) {
        ("By host", "for programs that want a host of its own")
    } else {
        ("By host", "works only where every name below this host leads to the relay (wildcard DNS)")
    }
}

/// Whether the relay is surely reached under an address. A name below another host than this computer's leads somewhere
/// only where its owner has set that up, which a page cannot know.
pub fn is_certain(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    url.contains("/nodes/") || host.ends_with(".localhost")
}

/// A text with a word in the token's place.
pub(super) fn without(text: &str, token: Option<&str>) -> String {
    match token {
        Some(token) if !token.is_empty() => text.replace(token, HIDDEN),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_three_forms_has_its_use() {
        assert_eq!(purpose("http://127.0.0.1:5001/nodes/abc").0, "By path");
        assert_eq!(purpose("http://abc.localhost:5001").0, "By host");
        assert_eq!(purpose("http://abc:secret@127.0.0.1:5001").0, "With the token in it");
    }

    #[test]
    fn a_name_below_another_host_is_no_promise() {
        assert!(purpose("https://abc.coin.example/coin").1.contains("wildcard DNS"));
        for (url, certain) in [
            ("http://127.0.0.1:5001/nodes/abc", true),
            ("http://abc.localhost:5001", true),
            ("https://abc.coin.example", false),
            ("https://abc.coin.example:8443/localhost", false),
            ("https://coin.example/coin/nodes/abc", true),
        ] {
            assert_eq!(is_certain(url), certain, "{url}");
        }
    }

    #[test]
    fn a_hidden_token_is_nowhere_in_the_text() {
        assert_eq!(without("http://abc:secret@host", Some("secret")), "http://abc:TOKEN@host");
        assert_eq!(without("http://abc:secret@host", None), "http://abc:secret@host");
        assert_eq!(without("http://abc@host", Some("")), "http://abc@host");
    }
}
