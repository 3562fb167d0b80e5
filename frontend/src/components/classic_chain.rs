//! The tutorial's chain as the tutorial shows it: one card a block, with its five fields and the hash they have.

use shared::Receipt;
use yew::prelude::*;

use super::receipt::ReceiptTable;
use super::save::save;
use super::seal::{SealBand, spoken};
use crate::format;
use crate::node::handle::{Found, Query};
use crate::node::use_node;
use crate::node::view::{ClassicBlockView, ClassicTransactionView, ClassicView};

/// How many transactions a card has room for.
const FEW: usize = 5;

/// Properties of [`ClassicChain`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClassicChainProps {
    /// This tab's classic node.
    pub classic: ClassicView,
}

/// The chain, newest first.
#[component]
pub fn ClassicChain(props: &ClassicChainProps) -> Html {
    let classic = &props.classic;
    let left = classic.length.saturating_sub(classic.blocks.len() as u64);
    html! {
        <section class="chain" aria-labelledby="chain-title">
            <div class="title-line">
                <h2 id="chain-title">{ "The chain" }</h2>
                <span class="faint wide">{ "newest first; a block names the hash of the one before it" }</span>
                <span class="push"><SaveChain /></span>
            </div>
            <BlockRow blocks={classic.blocks.clone()} />
            if left > 0 {
                <p class="hint">{ format!("{} not shown here; the file has them all.", format::count(left, "older block is", "older blocks are")) }</p>
            }
        </section>
    }
}

/// Properties of [`BlockRow`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockRowProps {
    /// Newest first.
    pub blocks: Vec<ClassicBlockView>,
    /// The row's name, where it is not "the chain".
    #[prop_or(AttrValue::Static("The chain, newest block first"))]
    pub label: AttrValue,
}

/// Blocks in a row. A link that names another hash than its block has is red.
#[component]
pub fn BlockRow(props: &BlockRowProps) -> Html {
    let older = props.blocks.iter().skip(1).map(Some).chain([None]);
    html! {
        <ol class="tablets" tabindex="0" aria-label={props.label.clone()}>
            { for props.blocks.iter().zip(older).map(|(block, older)| html! {
                <Tablet key={format!("{} {}", block.index, block.hash)} block={block.clone()} broken={is_broken(block, older)} last={older.is_none()} />
            }) }
        </ol>
    }
}

/// Whether a block names another hash than the block before it has.
fn is_broken(block: &ClassicBlockView, older: Option<&ClassicBlockView>) -> bool {
    older.is_some_and(|older| older.hash != block.previous_hash)
}

/// Properties of [`Tablet`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct TabletProps {
    block: ClassicBlockView,
    broken: bool,
    last: bool,
}

#[component]
fn Tablet(props: &TabletProps) -> Html {
    let block = &props.block;
    let more = block.transactions.len().saturating_sub(FEW);
    html! {
        <li class={classes!("tablet", props.broken.then_some("broken-link"), props.last.then_some("last"))} data-testid="classic-block">
            <SealBand seal={block.seal.clone()} />
            <dl class="fields">
                { field("index", html! { &block.index }) }
                { field("timestamp", html! { <bdi translate="no">{ &block.timestamp }</bdi> }) }
                { field("proof", html! { &block.proof }) }
                <div class={classes!("tablet-field", props.broken.then_some("bad"))}>
                    <dt>{ "previous_hash" }</dt>
                    <dd><span title={block.previous_hash.clone()}>{ format::short(&block.previous_hash) }</span></dd>
                </div>
                <div class="tablet-field whole-line">
                    <dt>{ "transactions" }</dt>
                    <dd>
                        if block.transactions.is_empty() { <span class="faint">{ "[]" }</span> }
                        <ul>
                            { for block.transactions.iter().take(FEW).map(transaction) }
                            if more > 0 { <li class="faint">{ format!("and {more} more") }</li> }
                        </ul>
                    </dd>
                </div>
            </dl>
            if props.broken {
                <p class="bad tablet-note">{ "The block before it has another hash." }</p>
            }
            <p class="tablet-hash">
                <code translate="no" title={block.hash.clone()}>{ format::short(&block.hash) }</code>
                <span class="strong">{ spoken(&block.seal) }</span>
            </p>
        </li>
    }
}

fn field(name: &'static str, value: Html) -> Html {
    html! { <div class="tablet-field"><dt>{ name }</dt><dd>{ value }</dd></div> }
}

/// One transaction on a line: who pays whom how much. An id as the sender is shown short.
pub(super) fn transaction(transaction: &ClassicTransactionView) -> Html {
    let ClassicTransactionView { sender, receiver, amount } = transaction;
    html! {
        <li class="transfer">
            <span class="transfer-who">
                <bdi translate="no" title={sender.clone()}>{ who(sender) }</bdi>
                <span aria-hidden="true">{ " → " }</span><span class="unseen">{ " to " }</span>
                <bdi translate="no" title={receiver.clone()}>{ who(receiver) }</bdi>
            </span>
            <bdi translate="no" class="strong">{ amount }</bdi>
        </li>
    }
}

/// A name; a node's id, 32 hex digits, short.
fn who(name: &str) -> String {
    let is_id = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { format::short(name) } else { name.to_owned() }
}

/// Saves the whole chain as the JSON that `get_chain` has.
#[component]
fn SaveChain() -> Html {
    let (_, node) = use_node();
    let trouble = use_state_eq(|| None::<Receipt>);
    let onclick = {
        let trouble = trouble.setter();
        Callback::from(move |_| {
            let (node, trouble) = (node.clone(), trouble.clone());
            yew::platform::spawn_local(async move {
                trouble.set(match node.query(Query::ClassicChain).await {
                    Found::Text(text) => save("chain.json", text.as_bytes(), "application/json").err(),
                    Found::Nothing(receipt) => Some(receipt),
                    _ => None,
                });
            });
        })
    };
    html! {
        <>
            <button type="button" class="text-button" {onclick}>{ "Save as JSON" }</button>
            if let Some(receipt) = &*trouble { <ReceiptTable receipt={receipt.clone()} alert=true /> }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::view::SealView;

    fn block(hash: &str, previous_hash: &str) -> ClassicBlockView {
        ClassicBlockView {
            index: "2".to_owned(),
            timestamp: String::new(),
            proof: "533".to_owned(),
            previous_hash: previous_hash.to_owned(),
            hash: hash.to_owned(),
            seal: SealView { cells: [0; 5], words: [String::new(), String::new()] },
            transactions: Vec::new(),
        }
    }

    #[test]
    fn a_link_is_broken_where_the_block_before_has_another_hash() {
        let (newer, older) = (block("b", "a"), block("a", "0"));
        assert!(!is_broken(&newer, Some(&older)));
        assert!(is_broken(&newer, Some(&block("c", "0"))));
        assert!(!is_broken(&older, None), "nothing stands before the first that is shown");
    }

    #[test]
    fn ids_are_short_and_names_are_whole() {
        assert_eq!(who("alice"), "alice");
        assert_eq!(who(&"0123456789abcdef".repeat(2)), "0123…cdef");
    }
}
