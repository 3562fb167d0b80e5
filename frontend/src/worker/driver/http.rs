//! The driver's part in requests over HTTP: what the relay hands over goes to the reception, and what comes of it is
//! performed: answers leave through the outbox, so that nothing is told before it is kept.

use shared::exchange::{ToMember, ToRelay};

use super::Driver;
use crate::node::handle::{Answer, Command, Field, FieldRefusal};
use crate::worker::classic::told;
use crate::worker::clock;
use crate::worker::http::access::Access;
use crate::worker::http::deed::{Deed, Tab};
use crate::worker::http::queue::Asker;
use crate::worker::http::reception::Reception;
use crate::worker::outbox::Item;
use crate::worker::store::Record;
use crate::worker::wire::ToPage;
use shared::{Address, NodeId, Receipt, Rules};

impl Driver {
    /// Has the reception do something, and performs what comes of it.
    pub(super) fn receive(&mut self, work: impl FnOnce(&mut Reception, &mut Tab<'_>) -> Vec<Deed>) {
        let mut node = self.parts.node.borrow_mut();
        let mut tab = Tab {
            node: &mut node,
            wallet_key: &self.wallet_key,
            payout: self.address,
            contacts: self.parts.contacts.list(),
            origin: &self.parts.start.base,
            is_linked: self.parts.link.borrow().is_greeted(),
            no_miner: self.no_miner.as_ref(),
            now: clock::now(),
        };
        let deeds = work(&mut self.parts.reception, &mut tab);
        drop(node);
        for deed in deeds {
            self.do_deed(deed);
        }
    }

    /// Hears who the relay is. Without randomness a new relay gets no token, and so no say.
    pub(super) fn meet(&mut self, relay: NodeId) {
        let is_classic = self.parts.node.borrow().params().rules() == Rules::Classic;
        match clock::random() {
            Ok(random) => {
                self.receive(|reception, tab| reception.meet(relay, Access::new(random, is_classic), tab));
            }
            Err(error) => web_sys::console::error_1(&error.to_string().into()),
        }
    }

    /// Hears what the relay says about HTTP.
    pub(super) fn hear_exchange(&mut self, link: u64, frame: ToMember) {
        // What an earlier connection handed over is answered to nobody.
        if link == self.parts.link.borrow().number() {
            self.asked = true;
            self.receive(|reception, tab| reception.hear(link, frame, tab));
        }
    }

    /// Does what is due, and a little of what takes long.
    pub(super) fn wake_reception(&mut self) {
        let due = self.parts.reception.next_due().is_some_and(|at| at <= clock::now());
        if due || self.parts.reception.is_busy() {
            self.receive(Reception::wake);
            self.perform();
        }
    }

    /// Does a command that is not the node's; returns one that is.
    pub(super) fn take_command(&mut self, number: u64, command: Command) -> Option<Command> {
        let answer = match command {
            Command::SetOpen(open) => {
                let deed = self.parts.reception.set_open(open);
                self.do_deed(deed);
                Answer::Done
            }
            Command::RenewToken => match clock::random() {
                Ok(random) => {
                    let deed = self.parts.reception.renew_token(random);
                    self.do_deed(deed);
                    Answer::Done
                }
                Err(error) => {
                    let receipt =
                        Receipt::new("keys are random", "the browser's cryptographic randomness", error.to_string());
                    Answer::Refused(vec![FieldRefusal { field: Field::Form, receipt }])
                }
            },
            Command::AddContact { name, address } => match self.parts.contacts.add(&name, &address, &self.prefix) {
                Ok(()) => self.keep_contacts(),
                Err(refusals) => Answer::Refused(refusals),
            },
            Command::RemoveContact(name) => {
                self.parts.contacts.remove(&name);
                self.keep_contacts()
            }
            Command::Classic(command) => {
                let mut refused = None;
                self.receive(|reception, tab| {
                    reception.classic(Asker::Page { number }, command, tab).unwrap_or_else(|refusals| {
                        refused = Some(refusals);
                        Vec::new()
                    })
                });
                // One that is not refused is answered by a deed, now or later.
                Answer::Refused(refused?)
            }
            Command::Import { file } => {
                self.start_import(number, file);
                return None;
            }
            Command::Identity(command) => {
                self.change_identities(number, command);
                return None;
            }
            other => return Some(other),
        };
        self.parts.page.send(&ToPage::Answer { number, answer });
        None
    }

    /// Takes up contacts that a backup held.
    pub(super) fn merge_contacts(&mut self, contacts: Vec<(String, Address)>) {
        if self.parts.contacts.merge(contacts) {
            self.keep_contacts();
        }
    }

    fn keep_contacts(&mut self) -> Answer {
        self.parts.outbox.put(Item::keep(Record::Contacts, &self.parts.contacts));
        Answer::Done
    }

    fn do_deed(&mut self, deed: Deed) {
        let link = self.parts.link.borrow().number();
        match deed {
            Deed::Answer(Asker::Page { number }, answer) => {
                self.dirty = true;
                self.parts.page.send(&ToPage::Answer { number, answer: told(&answer) });
            }
            Deed::Answer(Asker::Relay { link, number, line }, answer) => {
                if let Some(answer) = self.parts.reception.answered(line, Some(answer), clock::now()) {
                    self.parts.outbox.put(Item::Say { link, frame: ToRelay::Answer { number, answer } });
                }
            }
            Deed::Drop(Asker::Relay { line, .. }) => {
                self.parts.reception.answered(line, None, clock::now());
            }
            Deed::Drop(Asker::Page { .. }) => {}
            Deed::Tell(frame) => self.parts.outbox.put(Item::Say { link, frame }),
            Deed::Keep(record, value) => {
                self.dirty = true;
                self.parts.outbox.put(Item::Keep(record, value));
            }
        }
    }
}
