//! `is_valid` on sealed blocks: every header of the active chain is verified again, in steps.
//!
//! What is verified: that each header names the hash of the one before it, its height, the target that follows from the
//! blocks before, a time later than their median, and work that meets the target. Signatures and balances were verified
//! when the blocks came, and the header commits to them; the answer says so. An audit that is kept goes on from where it
//! came to, so that being asked again costs what is new.

use std::collections::VecDeque;

use serde::Serialize;

use crate::exchange::Answer;
use crate::rules::header::{self, HeaderError};
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::{Chain, Tip};
use crate::values::{BlockHash, Header, Height, MEDIAN_SPAN, Params, Target, Timestamp};

/// Headers of one step: a few milliseconds of work.
pub const AUDIT_HEADERS: usize = 4_096;

const CHECKED: &str = "the link, height, target, time and proof of every header; signatures and balances were \
                       verified when the blocks came, and the headers commit to them";

/// What is said of a chain that was verified when it came, and is not again.
const CHECKED_BEFORE: &str = "every block was verified, to the last payment, before the relay stored it";
const VALID: &str = "all good, the chain is valid";

/// `is_valid` of a chain that was verified whole when it came: what a relay answers for a node that has gone.
pub fn verified(tip: &Tip) -> Answer {
    let length = tip.height.as_u64().saturating_add(1);
    let tip = tip.hash.to_string();
    Answer::json(200, &Verdict { message: VALID, valid: true, length, tip, checked: CHECKED_BEFORE, refused: None })
}

#[derive(Serialize)]
struct Verdict {
    message: &'static str,
    valid: bool,
    length: u64,
    tip: String,
    checked: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

#[derive(Serialize)]
struct Refused {
    height: Height,
    #[serde(flatten)]
    receipt: Receipt,
}

/// How far an audit has come.
#[derive(Clone, Debug)]
struct Reached {
    header: Header,
    hash: BlockHash,
    /// The time of the header below; `None` at the genesis.
    before: Option<Timestamp>,
    /// The last times, the newest last.
    times: VecDeque<Timestamp>,
}

impl Reached {
    fn genesis(params: &Params) -> Self {
        let header = params.genesis().header;
        Self { hash: header.hash(), header, before: None, times: VecDeque::from([header.timestamp]) }
    }

    fn next_target(&self, params: &Params) -> Target {
        let (Some(before), Ok(target)) = (self.before, Target::from_compact(self.header.target)) else {
            return params.target_limit();
        };
        Target::next(target, self.header.timestamp.signed_ms_since(before), params)
    }

