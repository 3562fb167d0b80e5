//! A withholder of bodies: it mines, announces its blocks and shows their headers, and never hands over a block.

use super::{State, kind};

pub(super) fn lets_send(kind: u8, state: &mut State) -> bool {
    state.acts += u64::from(kind == kind::ANNOUNCE);
    ![kind::BLOCKS, kind::NOT_FOUND].contains(&kind)
}
