//! What a relay does, seen from outside: its sockets, its pages, its program. A file for each thing that it is asked.
//!
//! One program of all of them, since linking each of its own takes longer than most of them run.

mod away;
mod base_path;
mod chain;
mod clocks;
mod common;
mod fetch;
mod foreign_text;
mod help;
mod hosts;
mod http;
mod import;
mod member;
mod mine;
mod not_found;
mod odd_paths;
mod output;
mod own;
mod process;
mod reach;
mod rest;
mod sockets;
mod tabs;
mod unwanted;
mod usage;
mod verifying;
mod visitors;
mod wallet;
