//! Whether the other end of a connection still moves.
//!
//! Headers that come a byte at a time, and answers that nobody reads, would
//! each hold a connection for as long as somebody likes. Idling between
//! requests is another thing and has a limit of its own.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What one connection is waiting for, and since when.
pub(super) struct Pulse {
    began: Instant,
    /// Requests that are being answered.
    busy: AtomicUsize,
    /// Since when the headers of a request have been on their way.
    head: AtomicU64,
    /// Since when the other end has taken nothing of what we write.
    stuck: AtomicU64,
}

/// A moment that has not come.
const NEVER: u64 = u64::MAX;

impl Pulse {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            busy: AtomicUsize::new(0),
            head: AtomicU64::new(NEVER),
            stuck: AtomicU64::new(NEVER),
        })
    }

    /// The headers are here, and the request is being answered until the
    /// guard is dropped.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.busy.fetch_add(1, Ordering::Relaxed);
        self.head.store(NEVER, Ordering::Relaxed);
        Answering(Arc::clone(self))
    }

    /// Ends when the other end has kept us waiting for too long.
    pub async fn overdue(&self, head: Duration, stuck: Duration) {
        let every = (head.min(stuck) / 4).max(Duration::from_millis(10));
        loop {
            tokio::time::sleep(every).await;
            if self.waited(&self.head) > head || self.waited(&self.stuck) > stuck {
                return;
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(NEVER)
    }

    fn waited(&self, since: &AtomicU64) -> Duration {
        Duration::from_micros(self.now().saturating_sub(since.load(Ordering::Relaxed)))
    }

    fn read(&self) {
        if self.busy.load(Ordering::Relaxed) == 0 {
            self.begin(&self.head);
        }
    }

    fn wrote(&self, progress: bool) {
        if progress { self.stuck.store(NEVER, Ordering::Relaxed) } else { self.begin(&self.stuck) }
    }

    fn begin(&self, since: &AtomicU64) {
        let _ = since.compare_exchange(NEVER, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }
}

pub(super) struct Answering(Arc<Pulse>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection whose pulse is felt.
pub(super) struct Felt<S> {
    pub stream: S,
    pub pulse: Arc<Pulse>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.read();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.pulse.wrote(polled.is_ready());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.pulse.wrote(polled.is_ready());
        polled
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
