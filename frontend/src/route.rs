//! The app's places, and the addresses they have.

use shared::spelling;
use yew_router::Routable;

/// The path of [`Route::Nowhere`].
const NOWHERE: &str = "404";
/// As much of a word as is compared with the names of places, in bytes.
const WORD_BYTES_MAX: usize = 32;

/// A place in the app.
#[derive(Clone, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// Everything at a glance.
    #[at("/")]
    Overview,
    /// Coins: receive, send, look back.
    #[at("/wallet")]
    Wallet,
    /// The miner.
    #[at("/mine")]
    Mine,
    /// The chain as a list.
    #[at("/blocks")]
    Blocks,
    /// One block, by hash; a height leads to the block of the active chain.
    #[at("/blocks/:hash")]
    Block {
        /// As written in the address bar.
        hash: String,
    },
    /// One transaction.
    #[at("/transactions/:id")]
    Transaction {
        /// As written in the address bar.
        id: String,
    },
    /// One address and its history.
    #[at("/addresses/:address")]
    Address {
        /// As written in the address bar.
        address: String,
    },
    /// The other nodes.
    #[at("/peers")]
    Peers,
    /// What there is to learn.
    #[at("/lessons")]
    Lessons,
    /// The lesson on what a proof must commit to.
    #[at("/lessons/break-the-coin")]
    BreakTheCoin,
    /// Driving this tab from outside.
    #[at("/developers")]
    Developers,
    /// The identities of this browser, and how they are kept.
    #[at("/identities")]
    Identities,
    /// Anything else.
    #[not_found]
    #[at("/404")]
    Nowhere,
}

impl Route {
    /// The title of its page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Wallet => "Wallet",
            Self::Mine => "Mine",
            Self::Blocks => "Blocks",
            Self::Block { .. } => "Block",
            Self::Transaction { .. } => "Transaction",
            Self::Address { .. } => "Address",
            Self::Peers => "Peers",
            Self::Lessons => "Lessons",
            Self::BreakTheCoin => "Break the coin",
            Self::Developers => "Developers",
            Self::Identities => "Identities",
            Self::Nowhere => "No such page",
        }
    }

    /// The place that was likely meant by an address that leads nowhere, below the room's own.
    pub fn nearest(path: &str) -> Option<Self> {
        let path = path.trim_matches('/').to_lowercase();
        let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
        let first = first.get(..WORD_BYTES_MAX).unwrap_or(first);
        let sections = Self::routes().into_iter().filter_map(|route| route.split('/').nth(1));
        let section = spelling::nearest(first, sections.filter(|section| !section.is_empty() && *section != NOWHERE))?;
        let place = |path: &str| Self::recognize(path).filter(|route| *route != Self::Nowhere);
        place(&format!("/{section}/{rest}")).or_else(|| place(&format!("/{section}")))
    }

    /// Whether `self` lies within the section that `section` opens.
    pub fn is_within(&self, section: &Self) -> bool {
        match self {
            Self::Block { .. } | Self::Transaction { .. } | Self::Address { .. } => *section == Self::Blocks,
            Self::BreakTheCoin => *section == Self::Lessons,
            Self::Identities => *section == Self::Wallet,
            _ => self == section,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_serves_the_app_at_every_one_of_its_pages() {
        let routes: Vec<&str> = Route::routes().into_iter().filter(|path| *path != "/404").collect();
        assert_eq!(routes, shared::pages::PAGES, "shared/src/pages.rs lists them for relays");
    }

    #[test]
    fn a_misspelled_address_has_a_nearest_page_with_what_it_names() {
        let block = |hash: &str| Route::Block { hash: hash.to_owned() };
        for (path, meant) in [
            ("/walet", Some(Route::Wallet)),
            ("/Wallet/", Some(Route::Wallet)),
            ("/wallet/x", Some(Route::Wallet)),
            ("/peer", Some(Route::Peers)),
            ("/block/3", Some(block("3"))),
            ("/lesson/break-the-coin", Some(Route::BreakTheCoin)),
            ("/lessons/brake", Some(Route::Lessons)),
            ("/transaction", None),
            ("/settings", None),
            ("/404", None),
            ("/", None),
            (&"é".repeat(300), None),
        ] {
            assert_eq!(Route::nearest(path), meant, "{path}");
        }
    }

    #[test]
    fn the_pages_of_the_chain_belong_to_blocks() {
        let block = Route::Block { hash: "1".to_owned() };
        assert!(block.is_within(&Route::Blocks));
        assert!(!block.is_within(&Route::Overview));
        assert!(Route::Wallet.is_within(&Route::Wallet));
        assert!(Route::BreakTheCoin.is_within(&Route::Lessons));
    }
}
