//! Who may change this tab over HTTP: anybody, where its owner opened it, or whoever has the control token.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::Receipt;
use shared::exchange::Request;

/// How many random bytes a token is made from: five bits of each, 130 bits in all.
pub const TOKEN_BYTES: usize = 26;
/// The letters of a token: those of addresses, none of which is taken for another, so that it can be read aloud.
const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The token, and whether it is asked for.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Access {
    token: String,
    open: bool,
}

impl Access {
    /// Makes a token from random bytes.
    pub fn new(random: [u8; TOKEN_BYTES], open: bool) -> Self {
        Self { token: token(random), open }
    }

    /// Puts a new token in the place of the old one.
    pub fn renew(&mut self, random: [u8; TOKEN_BYTES]) {
        self.token = token(random);
    }

    /// Lets anybody change the tab, or nobody without the token.
    pub fn set_open(&mut self, open: bool) {
        self.open = open;
    }

    /// Whether anybody may change the tab.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The token, to be shown to the tab's owner and to nobody else.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Lets a request pass that changes the tab.
    pub fn check(&self, request: &Request) -> Result<(), Receipt> {
        if request.may_change(&self.token, self.open) {
            return Ok(());
        }
        let found = match request.token {
            Some(_) => "another token",
            None if self.open => "none, in a request that another site's page made",
            None => "none",
        };
        Err(Receipt::new(
            "control token",
            "the token that this tab's Developers page shows, or a tab that its owner has opened",
            found,
        ))
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("open", &self.open).finish_non_exhaustive()
    }
}

fn token(random: [u8; TOKEN_BYTES]) -> String {
    random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::http::log::tests::request;

    fn access(open: bool) -> Access {
        Access::new(std::array::from_fn(|at| (at as u8).wrapping_mul(37)), open)
    }

    fn check(access: &Access, token: Option<&str>, is_foreign: bool) -> Result<(), Receipt> {
        let asked = request(1, "GET", "/mine_block");
        access.check(&Request { token: token.map(str::to_owned), is_foreign, ..asked })
    }

    #[test]
    fn a_closed_tab_is_changed_with_its_whole_token_alone() {
        let access = access(false);
        assert_eq!(check(&access, Some(access.token()), false), Ok(()));
        let (cut, upper) = (&access.token()[1..], access.token().to_uppercase());
        for wrong in [None, Some(""), Some(cut), Some(upper.as_str())] {
            assert!(check(&access, wrong, false).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_open_tab_is_changed_by_anybody_but_other_sites_pages() {
        let access = access(true);
        for token in [None, Some("wrong")] {
            assert_eq!(check(&access, token, false), Ok(()));
            assert!(check(&access, token, true).is_err());
        }
        assert_eq!(check(&access, Some(access.token()), true), Ok(()));
    }

    #[test]
    fn a_renewed_token_makes_the_old_one_worthless() {
        let mut access = access(false);
        let old = access.token().to_owned();
        access.renew([7; TOKEN_BYTES]);
        assert!(check(&access, Some(&old), false).is_err());
        assert_eq!(check(&access, Some(access.token()), false), Ok(()));
    }

    #[test]
    fn a_token_is_one_word_of_letters_that_urls_take_as_they_are_and_no_log_shows_it() {
        let access = access(false);
        assert_eq!(access.token().len(), TOKEN_BYTES);
        assert!(access.token().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert!(!format!("{access:?}").contains(access.token()));
        let receipt = check(&access, Some("guess"), false).expect_err("it is not the token");
        assert!(!receipt.to_string().contains("guess"));
    }
}
