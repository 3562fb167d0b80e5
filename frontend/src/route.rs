//! The app's places, and the addresses they have.

use yew_router::Routable;

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
    fn the_pages_of_the_chain_belong_to_blocks() {
        let block = Route::Block { hash: "1".to_owned() };
        assert!(block.is_within(&Route::Blocks));
        assert!(!block.is_within(&Route::Overview));
        assert!(Route::Wallet.is_within(&Route::Wallet));
        assert!(Route::BreakTheCoin.is_within(&Route::Lessons));
    }
}
