//! The classic chain as pages draw it.

use shared::classic::{Block, Node, Value};
use shared::visible;

use crate::node::view::{CLASSIC_SHOWN, ClassicBlockView, ClassicTransactionView, ClassicView};

/// The snapshot of a node, drawn again only when it has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Views {
    drawn: Option<(u64, ClassicView)>,
}

impl Views {
    /// The node as it is now.
    pub(super) fn view(&mut self, node: &Node, is_valid: impl FnOnce() -> bool, mining: bool) -> ClassicView {
        let revision = node.revision();
        self.drawn.take_if(|(of, _)| *of != revision);
        let (_, view) = self.drawn.get_or_insert_with(|| (revision, draw(node, is_valid())));
        ClassicView { mining, ..view.clone() }
    }
}

fn draw(node: &Node, valid: bool) -> ClassicView {
    let chain = node.chain();
    ClassicView {
        blocks: chain.blocks().iter().rev().take(CLASSIC_SHOWN).map(block).collect(),
        length: chain.length() as u64,
        valid,
        pending: node.pending().iter().map(transaction).collect(),
        nodes: node.nodes().map(shared::classic::without_password).collect(),
        mining: false,
        tip_seal: chain.last().seal().into(),
    }
}

fn block(block: &Block) -> ClassicBlockView {
    let text = |value: Option<&Value>| value.map(shown).unwrap_or_default();
    ClassicBlockView {
        index: text(block.index()),
        timestamp: text(block.timestamp()),
        proof: text(block.field("proof")),
        previous_hash: text(block.field("previous_hash")),
        hash: block.hash(),
        seal: block.seal().into(),
        transactions: block.transactions().iter().map(transaction).collect(),
    }
}

/// A transaction. Nothing in the tutorial says what one must be, so each of its texts may be empty.
fn transaction(value: &Value) -> ClassicTransactionView {
    let text = |name: &str| value.as_object().and_then(|fields| fields.get(name)).map(shown).unwrap_or_default();
    let amount = value.as_object().and_then(|fields| fields.get("amount")).map(shared::classic::json::dumps);
    ClassicTransactionView { sender: text("sender"), receiver: text("receiver"), amount: amount.unwrap_or_default() }
}

/// A value as it can be shown, whoever wrote it.
fn shown(value: &Value) -> String {
    visible(&value.plain()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::Timestamp;

    #[test]
    fn what_strangers_wrote_cannot_turn_the_text_around_it() {
        let mut node = Node::new(shared::NodeId::from_bytes([7; 16]), "ada", Timestamp::from_ms(1));
        node.add_transaction("\u{202e}ada".into(), "bob\n".into(), "\u{9b}".into()).expect("short");
        let view = Views::default().view(&node, || true, false);
        let waiting = &view.pending[0];
        let drawn = [&waiting.sender, &waiting.receiver, &waiting.amount].map(String::as_str);
        assert_eq!(drawn, ["\\u{202e}ada", "bob\\n", "\"\\u009b\""]);
    }

    #[test]
    fn a_chain_is_drawn_newest_first_with_each_value_as_json_writes_it() {
        let now = Timestamp::from_ms(1_700_000_000_000);
        let mut node = Node::new(shared::NodeId::from_bytes([7; 16]), "ada", now);
        let mut views = Views::default();
        assert_eq!(views.view(&node, || true, false).length, 1);
        for amount in [Value::from(5_u64), Value::Float(5.0), Value::from("five")] {
            node.add_transaction("é".into(), "bob".into(), amount).expect("short");
        }
        let amounts = |transactions: &[ClassicTransactionView]| {
            transactions.iter().map(|transaction| transaction.amount.clone()).collect::<Vec<_>>()
        };
        let waiting = views.view(&node, || true, true);
        assert_eq!(amounts(&waiting.pending), ["5", "5.0", "\"five\""]);
        assert!(waiting.mining && !views.view(&node, || unreachable!("nothing changed"), false).mining);
        node.mine(now).expect("a proof");
        let view = views.view(&node, || true, false);
        assert_eq!((view.length, view.pending.len()), (2, 0));
        let [newest, genesis] = &view.blocks[..] else { panic!("two blocks") };
        assert_eq!((newest.index.as_str(), newest.proof.as_str()), ("2", "533"));
        assert_eq!((genesis.previous_hash.as_str(), newest.previous_hash.as_str()), ("0", genesis.hash.as_str()));
        assert_eq!(newest.transactions[0].sender, "é");
        assert_eq!((newest.transactions[3].receiver.as_str(), view.tip_seal.clone()), ("ada", newest.seal.clone()));
    }
}
