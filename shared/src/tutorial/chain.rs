//! A whole sealed chain in the tutorial's words, made in pieces so that a long one need not stand in memory.

use super::block::{block_json, text};
use crate::values::{AddressPrefix, Block};

/// What stands around the blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{"chain": […], "length": n}`, the answer to `get_chain`.
    Chain,
    /// The answer to `replace_chain`: a message, and the chain as `new_chain` or `actual_chain`.
    Replaced {
        /// Whether another chain was adopted.
        replaced: bool,
        /// What came of each node that was asked, as a JSON array.
        nodes: String,
    },
}

impl Shape {
    fn head(&self) -> String {
        match self {
            Self::Chain => "{\"chain\":[".to_owned(),
            Self::Replaced { replaced: true, .. } => "{\"message\":\"nodes updated.\",\"new_chain\":[".to_owned(),
            Self::Replaced { replaced: false, .. } => {
                "{\"message\":\"already largest chain\",\"actual_chain\":[".to_owned()
            }
        }
    }

    fn tail(&self, length: u64) -> String {
        match self {
            Self::Chain => format!("],\"length\":{length}}}\n"),
            Self::Replaced { nodes, .. } => {
                // Nodes come from a member: what is not a list of values would break the answer it stands in.
                let nodes: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(nodes).unwrap_or_default();
                format!("],\"length\":{length},\"nodes\":{}}}\n", text(&nodes))
            }
        }
    }
}

/// Writes a chain of `length` blocks, genesis first, in pieces that are to be put one after the other.
pub fn chunks<'a>(
    shape: Shape,
    prefix: &'a AddressPrefix,
    length: u64,
    blocks: impl Iterator<Item = Block> + 'a,
) -> impl Iterator<Item = Vec<u8>> + 'a {
    let (head, tail) = (shape.head(), shape.tail(length));
    let blocks = blocks.enumerate().map(|(at, block)| {
        let comma = if at == 0 { "\n" } else { ",\n" };
        format!("{comma}{}", block_json(&block, prefix))
    });
    std::iter::once(head).chain(blocks).chain(std::iter::once(tail)).map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ChainBuilder;

    fn written(shape: Shape) -> serde_json::Value {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 2);
        let blocks = std::iter::once(builder.params().genesis()).chain(builder.blocks().iter().cloned());
        let prefix = builder.params().address_prefix.clone();
        let bytes = chunks(shape, &prefix, 3, blocks).collect::<Vec<_>>().concat();
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn a_chain_is_written_whole_with_its_length() {
        let json = written(Shape::Chain);
        assert_eq!(json["length"], 3);
        let chain = json["chain"].as_array().expect("a list");
        let indices: Vec<_> = chain.iter().map(|block| block["index"].as_u64()).collect();
        assert_eq!(indices, [Some(1), Some(2), Some(3)]);
        assert_eq!(chain[1]["previous_hash"], chain[0]["hash"]);
    }

    #[test]
    fn a_replaced_chain_is_told_in_the_tutorials_words() {
        let nodes = "[{\"node\":\"127.0.0.1:5002\"}]".to_owned();
        let json = written(Shape::Replaced { replaced: true, nodes: nodes.clone() });
        assert_eq!(json["message"], "nodes updated.");
        assert_eq!(json["new_chain"].as_array().map(Vec::len), Some(3));
        assert_eq!(json["nodes"][0]["node"], "127.0.0.1:5002");
        let json = written(Shape::Replaced { replaced: false, nodes });
        assert_eq!(json["message"], "already largest chain");
        assert_eq!(json["actual_chain"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn what_is_no_list_of_nodes_cannot_break_the_answer() {
        for nodes in ["", "],\"length\":7,\"x\":[", "{}", "[1,"] {
            let json = written(Shape::Replaced { replaced: false, nodes: nodes.to_owned() });
            assert_eq!((&json["length"], &json["nodes"]), (&3.into(), &serde_json::json!([])), "{nodes}");
        }
    }
}
