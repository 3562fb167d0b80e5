//! A connection that watches itself: it fails when the other side takes no bytes for too long, and it counts the bytes
//! of the message that is not finished, within what a connection may have and what all may ([`crate::budget`]).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::budget::{Budget, Holder};
use crate::limits::{HANDSHAKE_BYTES_MAX, UNFINISHED_BYTES_FREE, UNFINISHED_BYTES_MAX};

/// The budget of unfinished messages of so many connections at most: their shares and what is beyond them come to no
/// more than [`UNFINISHED_BYTES_MAX`].
pub fn unfinished(connections_max: usize) -> Arc<Budget> {
    let share = (UNFINISHED_BYTES_MAX / 4 / connections_max.max(1)).min(UNFINISHED_BYTES_FREE);
    Budget::new(share, UNFINISHED_BYTES_MAX - share * connections_max)
}

/// Bytes of the message that one connection is receiving, as they came: heads of frames included, so that an empty
/// fragment counts, too.
#[derive(Debug)]
pub struct Meter {
    holder: Holder,
    /// The most of a message that is read.
    message_max: AtomicUsize,
    /// When the message began.
    began: Mutex<Option<Instant>>,
}

impl Meter {
    /// A connection's meter, for as much as a handshake needs.
    pub fn new(holder: Holder) -> Arc<Self> {
        Arc::new(Self { holder, message_max: AtomicUsize::new(HANDSHAKE_BYTES_MAX), began: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.began.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on messages may have so many bytes, heads of frames included.
    pub fn allow(&self, message_max: usize) {
        self.message_max.store(message_max, Ordering::Relaxed);
    }

    /// The most of a message that is read.
    pub fn message_max(&self) -> usize {
        self.message_max.load(Ordering::Relaxed)
    }

    /// When the message began that is not finished.
    pub fn began(&self) -> Option<Instant> {
        *self.lock()
    }

    /// So many bytes, frame included, were not part of the unfinished message.
    pub fn took(&self, bytes: usize) {
        self.holder.give(bytes);
        if self.holder.bytes() == 0 {
            *self.lock() = None;
        }
    }

    /// The message is finished.
    pub fn finish(&self) {
        self.took(usize::MAX);
    }

    /// Waits until this connection is to be cut for what it holds of the budget.
    pub async fn cut(&self) {
        self.holder.cut().await;
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        if self.holder.bytes() + bytes > self.message_max() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.lock().get_or_insert_with(Instant::now);
        self.holder.take(bytes).map_err(|_| io::ErrorKind::QuotaExceeded.into())
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

    fn meter(all: &Arc<Budget>) -> Arc<Meter> {
        Meter::new(all.holder("10.0.0.1".parse().expect("an address")))
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_begins_once_whatever_comes_between_its_fragments() {
        let meter = meter(&unfinished(4_096));
        meter.count(6).expect("a ping");
        meter.took(6);
        assert_eq!(meter.began(), None);
        meter.count(6 + 6).expect("an empty fragment, and a ping");
        let began = meter.began();
        assert!(began.is_some());
        for _ in 0..10 {
            meter.took(6);
            tokio::time::advance(Duration::from_secs(5)).await;
            meter.count(6).expect("a ping");
            assert_eq!(meter.began(), began);
        }
        meter.finish();
        assert_eq!(meter.began(), None);
    }

    #[test]
    fn a_connection_has_a_cap_that_is_small_before_the_handshake() {
        let all = unfinished(4_096);
        let meter = meter(&all);
        meter.count(HANDSHAKE_BYTES_MAX).expect("exactly the limit");
        assert_eq!(meter.count(1).expect_err("one past it").kind(), io::ErrorKind::FileTooLarge);
        meter.allow(HANDSHAKE_BYTES_MAX + 1);
        meter.count(1).expect("more is allowed");
    }

    #[test]
    fn the_share_of_each_shrinks_where_there_may_be_many() {
        for connections in [1, 256, 4_096, 1 << 20] {
            let all = format!("{:?}", unfinished(connections));
            let number = |name: &str| -> usize {
                let after = all.split(name).nth(1).and_then(|rest| rest.split([',', ' ']).next());
                after.and_then(|number| number.parse().ok()).expect("a number")
            };
            let (share, beyond_max) = (number("share: "), number("beyond_max: "));
            assert!(share * connections + beyond_max == UNFINISHED_BYTES_MAX && share > 0, "{all}");
            assert!(beyond_max >= UNFINISHED_BYTES_MAX * 3 / 4, "{all}");
        }
    }
}
