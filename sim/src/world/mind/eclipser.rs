//! An eclipse: whoever opens a link to this host hears of no block and no payment over it, neither its own nor others'.
//! Where that is a tab's only link, the tab is alone and does not know it.

use super::State;
use crate::world::net::End;

pub(super) fn lets_send(to: End, is_telling: bool, state: &mut State) -> bool {
    // Side 1 is the one that was called.
    let is_victim = to.side == 1;
    state.acts += u64::from(is_victim && is_telling);
    !(is_victim && is_telling)
}
