//! The lesson's last step, on the room itself: this tab's own classic chain, forged.

use shared::classic::forge::{ForgeError, append, forge};
use shared::classic::{Chain, Value};
use shared::{Receipt, Refusal, Timestamp};

/// A forged chain, and what was done to the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveForgery {
    /// The chain as it was, the JSON array of its blocks.
    pub before: String,
    /// The forged chain, likewise.
    pub after: String,
    /// The rewritten block's number, counted from 1.
    pub block: usize,
    /// The amount that stood there.
    pub amount_before: String,
    /// What stands there now.
    pub amount_after: String,
    /// Blocks that were linked again.
    pub relinked: usize,
    /// Proofs that were tried, for the block on top; none for the rest.
    pub tries: u64,
    /// How many blocks it has now.
    pub length: usize,
}

/// What the forged amount is.
const AMOUNT: u64 = 1_000_000;

/// Rewrites the first amount of the oldest block that has one, links the rest again, and puts a block on top.
///
/// # Errors
/// A receipt where the text is no chain, where it holds no amount yet, or where it would become too long.
pub fn forge_live(json: &str, now: Timestamp) -> Result<LiveForgery, Receipt> {
    let chain = Chain::from_json(json).map_err(|error| error.receipt())?;
    let place = chain.blocks().iter().position(has_amount).ok_or_else(|| {
        Receipt::new(
            "a chain to forge",
            "a block with a transaction in it",
            format!("{} block without any", chain.length()),
        )
    })?;
    forge_at(json, &chain, place, now).map_err(|error| error.receipt())
}

fn has_amount(block: &shared::classic::Block) -> bool {
    let first = block.transactions().first().and_then(Value::as_object);
    first.is_some_and(|first| first.get("amount").is_some())
}

fn forge_at(json: &str, chain: &Chain, place: usize, now: Timestamp) -> Result<LiveForgery, ForgeError> {
    let forgery = forge(chain, place, 0, AMOUNT.into())?;
    let appended = append(&forgery.chain, Vec::new(), now)?;
    Ok(LiveForgery {
        before: json.to_owned(),
        after: appended.chain.to_json(),
        block: place + 1,
        amount_before: forgery.amount_before.plain(),
        amount_after: forgery.amount_after.plain(),
        relinked: forgery.relinked.len(),
        tries: forgery.attempts + appended.attempts,
        length: appended.chain.length(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::NodeId;
    use shared::classic::Node;

    #[test]
    fn a_live_chain_is_forged_valid_and_longer_without_a_try() {
        let now = Timestamp::from_ms(1_000);
        let mut node = Node::new(NodeId::from_bytes([1; 16]), "swift heron", now);
        node.mine(now).expect("a block");
        node.mine(now).expect("a block");
        let forgery = forge_live(&node.chain().to_json(), now).expect("there is a reward to rewrite");
        assert_eq!(
            (forgery.block, forgery.amount_before.as_str(), forgery.amount_after.as_str()),
            (2, "10", "1000000")
        );
        assert_eq!((forgery.relinked, forgery.tries, forgery.length), (1, 0, 4));
        let chain = Chain::from_json(&forgery.after).expect("a chain");
        assert!(chain.is_valid());
        assert!(node.replace([chain]), "others adopt it");
        node.adopt(Chain::from_json(&forgery.before).expect("the chain as it was"));
        assert_eq!(node.chain().length(), 3);
    }

    #[test]
    fn a_chain_without_a_transaction_cannot_be_forged_and_nonsense_is_refused() {
        let now = Timestamp::from_ms(1_000);
        let node = Node::new(NodeId::from_bytes([1; 16]), "swift heron", now);
        let receipt = forge_live(&node.chain().to_json(), now).expect_err("a genesis alone");
        assert_eq!(receipt.rule, "a chain to forge");
        assert!(forge_live("{}", now).is_err());
    }
}
