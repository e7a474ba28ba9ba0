//! A channel to something in a container: a process, a call about files, or a port.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::link::frame;
use crate::wire::envd::connect::{Code, ConnectError};

/// The bytes of output that are taken before the agent is asked for as many more.
const BATCH: usize = 128 << 10;

/// The largest piece of input in one frame.
const PIECE: usize = 64 << 10;

/// What happens on a channel.
#[derive(Debug)]
pub(in crate::local) enum Event {
    /// It is open, with the ID of its process in the container, or 0.
    Opened(u32),
    /// It was not opened.
    Refused(ConnectError),
    /// Output.
    Output(Vec<u8>),
    /// Output on standard error.
    Errors(Vec<u8>),
    /// Its end.
    Ended(End),
}

/// How a channel has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::local) enum End {
    /// Its process has exited with this code. A port has 0.
    Exit(i32),
    /// A signal has ended its process.
    Signal(i32),
}

impl End {
    pub(super) fn read(text: &str) -> Self {
        let (kind, number) = text.split_once(' ').unwrap_or(("", ""));
        let number = number.parse().unwrap_or(-1);
        if kind == "signal" { Self::Signal(number) } else { Self::Exit(number) }
    }
}

/// The error of a call whose sandbox has ended meanwhile.
pub(in crate::local) fn lost() -> ConnectError {
    ConnectError::new(Code::Unavailable, "the sandbox was not found: it has ended")
}

/// Reads why a call failed in the container: a code and a message with a zero between them.
pub(in crate::local) fn refusal(text: &str) -> ConnectError {
    let (code, message) = text.split_once('\0').unwrap_or(("internal", text));
    let code = serde_json::from_value(code.into()).unwrap_or(Code::Internal);
    ConnectError::new(code, message)
}

/// The sending half of a channel.
#[derive(Debug)]
pub(in crate::local) struct Channel {
    pub(super) id: u32,
    pub(super) frames: UnboundedSender<Vec<u8>>,
    /// The bytes of input that the agent can take.
    pub(super) credit: Arc<Semaphore>,
}

impl Channel {
    pub(super) fn send(&self, kind: u8, payload: &[u8]) {
        // Nothing is sent to an agent that has ended; its events say so.
        let _ = self.frames.send(frame(self.id, kind, payload));
    }

    /// Sends input, and waits where too much of it is on its way. Input for a channel that has ended
    /// goes nowhere.
    pub(in crate::local) async fn input(&self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            let size = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            let Ok(credit) = self.credit.acquire_many(size).await else { return };
            credit.forget();
            self.send(b'I', piece);
        }
    }

    /// Ends the input.
    pub(in crate::local) fn close_input(&self) {
        self.send(b'C', b"");
    }

    /// Sends a signal to the process.
    pub(in crate::local) fn signal(&self, number: u8) {
        self.send(b'K', number.to_string().as_bytes());
    }

    /// Sets the size of the terminal.
    pub(in crate::local) fn resize(&self, cols: u32, rows: u32) {
        self.send(b'R', format!("{cols} {rows}").as_bytes());
    }
}

/// The receiving half of a channel. Dropping it gives the channel up, and kills its process.
#[derive(Debug)]
pub(in crate::local) struct Events {
    pub(in crate::local) channel: Arc<Channel>,
    receiver: UnboundedReceiver<Event>,
    /// The bytes of output that have arrived and were not taken.
    waiting: Arc<AtomicUsize>,
    taken: usize,
    has_ended: bool,
}

impl Events {
    pub(super) const fn new(
        receiver: UnboundedReceiver<Event>,
        channel: Arc<Channel>,
        waiting: Arc<AtomicUsize>,
    ) -> Self {
        Self { channel, receiver, waiting, taken: 0, has_ended: false }
    }

    /// The next event; `None` after the last one, or if the agent has ended.
    pub(in crate::local) async fn next(&mut self) -> Option<Event> {
        // Only now, because what was handed out before has been dealt with.
        if self.taken >= BATCH {
            self.channel.send(b'W', self.taken.to_string().as_bytes());
            self.taken = 0;
        }
        let event = self.receiver.recv().await;
        match &event {
            Some(Event::Output(bytes) | Event::Errors(bytes)) => {
                self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                self.taken += bytes.len();
            }
            Some(Event::Refused(_) | Event::Ended(_)) | None => self.has_ended = true,
            Some(Event::Opened(_)) => {}
        }
        event
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if !self.has_ended {
            self.channel.send(b'X', b"");
        }
    }
}
