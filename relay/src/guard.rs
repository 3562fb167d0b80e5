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

/// Bytes of unfinished messages in the whole process. Every connection may hold a small share; what is beyond these is
/// counted together, so that shares and all come to no more than [`UNFINISHED_BYTES_MAX`].
#[derive(Debug)]
pub struct Unfinished {
    beyond: AtomicUsize,
    beyond_max: usize,
    share: usize,
}

impl Unfinished {
    /// Nothing yet, of so many connections at most.
    pub fn new(connections_max: usize) -> Arc<Self> {
        let share = (UNFINISHED_BYTES_MAX / 4 / connections_max.max(1)).min(UNFINISHED_BYTES_FREE);
        let beyond_max = UNFINISHED_BYTES_MAX - share * connections_max;
        Arc::new(Self { beyond: AtomicUsize::new(0), beyond_max, share })
    }

    /// What of a connection's bytes is beyond its share.
    fn beyond(&self, own: usize) -> usize {
        own.saturating_sub(self.share)
    }
}

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
                    let less = self.all.beyond(own) - self.all.beyond(own - taken);
                    self.all.beyond.fetch_sub(less, Ordering::Relaxed);
                    return;
                }
                Err(found) => own = found,
            }
        }
    }

    /// The message is finished.
    pub fn finish(&self) {
        let own = self.own.swap(0, Ordering::Relaxed);
        self.all.beyond.fetch_sub(self.all.beyond(own), Ordering::Relaxed);
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let before = self.own.fetch_add(bytes, Ordering::Relaxed);
        let more = self.all.beyond(before + bytes) - self.all.beyond(before);
        let beyond = self.all.beyond.fetch_add(more, Ordering::Relaxed) + more;
        if more > 0 && beyond > self.all.beyond_max {
            return Err(io::ErrorKind::QuotaExceeded.into());
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
    // Done once, when a write has stood still for the first time.
    on_stall: Option<fn(&S)>,
}

impl<S> Guarded<S> {
    /// Guards a stream.
    pub fn new(stream: S, stall: Duration) -> Self {
        Self { stream, stall, waiting: None, meter: None, on_stall: None }
    }

    /// The same stream when it carries messages from now on. `on_stall` is done when it fails for standing still, so that
    /// there is a second try.
    #[must_use]
    pub fn metered(mut self, stall: Duration, meter: Arc<Meter>, on_stall: fn(&S)) -> Self {
        self.stall = stall;
        self.meter = Some(meter);
        self.on_stall = Some(on_stall);
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
        if let Some(on_stall) = self.on_stall.take() {
            on_stall(&self.stream);
        }
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
        let all = Unfinished::new(4_096);
        assert_eq!(all.beyond_max + 4_096 * all.share, UNFINISHED_BYTES_MAX);
        let hoarder = Meter::new(Arc::clone(&all));
        hoarder.count(all.beyond_max + all.share).expect("exactly the limit");
        let error = hoarder.count(1).expect_err("one past it");
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
        let other = Meter::new(Arc::clone(&all));
        other.count(all.share).expect("a small message");
        other.count(1).expect_err("a larger one");
        drop(hoarder);
        other.count(1).expect("free again");
        other.took(2);
        assert_eq!(all.beyond.load(Ordering::Relaxed), 0);
        other.count(UNFINISHED_BYTES_FREE).expect("more");
        other.finish();
        assert_eq!(all.beyond.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_share_of_each_shrinks_where_there_may_be_many() {
        for connections in [1, 256, 4_096, 1 << 20] {
            let all = Unfinished::new(connections);
            assert!(all.share * connections + all.beyond_max == UNFINISHED_BYTES_MAX && all.share > 0, "{all:?}");
            assert!(all.beyond_max >= UNFINISHED_BYTES_MAX * 3 / 4, "{all:?}");
        }
    }
}
