//! Connections that do not stay open for nothing.

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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// What a client must send within the time that a connection may stay silent, unless it is
/// answered meanwhile: more than any request's head, and less than any network carries.
const ENOUGH: usize = 64 << 10;

/// Accepts connections that are closed when they stay silent for too long or only drip, so that a
/// client that stalls in its headers or in an upload does not hold a connection for ever.
#[derive(Debug)]
pub(super) struct PatientListener {
    inner: TcpListener,
    patience: Duration,
    places: Arc<Semaphore>,
}

impl PatientListener {
    /// At most `places` connections are open at once; the others wait to be accepted. That leaves
    /// the store the file descriptors that it needs.
    pub(super) fn new(inner: TcpListener, patience: Duration, places: usize) -> Self {
        Self { inner, patience, places: Arc::new(Semaphore::new(places)) }
    }
}

impl Listener for PatientListener {
    type Io = PatientStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (PatientStream, SocketAddr) {
        // The semaphore is never closed, so there is a place sooner or later.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Answers are small and follow one another: waiting for more to send only delays them.
        // A connection without the option is slower and nothing worse.
        let _ = stream.set_nodelay(true);
        (PatientStream::new(stream, self.patience, place), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection that fails when nothing was written and too little read for some time.
#[derive(Debug)]
pub(super) struct PatientStream {
    inner: TcpStream,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    /// Bytes that were read since the deadline was moved.
    read: usize,
    _place: Option<OwnedSemaphorePermit>,
}

impl PatientStream {
    fn new(inner: TcpStream, patience: Duration, place: Option<OwnedSemaphorePermit>) -> Self {
        let deadline = Box::pin(tokio::time::sleep(patience));
        Self { inner, patience, deadline, read: 0, _place: place }
    }

    fn move_deadline(&mut self) {
        self.read = 0;
        self.deadline.as_mut().reset(Instant::now() + self.patience);
    }

    /// Passes a writing's outcome on; progress moves the deadline, silence meets it.
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

    fn meet_deadline<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for PatientStream {
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

impl AsyncWrite for PatientStream {
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
