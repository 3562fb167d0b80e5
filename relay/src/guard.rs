//! A connection that watches itself: it fails when the other side takes no bytes for too long, and it counts the bytes
//! of messages that are not finished, over the whole process.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::limits::{UNFINISHED_BYTES_FREE, UNFINISHED_BYTES_MAX};

/// Bytes of unfinished messages in the whole process.
#[derive(Debug, Default)]
pub struct Unfinished(AtomicUsize);

/// Bytes of the message that one connection is receiving.
#[derive(Debug)]
pub struct Meter {
    own: AtomicUsize,
    all: Arc<Unfinished>,
}

impl Meter {
    /// A connection's meter, counted in with the rest.
    pub fn new(all: Arc<Unfinished>) -> Arc<Self> {
        Arc::new(Self { own: AtomicUsize::new(0), all })
    }

    /// Whether a message has begun and not ended.
    pub fn is_unfinished(&self) -> bool {
        self.own.load(Ordering::Relaxed) > 0
    }

    /// A message of this many bytes, frame included, was not part of the unfinished one.
    pub fn took(&self, bytes: usize) {
        let mut own = self.own.load(Ordering::Relaxed);
        loop {
            let taken = own.min(bytes);
            match self.own.compare_exchange_weak(own, own - taken, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.all.0.fetch_sub(taken, Ordering::Relaxed);
                    return;
                }
                Err(found) => own = found,
            }
        }
    }

    /// The message is finished.
    pub fn finish(&self) {
        let own = self.own.swap(0, Ordering::Relaxed);
        self.all.0.fetch_sub(own, Ordering::Relaxed);
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let own = self.own.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let all = self.all.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > UNFINISHED_BYTES_MAX && own > UNFINISHED_BYTES_FREE {
            return Err(io::Error::other("too many bytes of unfinished messages in all"));
        }
        Ok(())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A stream with a limit on how long a write may stand still, and, once it carries messages, a meter.
#[derive(Debug)]
pub struct Guarded<S> {
    stream: S,
    stall: Duration,
    // Exists only while a write stands still, so that an idle connection has no timer.
    waiting: Option<Pin<Box<Sleep>>>,
    meter: Option<Arc<Meter>>,
}

impl<S> Guarded<S> {
    /// Guards a stream.
    pub fn new(stream: S, stall: Duration) -> Self {
        Self { stream, stall, waiting: None, meter: None }
    }

    /// The same stream when it carries messages from now on.
    #[must_use]
    pub fn metered(mut self, stall: Duration, meter: Arc<Meter>) -> Self {
        self.stall = stall;
        self.meter = Some(meter);
        self
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    fn poll_progress<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.waiting = None;
            return result;
        }
        let stall = self.stall;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if let Some(meter) = &self.meter {
            meter.count(buffer.filled().len() - before)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.poll_progress(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.poll_progress(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn a_write_that_stands_still_fails_and_one_that_goes_on_does_not() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Guarded::new(near, Duration::from_secs(2));
        let reader = tokio::spawn(async move {
            let mut taken = [0; 4];
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                far.read_exact(&mut taken).await.expect("bytes");
            }
            far
        });
        near.write_all(&[1; 24]).await.expect("slow, and never still for two seconds");
        let _far = reader.await.expect("reader");
        let error = near.write_all(&[1; 24]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn unfinished_bytes_have_a_limit_for_the_process_and_small_messages_still_pass() {
        let all = Arc::new(Unfinished::default());
        let hoarder = Meter::new(Arc::clone(&all));
        hoarder.count(UNFINISHED_BYTES_MAX).expect("exactly the limit");
        hoarder.count(1).expect_err("one past it");
        let other = Meter::new(Arc::clone(&all));
        other.count(UNFINISHED_BYTES_FREE).expect("a small message");
        other.count(1).expect_err("a larger one");
        drop(hoarder);
        other.count(1).expect("free again");
        other.finish();
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}
