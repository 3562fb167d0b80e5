//! The pages, one for each place.

mod address;
mod block;
mod blocks;
mod break_the_coin;
mod classic;
mod developers;
mod identities;
mod lessons;
mod lookup;
mod mine;
mod nowhere;
mod overview;
mod peers;
mod transaction;
mod wallet;

use yew::prelude::*;

use crate::hooks::View;
use crate::node::view::ClassicView;
use crate::route::Route;

pub use address::{Address, AddressProps};
pub use block::{Block, BlockProps};
pub use blocks::Blocks;
pub use break_the_coin::BreakTheCoin;
pub use classic::{Classic, ClassicProps, NotInClassic};
pub use developers::Developers;
pub use identities::identities;
pub use lessons::Lessons;
pub use mine::Mine;
pub use nowhere::{Nowhere, NowhereProps};
pub use overview::Overview;
pub use peers::Peers;
pub use transaction::{Transaction, TransactionProps};
pub use wallet::Wallet;

/// Properties of a page that needs nothing but the node.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PageProps {
    /// The node.
    pub view: View,
}

/// The page of a place.
pub fn page(route: &Route, view: View) -> Html {
    if let Some(classic) = &view.classic {
        return classic_page(route, &view, classic);
    }
    match route {
        Route::Overview => html! { <Overview {view} /> },
        Route::Wallet => html! { <Wallet {view} /> },
        Route::Mine => html! { <Mine {view} /> },
        Route::Blocks => html! { <Blocks {view} /> },
        Route::Block { hash } => html! { <Block key={hash.clone()} {view} hash={hash.clone()} /> },
        Route::Transaction { id } => html! { <Transaction key={id.clone()} {view} id={id.clone()} /> },
        Route::Address { address } => html! { <Address key={address.clone()} {view} address={address.clone()} /> },
        Route::Peers => html! { <Peers {view} /> },
        Route::Lessons => html! { <Lessons /> },
        Route::BreakTheCoin => html! { <BreakTheCoin {view} /> },
        Route::Developers => html! { <Developers {view} /> },
        Route::Identities => identities::identities(&view),
        Route::Nowhere => html! { <Nowhere /> },
    }
}

/// The page of a place in a classic room.
fn classic_page(route: &Route, view: &View, classic: &ClassicView) -> Html {
    let view = view.clone();
    match route {
        Route::Overview => html! { <Classic {view} classic={classic.clone()} /> },
        Route::Peers => html! { <Peers {view} /> },
        Route::Lessons => html! { <Lessons /> },
        Route::BreakTheCoin => html! { <BreakTheCoin {view} /> },
        Route::Developers => html! { <Developers {view} /> },
        Route::Identities => identities::identities(&view),
        Route::Nowhere => html! { <Nowhere /> },
        Route::Wallet
        | Route::Mine
        | Route::Blocks
        | Route::Block { .. }
        | Route::Transaction { .. }
        | Route::Address { .. } => html! { <NotInClassic {view} /> },
    }
}