    fn median_time(&self) -> Timestamp {
        let mut times: Vec<Timestamp> = self.times.iter().copied().collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// Verifies the header above.
    fn step(&mut self, next: Header, params: &Params) -> Result<(), Receipt> {
        if next.previous_hash != self.hash {
            let expected = format!("{}, the hash of the block before", self.hash);
            return Err(Receipt::new("previous hash", expected, next.previous_hash.to_string()));
        }
        let hash = next.hash();
        let target = self.next_target(params).to_compact();
        let check = || -> Result<(), HeaderError> {
            let target = Target::from_compact(target).expect("a compact form just made is canonical");
            header::check_version(&next)?;
            header::check_height(&next, self.header.height)?;
            header::check_target(&next, target)?;
            header::check_median_time(&next, self.median_time())?;
            header::check_work(hash, target)
        };
        check().map_err(|error| error.receipt())?;
        self.times.push_back(next.timestamp);
        if self.times.len() > MEDIAN_SPAN {
            self.times.pop_front();
        }
        self.before = Some(self.header.timestamp);
        (self.header, self.hash) = (next, hash);
        Ok(())
    }
}

/// An audit of a node's chain.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    reached: Option<Reached>,
}

impl Audit {
    /// Verifies up to `headers_max` headers more; answers `is_valid` when it has come to the tip, and `None` before.
    pub fn run(&mut self, chain: &Chain, headers_max: usize) -> Option<Answer> {
        let params = chain.params();
        let kept = self.reached.take().filter(|reached| chain.is_active(&reached.hash));
        let reached = self.reached.insert(kept.unwrap_or_else(|| Reached::genesis(params)));
        let first = chain.header(&chain.genesis_hash()).copied();
        let mut refused = None;
        if first.is_none_or(|first| first.hash() != params.genesis().hash()) {
            let expected = params.genesis().hash().to_string();
            refused = Some((Height::ZERO, Receipt::new("genesis", expected, chain.genesis_hash().to_string())));
        }
        let tip = chain.tip();
        for _ in 0..headers_max {
            if refused.is_some() || reached.header.height >= tip.height {
                break;
            }
            let height = reached.header.height.next();
            let next = chain.hash_at(height).and_then(|hash| chain.header(&hash)).copied();
            let next = next.expect("the active chain has a header at every height up to its tip");
            if let Err(receipt) = reached.step(next, params) {
                refused = Some((height, receipt));
            }
        }
        if refused.is_none() && reached.header.height < tip.height {
            return None;
        }
        if refused.is_some() {
            // What was found broken is looked at again when asked again.
            self.reached = None;
        }
        let valid = refused.is_none();
        let verdict = Verdict {
            message: if valid { VALID } else { "the chain is not valid" },
            valid,
            length: tip.height.as_u64().saturating_add(1),
            tip: tip.hash.to_string(),
            checked: CHECKED,
            refused: refused.map(|(height, receipt)| Refused { height, receipt }),
        };
        Some(Answer::json(200, &verdict))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Body;
    use crate::testing::{ChainBuilder, solve_header};
    use crate::values::{CompactTarget, MerkleRoot};

    fn json(answer: Option<Answer>) -> serde_json::Value {
        let Some(Answer { status: 200, body: Body::Json(json) }) = answer else { panic!("an answer") };
        serde_json::from_str(&json).expect("JSON")
    }

    fn builder() -> ChainBuilder {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 20);
        builder
    }

    #[test]
    fn a_chain_is_audited_in_steps_and_again_from_where_that_came_to() {
        let mut builder = builder();
        let mut audit = Audit::default();
        let chain = builder.chain();
        assert_eq!(audit.run(&chain, 15), None);
        let verdict = json(audit.run(&chain, 5));
        assert_eq!((&verdict["valid"], &verdict["length"]), (&true.into(), &21.into()));
        assert_eq!(verdict["tip"], chain.tip().hash.to_string());
        builder.mine(1, &[]);
        assert_eq!(json(audit.run(&builder.chain(), 1))["length"], 22, "one step for the new block");
        assert_eq!(json(audit.run(&builder.chain(), 0))["length"], 22, "none for nothing new");
    }

    #[test]
    fn another_branch_is_audited_from_the_genesis() {
        let mut builder = builder();
        let mut rival = builder.fork_at(10);
        rival.mine_many(2, 12);
        let mut audit = Audit::default();
        json(audit.run(&builder.chain(), AUDIT_HEADERS));
        assert_eq!(audit.run(&rival.chain(), 21), None, "22 blocks stand above the genesis");
        assert_eq!(json(audit.run(&rival.chain(), 1))["length"], 23);
    }

    #[test]
    fn each_header_that_breaks_a_rule_is_refused_by_that_rule() {
        let builder = builder();
        let params = builder.params();
        let mut below = Reached::genesis(params);
        for block in &builder.blocks()[..19] {
            below.step(block.header, params).expect("valid");
        }
        let good = builder.blocks()[19].header;
        let check = |change: fn(&mut Header), solved: bool, rule: &str| {
            let mut header = good;
            change(&mut header);
            if solved {
                solve_header(&mut header);
            }
            assert_eq!(below.clone().step(header, params).expect_err(rule).rule, rule);
        };
        below.clone().step(good, params).expect("valid as it is");
        check(|header| header.previous_hash = BlockHash::ZERO, true, "previous hash");
        check(|header| header.height = header.height.next(), true, "height");
        check(|header| header.version += 1, true, "header version");
        check(|header| header.target = CompactTarget::from_bits(0x2000_fffe), true, "target");
        check(|header| header.timestamp = Timestamp::from_ms(1), true, "time");
        check(|header| header.root = MerkleRoot::ZERO, false, "proof of work");
    }
}
