//! What keeps two tabs from being one node where there are no Web Locks: browsers give those to secure pages only, and
//! a class on a plain `http://` address in its own network has none.
//!
//! The tabs of a browser ask one another over a BroadcastChannel. Whoever wants an identity asks for it and waits; a tab
//! that holds it says so. Of two that ask at the same time, the one with the higher lot goes without. A tab that closes
//! stops answering, so nothing has to be given back.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "tabcoin nodes";
/// How long an answer may take, in milliseconds: a worker in the middle of a large message answers late.
const ANSWER_MS: u32 = 400;

/// What tabs say to each other: a word, a name, and for a question the asker's lot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    /// May I have this?
    Ask { name: String, lot: u64 },
    /// No: I hold it, or asked for it with a lower lot.
    Held { name: String },
    /// Who holds what?
    RollCall,
}

impl Word {
    fn write(&self) -> String {
        match self {
            Self::Ask { name, lot } => format!("ask {lot} {name}"),
            Self::Held { name } => format!("held {name}"),
            Self::RollCall => "roll call".to_owned(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text == "roll call" {
            return Some(Self::RollCall);
        }
        let (word, rest) = text.split_once(' ')?;
        match word {
            "ask" => {
                let (lot, name) = rest.split_once(' ')?;
                Some(Self::Ask { name: name.to_owned(), lot: lot.parse().ok()? })
            }
            "held" => Some(Self::Held { name: rest.to_owned() }),
            _ => None,
        }
    }
}

/// What one tab holds, asks for and has heard.
#[derive(Debug, Default)]
struct Ledger {
    mine: BTreeSet<String>,
    /// What this tab is asking for, its lot, and whether another tab has said no.
    asking: Option<(String, u64, bool)>,
    others: BTreeSet<String>,
}

impl Ledger {
    /// Hears a word; returns what to answer.
    fn hear(&mut self, word: Word) -> Vec<Word> {
        match word {
            Word::Ask { name, lot } => {
                let mut no = self.mine.contains(&name);
                if let Some((asked, own_lot, refused)) = &mut self.asking
                    && *asked == name
                {
                    if *own_lot < lot {
                        no = true;
                    } else {
                        *refused = true;
                    }
                }
                if no { vec![Word::Held { name }] } else { Vec::new() }
            }
            Word::Held { name } => {
                if let Some((asked, _, refused)) = &mut self.asking
                    && *asked == name
                {
                    *refused = true;
                }
                self.others.insert(name);
                Vec::new()
            }
            Word::RollCall => self.mine.iter().map(|name| Word::Held { name: name.clone() }).collect(),
        }
    }

    fn ask(&mut self, name: &str, lot: u64) -> Word {
        self.asking = Some((name.to_owned(), lot, false));
        Word::Ask { name: name.to_owned(), lot }
    }

    /// Ends a question; says whether nobody minded, and if so holds the name from now on.
    fn settle(&mut self) -> bool {
        match self.asking.take() {
            Some((name, _, false)) => {
                self.mine.insert(name);
                true
            }
            _ => false,
        }
    }
}

/// This tab's end of the channel.
pub struct Claims {
    ledger: Rc<RefCell<Ledger>>,
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Claims {
    /// Joins the tabs of this browser.
    pub fn join() -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(CHANNEL)?;
        let ledger = Rc::new(RefCell::new(Ledger::default()));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (ledger, channel) = (Rc::clone(&ledger), channel.clone());
            move |event: MessageEvent| {
                let word = event.data().as_string().as_deref().and_then(Word::read);
                for answer in word.map(|word| ledger.borrow_mut().hear(word)).unwrap_or_default() {
                    channel.post_message(&answer.write().into()).ok();
                }
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { ledger, channel, _on_message: on_message })
    }

    /// Takes a name for as long as this worker lives. Says whether it was free.
    pub async fn take(&self, name: &str, lot: u64) -> Result<bool, JsValue> {
        let question = self.ledger.borrow_mut().ask(name, lot);
        self.channel.post_message(&question.write().into())?;
        TimeoutFuture::new(ANSWER_MS).await;
        Ok(self.ledger.borrow_mut().settle())
    }

    /// The names that other tabs hold.
    pub async fn held(&self) -> Result<BTreeSet<String>, JsValue> {
        self.ledger.borrow_mut().others.clear();
        self.channel.post_message(&Word::RollCall.write().into())?;
        TimeoutFuture::new(ANSWER_MS).await;
        Ok(self.ledger.borrow().others.clone())
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claims").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tabs whose words reach each other.
    fn tell(from: &Word, to: &mut Ledger, asker: &mut Ledger) {
        for answer in to.hear(Word::read(&from.write()).expect("what is written is read")) {
            asker.hear(answer);
        }
    }

    #[test]
    fn what_another_tab_holds_is_not_taken() {
        let (mut holder, mut asker) = (Ledger::default(), Ledger::default());
        holder.ask("node a", 5);
        assert!(holder.settle());
        let question = asker.ask("node a", 1);
        tell(&question, &mut holder, &mut asker);
        assert!(!asker.settle());
        let other = asker.ask("node b", 1);
        tell(&other, &mut holder, &mut asker);
        assert!(asker.settle());
    }

    #[test]
    fn of_two_that_ask_at_once_exactly_one_goes_without() {
        for (first_lot, second_lot) in [(1, 2), (2, 1)] {
            let (mut first, mut second) = (Ledger::default(), Ledger::default());
            let (ask_first, ask_second) = (first.ask("node a", first_lot), second.ask("node a", second_lot));
            tell(&ask_first, &mut second, &mut first);
            tell(&ask_second, &mut first, &mut second);
            assert_ne!(first.settle(), second.settle());
        }
    }

    #[test]
    fn a_roll_call_names_what_is_held() {
        let (mut holder, mut asker) = (Ledger::default(), Ledger::default());
        holder.ask("node a", 5);
        holder.settle();
        tell(&Word::RollCall, &mut holder, &mut asker);
        assert_eq!(asker.others, BTreeSet::from(["node a".to_owned()]));
    }

    #[test]
    fn words_of_others_on_the_channel_are_ignored() {
        for text in ["", "ask", "ask x node", "hello there"] {
            assert_eq!(Word::read(text), None, "{text:?}");
        }
    }
}
