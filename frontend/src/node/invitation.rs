//! The word in the app's own links to a new node (`?new=WORD`), which tells them from links of strangers.
//!
//! A new node takes the place of the one that a tab would have been, so only the app itself may ask for one without a
//! question. The word is random and stands in `localStorage`, which no other site's page can read. Once a page was
//! opened with it, it is replaced. For some seconds after that the spent word still counts, for somebody who opens
//! several tabs with one link. Where the browser keeps nothing there is no word, and every link is a stranger's.

use crate::worker::clock;

/// Under which the words are stored.
pub(crate) const KEY: &str = "tabcoin.new";
/// How long a spent word still counts, in milliseconds.
const GRACE_MS: u64 = 10_000;

/// The words that count.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    /// In all links from now on.
    next: String,
    /// The one that was used last, and when it was used first.
    spent: Option<(String, u64)>,
}

impl Words {
    fn read(stored: &str) -> Option<Self> {
        let mut parts = stored.split(' ').map(str::to_owned);
        let next = parts.next().filter(|next| !next.is_empty())?;
        let spent = parts.next().zip(parts.next().and_then(|at_ms| at_ms.parse().ok()));
        Some(Self { next, spent })
    }

    fn write(&self) -> String {
        match &self.spent {
            Some((word, at_ms)) => format!("{} {word} {at_ms}", self.next),
            None => self.next.clone(),
        }
    }

    /// Uses a word; says whether it counts. `fresh` takes its place.
    fn spend(&mut self, word: &str, now_ms: u64, fresh: impl FnOnce() -> String) -> bool {
        if word == self.next {
            let spent = std::mem::replace(&mut self.next, fresh());
            self.spent = Some((spent, now_ms));
            return true;
        }
        let grace = |(spent, at_ms): &(String, u64)| spent == word && now_ms.saturating_sub(*at_ms) < GRACE_MS;
        self.spent.as_ref().is_some_and(grace)
    }
}

/// The word for a link now; made where there is none. `None` where the browser keeps nothing.
pub(crate) fn word() -> Option<String> {
    if let Some(words) = kept() {
        return Some(words.next);
    }
    keep(&Words { next: random()?, spent: None })?;
    // What cannot be read again would make every link a stranger's.
    kept().map(|words| words.next)
}

/// Uses the word of a link; says whether the app made that link.
pub(super) fn spend(word: &str) -> bool {
    let Some(mut words) = kept() else { return false };
    let Some(fresh) = random() else { return false };
    let counts = words.spend(word, clock::now().as_ms(), || fresh);
    keep(&words);
    counts
}

fn random() -> Option<String> {
    clock::random::<16>().ok().map(hex::encode)
}

fn kept() -> Option<Words> {
    Words::read(&storage()?.get_item(KEY).ok().flatten()?)
}

fn keep(words: &Words) -> Option<()> {
    storage()?.set_item(KEY, &words.write()).ok()
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words { next: "one".to_owned(), spent: None }
    }

    #[test]
    fn a_word_counts_once_and_for_some_seconds_after() {
        let mut words = words();
        let mut spend = |word: &str, at_ms| {
            let counts = words.spend(word, at_ms, || format!("after {word}"));
            words = Words::read(&words.write().replace("after ", "after-")).expect("just written");
            counts
        };
        assert!(spend("one", 1_000));
        assert!(spend("one", 1_000 + GRACE_MS - 1), "several tabs from one link");
        assert!(!spend("one", 1_000 + GRACE_MS));
        assert!(spend("after-one", 20_000));
        assert!(!spend("one", 20_000), "only the last one has that time");
    }

    #[test]
    fn what_was_not_given_out_does_not_count() {
        for word in ["", "1", "one ", "ONE", "one 1000"] {
            let mut words = words();
            assert!(!words.spend(word, 1, || "two".to_owned()), "{word:?}");
            assert_eq!(words, super::tests::words(), "{word:?}");
        }
    }

    #[test]
    fn what_else_is_stored_is_no_word() {
        assert_eq!(Words::read(""), None);
        assert_eq!(Words::read("one"), Some(words()));
        assert_eq!(Words::read("one two x").and_then(|words| words.spent), None);
        let spent = Words { spent: Some(("two".to_owned(), 7)), ..words() };
        assert_eq!(Words::read(&spent.write()), Some(spent));
    }
}
