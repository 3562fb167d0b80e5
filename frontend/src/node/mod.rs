//! The page's side of the node: what it may know and what it may ask.
//!
//! - [`view`]: [`NodeView`](view::NodeView), the plain data that pages draw;
//! - [`handle`]: the commands and queries, and their answers;
//! - [`NodeHandle`] sends them to the node worker and brings back the answers;
//! - [`NodeProvider`] starts the worker once for the page; every component below it has [`use_node`] for the current
//!   [`TabState`](view::TabState) and the handle, and [`use_query`] for looking something up and looking again when
//!   the tip moves.
//!
//! ```
//! use frontend::node::handle::Command;
//! use frontend::node::use_node;
//! use frontend::node::view::TabState;
//! use yew::prelude::*;
//!
//! #[component]
//! fn Stop() -> Html {
//!     let (state, node) = use_node();
//!     let TabState::Running(_) = &*state else { return html!() };
//!     let onclick = Callback::from(move |_: MouseEvent| node.tell(Command::StopMining));
//!     html! { <button {onclick}>{ "Stop mining" }</button> }
//! }
//! ```

mod client;
pub mod handle;
pub(crate) mod invitation;
mod page_cache;
mod provider;
mod session;
mod surroundings;
pub mod view;

pub use client::NodeHandle;
pub use provider::{NodeProvider, NodeProviderProps, use_node, use_query};
