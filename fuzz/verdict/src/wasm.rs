//! The module's door: bytes go in eight at a time, so that no pointer crosses.

#![allow(unsafe_code, reason = "an exported function must keep its name, and no other module has these")]

use std::cell::RefCell;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Takes eight more bytes, as a little-endian number.
#[unsafe(no_mangle)]
pub extern "C" fn push(word: u64) {
    BYTES.with_borrow_mut(|bytes| bytes.extend(word.to_le_bytes()));
}

/// The digest of the words for the first `len` bytes that were pushed. Forgets them.
#[unsafe(no_mangle)]
pub extern "C" fn digest(len: u32) -> u64 {
    let mut bytes = BYTES.take();
    bytes.truncate(len as usize);
    crate::digest(&bytes)
}
