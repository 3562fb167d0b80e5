//! The pages, one for each place.

mod address;
mod block;
mod blocks;
mod lookup;
mod mine;
mod nowhere;
mod overview;
mod peers;
mod transaction;
mod wallet;

use yew::prelude::*;

use crate::hooks::View;
use crate::route::Route;

pub use address::{Address, AddressProps};
pub use block::{Block, BlockProps};
pub use blocks::Blocks;
pub use mine::Mine;
pub use nowhere::Nowhere;
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
    match route {
        Route::Overview => html! { <Overview {view} /> },
        Route::Wallet => html! { <Wallet {view} /> },
        Route::Mine => html! { <Mine {view} /> },
        Route::Blocks => html! { <Blocks {view} /> },
        Route::Block { hash } => html! { <Block key={hash.clone()} {view} hash={hash.clone()} /> },
        Route::Transaction { id } => html! { <Transaction key={id.clone()} {view} id={id.clone()} /> },
        Route::Address { address } => html! { <Address key={address.clone()} {view} address={address.clone()} /> },
        Route::Peers => html! { <Peers {view} /> },
        Route::Nowhere => html! { <Nowhere /> },
    }
}
