//! The specification's second implementation against the first: `tools/checker` verifies chains that this crate made,
//! and where a chain is broken both name the same rule at the same height.
//!
//! The checker runs under the Python that `TABCOIN_PYTHON` names, else `python3`; `cargo xtask test` sets one up.

mod chains;
mod files;
mod signatures;
mod tampering;
mod tool;
