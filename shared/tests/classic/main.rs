//! The classic rules against CPython itself: its own `json`, `hashlib` and `urllib`, asked in the same run, on documents
//! and chains that differ from run to run. No answer is stored.
//!
//! Python is the one that `TABCOIN_PYTHON` names, else `python3`; it needs no packages. A failure prints the seed, and
//! `TABCOIN_SEED` repeats the run.

mod chains;
mod documents;
mod generator;
mod oracle;
