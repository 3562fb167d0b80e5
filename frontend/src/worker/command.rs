//! Does what the page asks: parses what was typed, tells the node, and says what the shell must do besides. Pure.

use shared::protocol::{Mining, Node};
use shared::state::wallet::{self, Form, Funds};
use shared::{Address, NodeName, Receipt, Refusal, Rules, SecretKey, Timestamp};

use super::dial::{self, Dial};
use super::pasted;
use super::snapshot::is_connected;
use crate::node::handle::{Answer, Command, Field, FieldRefusal};
use crate::node::view::WORKERS_MAX;

/// What commands act on.
pub struct Desk<'a> {
    /// The node.
    pub node: &'a mut Node,
    /// What signs this tab's payments.
    pub wallet_key: &'a SecretKey,
    /// Where its rewards go.
    pub payout: Address,
    /// Where the page came from.
    pub origin: &'a str,
    /// Why there is no miner, where there is none.
    pub no_miner: Option<&'a Receipt>,
    /// The wall clock.
    pub now: Timestamp,
}

/// What the shell must do besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Set the share of its core that each worker takes, and remember it.
    Throttle(u8),
    /// Set how many workers there should be, and remember it.
    Workers(Option<u32>),
    /// Use the graphics card or not, and remember it.
    Graphics(bool),
    /// Remember whether auto-sync is on.
    AutoSync(bool),
    /// Remember the name.
    Renamed(NodeName),
    /// Empty the feed.
    ForgetEvents,
    /// Tell those who wait for a block that the owner started or stopped the miner.
    OwnerSpoke,
    /// Ask the nodes elsewhere and then the peers for their chains.
    Replace,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The answer for the page.
    pub answer: Answer,
    /// What the shell must do besides.
    pub effect: Option<Effect>,
}

impl Desk<'_> {
    /// Does what was asked.
    pub fn perform(&mut self, command: Command) -> Outcome {
        let is_sealed = matches!(
            command,
            Command::StartMining
                | Command::MineOne
                | Command::Send { .. }
                | Command::ReplaceChain
                | Command::Connect(_)
        );
        if is_sealed && self.node.params().rules() == Rules::Classic {
            return Answer::Refused(only_in("a sealed room", "a classic one")).into();
        }
        match command {
            Command::StartMining => self.mine(Mining::On { payout: self.payout }),
            Command::MineOne => self.mine(Mining::Once { payout: self.payout }),
            Command::StopMining => {
                self.node.set_mining(Mining::Off, self.now);
                done(Effect::OwnerSpoke)
            }
            Command::SetWorkers(workers) => done(Effect::Workers(workers.map(|workers| workers.clamp(1, WORKERS_MAX)))),
            Command::UseGraphics(on) => done(Effect::Graphics(on)),
            Command::SetThrottle(percent) => done(Effect::Throttle(percent.clamp(1, 100))),
            Command::Send { receiver, amount, fee, memo } => {
                let code = pasted::address(&receiver);
                let is_address = Address::decode(&code, &self.node.params().address_prefix).is_ok();
                // What is no address is refused as it was typed.
                let receiver = if is_address { code } else { pasted::line(&receiver) };
                let (amount, fee) = (pasted::line(&amount), pasted::line(&fee));
                self.send(Form { receiver: &receiver, amount: &amount, fee: &fee, memo: &memo }).into()
            }
            Command::ReplaceChain => done(Effect::Replace),
            Command::SetAutoSync(on) => {
                self.node.set_auto_sync(on, self.now);
                done(Effect::AutoSync(on))
            }
            Command::Connect(text) => self.connect(&text).into(),
            Command::Rename(text) => match NodeName::new(pasted::trimmed(&text)) {
                Ok(name) => {
                    self.node.rename(name.clone(), self.now);
                    done(Effect::Renamed(name))
                }
                Err(error) => refused(Field::Name, error.receipt()).into(),
            },
            Command::ClearEvents => done(Effect::ForgetEvents),
            // The shell's own, which it takes before.
            Command::SetOpen(_)
            | Command::RenewToken
            | Command::AddContact { .. }
            | Command::RemoveContact(_)
            | Command::Classic(_)
            | Command::Import { .. }
            | Command::Identity(_) => Answer::Done.into(),
        }
    }

    fn mine(&mut self, mining: Mining) -> Outcome {
        if let Some(receipt) = self.no_miner {
            return refused(Field::Form, receipt.clone()).into();
        }
        self.node.set_mining(mining, self.now);
        done(Effect::OwnerSpoke)
    }

    fn send(&mut self, form: Form<'_>) -> Answer {
        let funds = Funds::of(&self.wallet_key.public().address(), self.node.ledger(), self.node.mempool());
        match wallet::draft(self.node.params(), funds, self.wallet_key, form) {
            Ok(signed) => match self.node.submit(signed, self.now) {
                Ok(id) => Answer::Sent(id),
                Err(error) => refused(Field::Form, error.receipt()),
            },
            Err(errors) => Answer::Refused(
                errors
                    .into_iter()
                    .map(|error| FieldRefusal { field: form_field(error.field), receipt: error.receipt })
                    .collect(),
            ),
        }
    }

    fn connect(&mut self, text: &str) -> Answer {
        match dial::parse(text, self.origin) {
            Ok(Dial::Node(id)) => match self.node.connect(id, self.now) {
                Ok(name) => Answer::Connected(name.to_string()),
                Err(error) => refused(Field::Node, error.receipt()),
            },
            Ok(Dial::Elsewhere { id, refused }) => match self.node.connect(id, self.now) {
                Ok(name) => Answer::Connected(name.to_string()),
                Err(_) => self::refused(Field::Node, refused.receipt()),
            },
            Ok(Dial::Relay) if is_connected(self.node) => Answer::Connected("the relay".to_owned()),
            Ok(Dial::Relay) => {
                refused(Field::Node, Receipt::new("node", "a relay that answers", "none; this tab keeps trying"))
            }
            Err(error) => refused(Field::Node, error.receipt()),
        }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer, effect: None }
    }
}

