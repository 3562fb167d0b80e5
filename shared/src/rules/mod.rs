//! The rules of the sealed chain: one function per rule, one error per rule, every error a receipt.

pub mod receipt;
