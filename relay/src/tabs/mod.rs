//! HTTP for tabs: a request for a member's address is handed to the member over its WebSocket, and its answer handed
//! back.
//!
//! [`Tabs`] knows which member, by its proven id, is reached by which link: the rooms tell it ([`crate::room`]). A `Tab`
//! is one such link, with the requests that wait for its answers. What the member says of them comes as text frames
//! ([`Texts`], read by its session). Who a request is for is read in `whom`, and `http` answers it: from the tab; for a
//! tab that has gone from the store (`gone`); and for the relay itself by its own node.
//!
//! Nothing here computes an answer about a chain, and nothing checks a token: that is the node's own business, and the
//! token passes through unseen.

mod about;
mod gone;
mod http;
mod keeping;
mod reading;
mod registry;
mod roster;
mod tab;
mod texts;
mod whom;

pub(crate) use gone::kept;
pub(crate) use http::{by_user_elsewhere, routes};
pub use registry::Tabs;
pub(crate) use tab::{Paces, Tab};
pub use texts::Texts;
pub(crate) use whom::{Credentials, Whom, id_before_host, rewrite};
