//! Tells chains of the two rule sets apart, where a node was asked for one and gave the other.

use super::block::Block;
use crate::rules::receipt::Receipt;
use crate::values::Rules;

/// How much of an answer is looked at, in bytes: a genesis is shorter.
const LOOKED_AT_BYTES: usize = 4 << 10;

/// Whether an answer to `get_chain` is a node's of the tutorial: JSON whose first block has what the tutorial's have, and
/// not the height that sealed blocks have besides.
pub fn is_tutorials(answer: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&answer[..answer.len().min(LOOKED_AT_BYTES)]);
    let has = |key: &str| start.contains(&format!("\"{key}\""));
    crate::text::without_mark(&start).trim_start().starts_with('{')
        && has("chain")
        && has("previous_hash")
        && !has("height")
}

/// Whether a block is a sealed node's, as it writes them for the tutorial's requests.
pub(super) fn is_sealed(block: &Block) -> bool {
    ["hash", "height"].iter().all(|field| block.field(field).is_some())
}

/// The receipt for a chain of the other rules, where these were wanted.
pub fn wrong_rules(wanted: Rules) -> Receipt {
    let (expected, found) = match wanted {
        Rules::Sealed => ("a sealed chain", "a node of the tutorial: open /rooms/classic/ to have a node that it fits"),
        Rules::Classic => (
            "a chain of the tutorial",
            "a sealed node: connect to a tab of /rooms/classic/, or a relay by http://classic:x@HOST",
        ),
    };
    Receipt::new("rules", expected, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::{Node, answers};
    use crate::exchange::Body;
    use crate::values::{NodeId, Timestamp};

    #[test]
    fn a_chain_of_the_tutorial_is_known_by_its_first_block() {
        let node = Node::new(NodeId::from_bytes([7; 16]), "ada", Timestamp::from_ms(1));
        let Body::Json(answer) = answers::chain_answer(node.chain()).body else { panic!("JSON") };
        assert!(is_tutorials(answer.as_bytes()) && is_tutorials(format!("\u{feff}\n{answer}").as_bytes()));
        let sealed = answer.replace("\"index\"", "\"height\":0,\"hash\":\"00\",\"index\"");
        for other in [sealed.as_str(), "", "{}", "<html>", "TABCOIN\u{1}", "{\"chain\": []}"] {
            assert!(!is_tutorials(other.as_bytes()), "{other}");
        }
    }
}