fn done(effect: Effect) -> Outcome {
    Outcome { answer: Answer::Done, effect: Some(effect) }
}

/// The refusal of a command that the room's rules have no use for.
pub fn only_in(expected: &str, found: &str) -> Vec<FieldRefusal> {
    vec![FieldRefusal { field: Field::Form, receipt: Receipt::new("rules of the room", expected, found) }]
}

fn refused(field: Field, receipt: Receipt) -> Answer {
    Answer::Refused(vec![FieldRefusal { field, receipt }])
}

fn form_field(field: wallet::Field) -> Field {
    match field {
        wallet::Field::Receiver => Field::Receiver,
        wallet::Field::Amount => Field::Amount,
        wallet::Field::Fee => Field::Fee,
        wallet::Field::Memo => Field::Memo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::fixture::Fixture;
    use shared::testing::{address, key};

    fn perform(fixture: &mut Fixture, command: Command) -> Outcome {
        let mut desk = Desk {
            node: &mut fixture.node,
            wallet_key: &key(1),
            payout: fixture.own,
            origin: "http://127.0.0.1:5001",
            no_miner: None,
            now: fixture.now,
        };
        desk.perform(command)
    }

    fn send(fixture: &Fixture, receiver: Option<u64>, amount: &str, fee: &str) -> Command {
        let receiver =
            receiver.map_or("nobody".to_owned(), |to| address(to).encode(&fixture.node.params().address_prefix));
        Command::Send { receiver, amount: amount.to_owned(), fee: fee.to_owned(), memo: String::new() }
    }

    fn fields(outcome: &Outcome) -> Vec<Field> {
        match &outcome.answer {
            Answer::Refused(refusals) => refusals.iter().map(|refusal| refusal.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_field_at_fault_gets_its_receipt() {
        let mut fixture = Fixture::new(1);
        let cases: [(Option<u64>, &str, &str, &[Field]); 6] = [
            (None, "1.1234567", "-1", &[Field::Receiver, Field::Amount, Field::Fee]),
            (Some(2), "0", "", &[Field::Amount]),
            (Some(2), "-3", "", &[Field::Amount]),
            (Some(2), "1", "x", &[Field::Fee]),
            (Some(2), "10.000001", "", &[Field::Amount]),
            (Some(2), "10", "0.000001", &[Field::Amount]),
        ];
        fixture.mine();
        for (receiver, amount, fee, expect) in cases {
            let command = send(&fixture, receiver, amount, fee);
            assert_eq!(fields(&perform(&mut fixture, command)), expect, "{amount} {fee}");
        }
        let command = send(&fixture, Some(2), "10", "");
        assert!(matches!(perform(&mut fixture, command).answer, Answer::Sent(_)));
    }

    #[test]
    fn mining_is_refused_where_there_is_no_miner() {
        let mut fixture = Fixture::new(1);
        let receipt = Receipt::new("a miner", "one", "none");
        let mut desk = Desk {
            node: &mut fixture.node,
            wallet_key: &key(1),
            payout: fixture.own,
            origin: "",
            no_miner: Some(&receipt),
            now: fixture.now,
        };
        assert_eq!(fields(&desk.perform(Command::StartMining)), [Field::Form]);
        assert_eq!(desk.perform(Command::StopMining).answer, Answer::Done);
        assert_eq!(fixture.node.mining(), Mining::Off);
    }

    #[test]
    fn names_and_nodes_are_checked_as_typed() {
        let mut fixture = Fixture::new(1);
        for bad in ["", "<b>x</b>", "\u{202e}ada", &"x".repeat(25)] {
            assert_eq!(fields(&perform(&mut fixture, Command::Rename(bad.to_owned()))), [Field::Name], "{bad:?}");
        }
        let renamed = perform(&mut fixture, Command::Rename(" ada lovelace ".to_owned()));
        let name = NodeName::new("ada lovelace").expect("letters");
        assert_eq!(renamed.effect, Some(Effect::Renamed(name.clone())));
        assert_eq!(fixture.node.name(), name);
        let own = fixture.node.id().to_string();
        for bad in ["", "x", &"0".repeat(32), &own, "http://127.0.0.1:5001/"] {
            assert_eq!(fields(&perform(&mut fixture, Command::Connect(bad.to_owned()))), [Field::Node], "{bad:?}");
        }
    }

    #[test]
    fn shares_out_of_range_are_cut_and_settings_are_remembered() {
        let mut fixture = Fixture::new(1);
        assert_eq!(perform(&mut fixture, Command::SetThrottle(0)).effect, Some(Effect::Throttle(1)));
        assert_eq!(perform(&mut fixture, Command::SetThrottle(255)).effect, Some(Effect::Throttle(100)));
        for (asked, set) in [(Some(0), Some(1)), (Some(3), Some(3)), (Some(u32::MAX), Some(WORKERS_MAX)), (None, None)]
        {
            assert_eq!(perform(&mut fixture, Command::SetWorkers(asked)).effect, Some(Effect::Workers(set)));
        }
        assert_eq!(perform(&mut fixture, Command::UseGraphics(true)).effect, Some(Effect::Graphics(true)));
        assert_eq!(perform(&mut fixture, Command::SetAutoSync(false)).effect, Some(Effect::AutoSync(false)));
        assert!(!fixture.node.auto_sync());
    }
}
