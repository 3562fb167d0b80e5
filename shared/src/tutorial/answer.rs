//! The answers' words: the tutorial's first, what else there is to say after them.

use serde::Serialize;

use super::block::{BlockJson, text};
use super::netloc::Netloc;
use crate::exchange::{Answer, Body};
use crate::protocol::{ReplaceReport, Verdict};
use crate::rules::receipt::Receipt;
use crate::state::Chain;
use crate::values::{AddressPrefix, Block, BlockHash};

#[derive(Serialize)]
struct Mined {
    message: &'static str,
    #[serde(flatten)]
    block: BlockJson,
}

/// Answers `mine_block` with the block that was mined.
pub fn mined(block: &Block, prefix: &AddressPrefix) -> Answer {
    Answer::json(200, &Mined { message: "Mission Accomplished!", block: BlockJson::new(block, prefix) })
}

/// Answers `get_chain`: the relay writes the blocks.
pub fn chain(chain: &Chain) -> Answer {
    Answer { status: 200, body: Body::Chain { tip: chain.tip().hash } }
}

#[derive(Serialize)]
struct Connected {
    message: &'static str,
    total_nodes: Vec<String>,
}

/// Answers `connect_node` with all nodes that are connected now. What stands behind a user's name is not told.
pub fn connected<'a>(nodes: impl IntoIterator<Item = &'a Netloc>) -> Answer {
    let total_nodes = nodes.into_iter().map(Netloc::shown).collect();
    Answer::json(201, &Connected { message: "all nodes connected with following nodes:", total_nodes })
}

/// Answers `disconnect_node` with all nodes that are connected still.
pub fn disconnected_answer<'a>(nodes: impl IntoIterator<Item = &'a Netloc>) -> Answer {
    let total_nodes = nodes.into_iter().map(Netloc::shown).collect();
    Answer::json(200, &Connected { message: "disconnected; connected with following nodes:", total_nodes })
}

/// What came of one node's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeVerdict {
    /// Its id, or the netloc it was connected by.
    node: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
}

impl NodeVerdict {
    /// What came of a node of the room.
    fn of(id: String, name: String, verdict: &Verdict) -> Self {
        Self { node: id, name: Some(name), ..Self::at(String::new(), verdict) }
    }

    /// What came of a node that was connected by its netloc.
    pub fn at(node: impl Into<String>, verdict: &Verdict) -> Self {
        let (verdict, receipt) = match verdict {
            Verdict::Adopted => ("adopted", None),
            Verdict::SameTip => ("the same chain", None),
            Verdict::LessWork { .. } => ("less work", None),
            Verdict::EqualWork => ("equal work", None),
            Verdict::Refused(receipt) => ("refused", Some(receipt.clone())),
            Verdict::NoAnswer => ("no answer", None),
        };
        Self { node: node.into(), name: None, verdict, receipt }
    }
}

/// Answers `replace_chain`: whether the chain was replaced, and what came of each node of the room and of each `more`.
pub fn replaced(report: &ReplaceReport, more: &[NodeVerdict]) -> Answer {
    let of_room = report.verdicts.iter();
    let of_room = of_room.map(|one| NodeVerdict::of(one.id.to_string(), one.name.as_str().to_owned(), &one.verdict));
    let nodes: Vec<NodeVerdict> = of_room.chain(more.iter().cloned()).collect();
    replaced_by(report.tip.hash, report.replaced, &nodes)
}

/// Answers `replace_chain` of a node that asked these nodes itself.
pub fn replaced_by(tip: BlockHash, replaced: bool, nodes: &[NodeVerdict]) -> Answer {
    Answer { status: 200, body: Body::Replaced { tip, replaced, nodes: text(&nodes) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ChainBuilder;

    #[test]
    fn a_mined_block_is_told_with_the_message_first() {
        let mut builder = ChainBuilder::easy();
        let block = builder.mine(1, &[]);
        let answer = mined(&block, &builder.params().address_prefix);
        let Body::Json(json) = answer.body else { panic!("JSON") };
        assert!(json.starts_with("{\"message\":\"Mission Accomplished!\",\"index\":2,\"timestamp\":"), "{json}");
    }

    #[test]
    fn connected_nodes_are_told_without_their_tokens() {
        let nodes = ["http://127.0.0.1:5002", "http://abc:secret@127.0.0.1:5001"];
        let nodes = nodes.map(|url| Netloc::parse(url).expect("a URL"));
        let expected = "{\"message\":\"all nodes connected with following nodes:\",\
                        \"total_nodes\":[\"127.0.0.1:5002\",\"abc@127.0.0.1:5001\"]}";
        assert_eq!(connected(&nodes), Answer { status: 201, body: Body::Json(expected.to_owned()) });
    }

    #[test]
    fn a_refused_chain_is_told_with_its_receipt() {
        let verdict = Verdict::Refused(Receipt::new("proof of work", "less", "more"));
        let Body::Replaced { nodes, .. } =
            replaced_by(BlockHash::ZERO, false, &[NodeVerdict::at("127.0.0.1:5002", &verdict)]).body
        else {
            panic!("a chain")
        };
        let receipt = "{\"rule\":\"proof of work\",\"expected\":\"less\",\"found\":\"more\"}";
        let expected = format!("[{{\"node\":\"127.0.0.1:5002\",\"verdict\":\"refused\",\"receipt\":{receipt}}}]");
        assert_eq!(nodes, expected);
    }
}
