//! Standard output, whose reader may go at any time (`cargo xtask ci | head`): the chore then ends quietly.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stdout};

/// What a shell reports of a program that ends by SIGPIPE, 128 and 13.
const READER_GONE: i32 = 141;

/// Writes a line, as `println!` does, which panics where nobody reads it.
macro_rules! say {
    ($($words:tt)*) => { $crate::output::line(format_args!($($words)*)) };
}

/// Writes a line.
pub(crate) fn line(words: Arguments<'_>) {
    match writeln!(stdout(), "{words}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(READER_GONE),
        // A full disk below a log ends no chore.
        _ => {}
    }
}
