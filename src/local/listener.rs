//! Connections with a timeout for slow clients.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

use super::places::{Place, Places};

/// The number of bytes that a client must send within the timeout, unless it gets a response
/// meanwhile: more than the head of any request, and less than any network transfers.
const ENOUGH: usize = 64 << 10;

/// Accepts connections that are closed if they make no progress, so that a client that stalls in
/// its headers or in an upload does not hold a connection forever.
#[derive(Debug)]
pub(super) struct TimeoutListener {
    inner: TcpListener,
    timeout: Duration,
    places: Arc<Places>,
}

impl TimeoutListener {
    /// At most `places` connections are open at once, which leaves enough file descriptors for the
    /// store. One more waits until another ends or, without progress, is closed.
    pub(super) fn new(inner: TcpListener, timeout: Duration, places: usize) -> Self {
        Self { inner, timeout, places: Arc::new(Places::new(places)) }
    }
}

impl Listener for TimeoutListener {
    type Io = TimeoutStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TimeoutStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.inner).await;
        let place = self.places.take().await;
        // Responses are small, so Nagle's algorithm would only delay them.
        // Without the option, a connection is only slower.
        let _ = stream.set_nodelay(true);
        (TimeoutStream::new(stream, self.timeout, place), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection that fails if nothing is written and too little is read within the timeout.
#[derive(Debug)]
pub(super) struct TimeoutStream {
    inner: TcpStream,
    timeout: Duration,
    deadline: Pin<Box<Sleep>>,
    /// The number of bytes read since the deadline was moved.
    read: usize,
    place: Place,
}

impl TimeoutStream {
    fn new(inner: TcpStream, timeout: Duration, place: Place) -> Self {
        let deadline = Box::pin(tokio::time::sleep(timeout));
        Self { inner, timeout, deadline, read: 0, place }
    }

    fn move_deadline(&mut self) {
        self.read = 0;
        self.place.note_progress();
        self.deadline.as_mut().reset(Instant::now() + self.timeout);
    }

    /// Passes on the result of a write, and moves the deadline if there was progress.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.move_deadline();
            return outcome;
        }
        self.meet_deadline(context)
    }

    /// Fails if the time is over or the place is lost.
    fn meet_deadline<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.place.is_lost(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for TimeoutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.inner).poll_read(context, buffer);
        if outcome.is_pending() {
            return self.meet_deadline(context);
        }
        self.read += buffer.filled().len() - before;
        if self.read >= ENOUGH {
            self.move_deadline();
        }
        outcome
    }
}

impl AsyncWrite for TimeoutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.watch(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
