//! The driver's part in what the page does with the identities of this browser, and with backups of them: it goes on
//! beside the loop, and its answer leaves from there.

use std::rc::Rc;

use super::Driver;
use crate::node::handle::{Answer, Field, FieldRefusal, IdentityCommand, Secret};
use crate::worker::backup::{self, Restored};
use crate::worker::clock;
use crate::worker::identities::Desk;
use crate::worker::inbox::{Inbox, Input};
use crate::worker::wire::ToPage;
use shared::{Receipt, Seed};

impl Driver {
    /// Has the identities looked up.
    pub(super) fn list_identities(&self, number: u64, count: u32) {
        let (census, page, node) =
            (Rc::clone(&self.parts.census), Rc::clone(&self.parts.page), Rc::clone(&self.parts.node));
        wasm_bindgen_futures::spawn_local(async move {
            let own = node.borrow().id();
            let desk = Desk { registry: census.registry(), own, unsaved: None };
            let found = desk.list(count, &node).await;
            page.send(&ToPage::Found { number, found });
        });
    }

    /// Has something done with the identities.
    pub(super) fn change_identities(&mut self, number: u64, command: IdentityCommand) {
        if let IdentityCommand::CheckWords(typed) = &command {
            let answer = match check_words(&self.parts.identity.seed(), typed) {
                refusals if refusals.is_empty() => {
                    self.parts.identity.back_up(clock::now());
                    self.parts.census.hurry();
                    Answer::Done
                }
                refusals => Answer::Refused(refusals),
            };
            self.parts.page.send(&ToPage::Answer { number, answer });
            return;
        }
        let node = self.parts.node.borrow();
        let (own, params) = (node.id(), node.params().clone());
        drop(node);
        let (identity, contacts) = (self.parts.identity.clone(), self.parts.contacts.clone());
        let (census, page, inbox) =
            (Rc::clone(&self.parts.census), Rc::clone(&self.parts.page), self.parts.inbox.clone());
        wasm_bindgen_futures::spawn_local(async move {
            let (registry, now) = (census.registry(), clock::now());
            let unsaved = census.trouble().filter(|_| !identity.is_backed_up());
            let desk = Desk { registry, own, unsaved };
            let backup = backup::Desk { registry, own, identity, params, contacts };
            let answer = match command {
                IdentityCommand::WriteBackup { password } => {
                    backup.write(&password).await.unwrap_or_else(Answer::Refused)
                }
                IdentityCommand::BackupSaved(ids) => match backup.note(&ids, now).await {
                    Ok(()) => Answer::Done,
                    Err(receipt) => Answer::Refused(vec![FieldRefusal { field: Field::Form, receipt }]),
                },
                IdentityCommand::RestoreWords(words) => restored(backup.restore_words(&words, now).await, &inbox),
                IdentityCommand::RestoreFile { file, password } => {
                    restored(backup.restore_file(&file, &password, now).await, &inbox)
                }
                command => desk.perform(command).await,
            };
            census.hurry();
            inbox.wake();
            page.send(&ToPage::Answer { number, answer });
        });
    }
}

fn restored(outcome: Result<Restored, Vec<FieldRefusal>>, inbox: &Inbox) -> Answer {
    match outcome {
        Ok(Restored { views, own_contacts }) => {
            inbox.put(Input::Contacts(own_contacts));
            Answer::Restored(views)
        }
        Err(refusals) => Answer::Refused(refusals),
    }
}

/// What is wrong with the words that were typed. The right ones are not told: whoever has not written them down should.
fn check_words(seed: &Seed, typed: &[(u8, Secret)]) -> Vec<FieldRefusal> {
    let words = shared::backup::words(seed);
    let wrong = typed.iter().filter(|(place, word)| {
        let right = usize::from(*place).checked_sub(1).and_then(|place| words.get(place));
        !right.is_some_and(|right| word.0.trim().eq_ignore_ascii_case(right))
    });
    let refusal = |(place, word): &(u8, Secret)| FieldRefusal {
        field: Field::Word(*place),
        receipt: Receipt::new(
            "backup words",
            format!("word {place} as it is written down"),
            if word.0.trim().is_empty() { "nothing" } else { "another word" },
        ),
    };
    let mut refusals: Vec<FieldRefusal> = wrong.map(refusal).collect();
    if typed.is_empty() {
        let receipt = Receipt::new("backup words", "some of the words", "none");
        refusals.push(FieldRefusal { field: Field::Form, receipt });
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_were_written_down_are_compared_and_the_right_ones_are_never_told() {
        let seed = Seed::from_bytes([7; 32]);
        let words = shared::backup::words(&seed);
        let typed = |place: u8, word: &str| (place, Secret(word.to_owned()));
        let wrong = |typed: &[(u8, Secret)]| -> Vec<Field> {
            let refusals = check_words(&seed, typed);
            assert!(!format!("{refusals:?} {typed:?}").contains(words[0]));
            refusals.into_iter().map(|refusal| refusal.field).collect()
        };
        assert_eq!(wrong(&[typed(1, words[0]), typed(24, &format!(" {} ", words[23].to_uppercase()))]), []);
        assert_eq!(wrong(&[typed(1, words[1]), typed(2, words[1])]), [Field::Word(1)]);
        assert_eq!(wrong(&[typed(0, words[0])]), [Field::Word(0)]);
        assert_eq!(wrong(&[typed(25, "")]), [Field::Word(25)]);
        assert_eq!(wrong(&[]), [Field::Form]);
        let found = |word| check_words(&seed, &[typed(5, word)])[0].receipt.found.clone();
        assert_eq!((found(" ").as_str(), found("zebra").as_str()), ("nothing", "another word"));
    }
}
