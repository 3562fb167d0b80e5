//! The node's events, told to a person: which of them are worth a line, and what the line says. Pure.

use shared::protocol::{Event, Node, Role, TIME};
use shared::{Address, Block, Height, NodeId, SignedPayment, Transaction};

use super::plain;
use crate::node::view::{BlockRef, EventKind};

/// Payments of so many new blocks are told one by one; what a longer catch-up brings did not just happen.
const TOLD_BLOCKS_MAX: u64 = 20;

/// What lines are written from.
#[derive(Clone, Copy, Debug)]
pub struct Chronicle<'a> {
    /// The node the events came from.
    pub node: &'a Node,
    /// This tab's address.
    pub own: Address,
    /// Whether members who are told of now were in the room before this node came.
    pub introducing: bool,
}

impl Chronicle<'_> {
    /// The lines that an event is worth, the first to be told first.
    pub fn lines(self, event: &Event) -> Vec<EventKind> {
        match event {
            Event::BlockMined { hash, height, reward, fees } => {
                let timestamp_ms = self.node.chain().header(hash).map_or(0, |header| header.timestamp.as_ms());
                let block = BlockRef { height: height.as_u64(), hash: *hash, timestamp_ms };
                vec![EventKind::Mined { block, reward: *reward, fees: *fees, taken: false }]
            }
            Event::TipChanged { new, left, adopted, returned, from, .. } => {
                let tip = plain::tip_ref(new);
                let mut lines = Vec::new();
                if *left > 0 {
                    lines.push(EventKind::Reorganised { tip, left: *left, adopted: *adopted, returned: *returned });
                } else if let Some(from) = from {
                    lines.push(EventKind::Adopted { tip, blocks: *adopted, from: self.name(from) });
                }
                lines.extend(self.payments_of(new.height, *adopted));
                lines
            }
            Event::PaymentTaken { payment, from: None } => {
                let to = self.text(&payment.payment.receiver);
                vec![EventKind::Sent { id: payment.id(), amount: payment.payment.amount, to }]
            }
            Event::PaymentReturned { payment } if self.concerns(payment) => {
                vec![EventKind::Returned { id: payment.id(), amount: payment.payment.amount }]
            }
            Event::PaymentDropped { payment, receipt } if self.is_own(payment) => {
                vec![EventKind::Dropped { id: payment.id(), receipt: receipt.clone() }]
            }
            Event::PaymentRefused { from, receipt, .. } => {
                vec![EventKind::Refused { what: self.what("A payment", from.as_ref()), receipt: receipt.clone() }]
            }
            Event::BlockRefused { from, receipt, .. } => {
                vec![EventKind::Refused { what: self.what("A block", from.as_ref()), receipt: receipt.clone() }]
            }
            Event::BlockEarly { from, receipt, .. } => {
                vec![EventKind::Waits { what: self.what("A block", from.as_ref()), receipt: receipt.clone() }]
            }
            Event::PeerReady { role: Role::Relay, .. } => vec![EventKind::Connected],
            Event::PeerGone { role: Role::Relay, .. } => vec![EventKind::Disconnected],
            Event::PeerCutOff { id, receipt, .. } => {
                let what = id.and_then(|id| self.name(&id)).unwrap_or_else(|| "The other node".to_owned());
                vec![EventKind::Refused { what, receipt: receipt.clone() }]
            }
            Event::RefusedBy { receipt, .. } if receipt.rule == TIME => {
                vec![EventKind::Refused {
                    what: "This computer's clock, by the relay,".to_owned(),
                    receipt: receipt.clone(),
                }]
            }
            Event::RefusedBy { receipt, .. } => {
                vec![EventKind::Refused { what: "This node, by the relay".to_owned(), receipt: receipt.clone() }]
            }
            Event::MemberJoined(member) if !self.introducing => {
                vec![EventKind::Joined { name: member.name.to_string(), id: member.id.to_string() }]
            }
            Event::MemberLeft(member) if !self.introducing => {
                vec![EventKind::Left { name: member.name.to_string(), id: member.id.to_string() }]
            }
            // Others' payments wait in the mempool, which is shown; the rest is shown where it belongs.
            Event::BlockTaken { .. }
            | Event::PaymentTaken { .. }
            | Event::PaymentReturned { .. }
            | Event::PaymentDropped { .. }
            | Event::PeerReady { .. }
            | Event::PeerGone { .. }
            | Event::MemberJoined(_)
            | Event::MemberLeft(_)
            | Event::Synced { .. }
            | Event::ReplaceFinished(_) => Vec::new(),
        }
    }

    /// What the newest `blocks` blocks up to `top` brought this tab, and what of its own they took.
    fn payments_of(self, top: Height, blocks: u64) -> Vec<EventKind> {
        if blocks > TOLD_BLOCKS_MAX {
            return Vec::new();
        }
        let chain = self.node.chain();
        let new = chain
            .heights_of(&self.own)
            .rev()
            .skip_while(|height| *height > top)
            .take_while(|height| height.as_u64() + blocks > top.as_u64());
        let mut heights: Vec<Height> = new.collect();
        heights.reverse();
        let blocks = heights.into_iter().filter_map(|height| chain.block(&chain.hash_at(height)?));
        blocks.flat_map(|block| self.payments_in(&block)).collect()
    }

    fn payments_in(self, block: &Block) -> Vec<EventKind> {
        let place = plain::block_ref(block.hash(), &block.header);
        let line = |transaction: &Transaction| {
            let Transaction::Payment(signed) = transaction else { return None };
            let (id, amount) = (signed.id(), signed.payment.amount);
            if self.is_own(signed) {
                Some(EventKind::Confirmed { id, amount, block: place.clone() })
            } else if signed.payment.receiver == self.own {
                let from = self.text(&signed.payment.sender.address());
                Some(EventKind::Received { id, amount, from, block: place.clone() })
            } else {
                None
            }
        };
        block.transactions.iter().filter_map(line).collect()
    }

    fn is_own(self, signed: &SignedPayment) -> bool {
        signed.payment.sender.address() == self.own
    }

    fn concerns(self, signed: &SignedPayment) -> bool {
        signed.payment.receiver == self.own || self.is_own(signed)
    }

    fn what(self, thing: &str, from: Option<&NodeId>) -> String {
        match from.and_then(|from| self.name(from)) {
            Some(name) => format!("{thing} from {name}"),
            None => thing.to_owned(),
        }
    }

    fn name(self, id: &NodeId) -> Option<String> {
        let member = self.node.members().into_iter().find(|member| member.id == *id)?;
        Some(if member.role == Role::Relay { "the relay".to_owned() } else { member.name.to_string() })
    }

    fn text(self, address: &Address) -> String {
        address.encode(&self.node.params().address_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::fixture::Fixture;
    use shared::protocol::{Member, PeerId};
    use shared::state::wallet::{Form, Funds, draft};
    use shared::testing::{address, key};
    use shared::{NodeName, Receipt};

    fn lines(fixture: &Fixture) -> Vec<EventKind> {
        let chronicle = Chronicle { node: &fixture.node, own: fixture.own, introducing: false };
        fixture.events.iter().flat_map(|event| chronicle.lines(event)).collect()
    }

    fn pay(fixture: &mut Fixture, to: u64, amount: &str) {
        let node = &fixture.node;
        let funds = Funds::of(&fixture.own, node.ledger(), node.mempool());
        let receiver = address(to).encode(&node.params().address_prefix);
        let form = Form { receiver: &receiver, amount, fee: "0.5", memo: "" };
        let signed = draft(node.params(), funds, &key(1), form).expect("it can be paid");
        fixture.node.submit(signed, fixture.now).expect("it can be paid");
        fixture.drain();
    }

    #[test]
    fn a_mined_block_is_one_line() {
        let mut fixture = Fixture::new(1);
        let hash = fixture.mine();
        let [EventKind::Mined { block, reward, fees, taken: false }] = &lines(&fixture)[..] else {
            panic!("{:?}", lines(&fixture))
        };
        assert_eq!((block.height, block.hash), (1, hash));
        assert_eq!((reward.to_string(), fees.to_string()), ("10".to_owned(), "0".to_owned()));
        assert!(block.timestamp_ms > 0);
    }

    #[test]
    fn a_payment_is_told_when_it_is_sent_and_when_it_is_confirmed() {
        let mut fixture = Fixture::new(1);
        fixture.mine();
        fixture.events.clear();
        pay(&mut fixture, 2, "4");
        assert!(matches!(&lines(&fixture)[..], [EventKind::Sent { amount, .. }] if amount.to_string() == "4"));
        fixture.events.clear();
        fixture.mine();
        let told = lines(&fixture);
        assert!(told.iter().any(|line| matches!(line, EventKind::Confirmed { block, .. } if block.height == 2)));
        assert!(!told.iter().any(|line| matches!(line, EventKind::Received { .. })));
    }

    #[test]
    fn members_who_were_here_before_are_not_told_as_newcomers() {
        let fixture = Fixture::new(1);
        let member = Member {
            id: NodeId::from_bytes([3; 16]),
            name: NodeName::new("bob").expect("letters"),
            address: address(3),
            role: Role::Tab,
            tip: fixture.node.chain().tip(),
            auto_sync: true,
            online: true,
            seen: fixture.now,
        };
        let joined = Event::MemberJoined(Box::new(member));
        let told = |introducing| Chronicle { node: &fixture.node, own: fixture.own, introducing }.lines(&joined);
        assert_eq!(told(true), []);
        assert!(matches!(&told(false)[..], [EventKind::Joined { name, .. }] if name == "bob"));
    }

    #[test]
    fn a_refusal_says_of_what() {
        let fixture = Fixture::new(1);
        let chronicle = Chronicle { node: &fixture.node, own: fixture.own, introducing: false };
        let receipt = Receipt::new("rule", "this", "that");
        let event = Event::RefusedBy { peer: PeerId(1), id: None, receipt: receipt.clone() };
        assert_eq!(
            chronicle.lines(&event),
            [EventKind::Refused { what: "This node, by the relay".to_owned(), receipt: receipt.clone() }]
        );
        let event = Event::BlockRefused { hash: shared::BlockHash::ZERO, from: None, receipt: receipt.clone() };
        assert_eq!(chronicle.lines(&event), [EventKind::Refused { what: "A block".to_owned(), receipt }]);
    }
}
