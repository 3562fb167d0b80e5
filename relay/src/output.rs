//! What commands write for people and scripts: their results on standard output, remarks on standard error.
//!
//! A reader that has gone (`relay wallet show | head -1`) is no failure: the command ends quietly, as programs do that
//! the system ends by SIGPIPE. Remarks and logs are then written to nobody. The macros of the standard library,
//! which panic instead, are lints in this crate.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

/// The exit code of a command whose reader has gone: what a shell reports of SIGPIPE, 128 and 13.
pub const READER_GONE: u8 = 141;

/// Nobody reads standard output any more.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nobody reads standard output any more")]
struct ReaderGone;

/// Standard output, whose reader may go at any time.
#[derive(Debug)]
pub struct Output<W>(W);

/// Standard output, held until it is dropped.
pub fn stdout() -> Output<io::StdoutLock<'static>> {
    Output(io::stdout().lock())
}

/// Writes a line to standard output at once.
///
/// # Errors
/// When it cannot be written; [`is_reader_gone`] tells why.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line to standard error, or to nobody where nobody reads it.
pub fn remark(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether something failed only because nobody reads standard output any more.
pub fn is_reader_gone(error: &(dyn Error + 'static)) -> bool {
    let is_it = |error: &(dyn Error + 'static)| {
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<ReaderGone>())
    };
    let mut at = Some(error);
    while let Some(error) = at {
        if is_it(error) {
            return true;
        }
        at = error.source();
    }
    false
}

impl<W> Output<W> {
    /// Standard output in the place of `out`, for a writer that is not locked.
    pub fn over(out: W) -> Self {
        Self(out)
    }
}

fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, ReaderGone),
        _ => error,
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ExportError;

    #[test]
    fn a_reader_that_has_gone_is_told_from_every_other_failure() {
        let gone = || told(io::ErrorKind::BrokenPipe.into());
        assert!(is_reader_gone(&gone()));
        assert!(is_reader_gone(&ExportError::Output(gone())), "as the cause of another error");
        assert!(!is_reader_gone(&told(io::ErrorKind::StorageFull.into())));
        assert!(!is_reader_gone(&io::Error::from(io::ErrorKind::BrokenPipe)), "a socket's, not standard output's");
    }
}
