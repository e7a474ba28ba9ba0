//! The frames between the server and an agent; `agent/main.pl` describes them.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, watch};

use super::channel::{Channel, End, Event, Events, lost, refusal};
use crate::wire::envd::connect::ConnectError;

/// The length of a frame's head.
const HEAD: usize = 9;

/// The bytes of input that may be on their way to a channel.
const WINDOW: usize = 256 << 10;

/// The longest payload of an agent's frame. Root in a container can write frames of its own into the
/// agent's output, so nothing in them is trusted; the connection ends at what no agent sends.
const LONGEST: usize = 1 << 20;

/// The most bytes of output that wait to be taken from a channel: several times what an agent sends
/// before it is asked for more.
const MOST_WAITING: usize = 8 << 20;

/// The connection to an agent.
#[derive(Debug)]
pub(in crate::local) struct Link {
    frames: UnboundedSender<Vec<u8>>,
    next: AtomicU32,
    routes: Arc<Routes>,
    is_lost: watch::Receiver<bool>,
}

/// Where the frames of each channel go. Their number is limited by what the agent was asked for.
#[derive(Debug, Default)]
struct Routes(Mutex<HashMap<u32, Route>>);

#[derive(Debug)]
struct Route {
    events: UnboundedSender<Event>,
    credit: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Drop for Route {
    /// Input that is still on its way goes nowhere, and waits for nothing.
    fn drop(&mut self) {
        self.credit.close();
    }
}

impl Routes {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Route>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Talks with an agent over its standard input and output.
    pub(super) fn new(stdin: ChildStdin, stdout: ChildStdout) -> Self {
        let (frames, outgoing) = unbounded_channel();
        let (lost, is_lost) = watch::channel(false);
        let routes = Arc::new(Routes::default());
        tokio::spawn(write(stdin, outgoing));
        let incoming = Arc::clone(&routes);
        tokio::spawn(async move {
            let _ = read(stdout, &incoming).await;
            // Nothing waits for an event of the agent any longer.
            incoming.lock().clear();
            let _ = lost.send(true);
        });
        Self { frames, next: AtomicU32::new(1), routes, is_lost }
    }

    /// Opens a channel; the first text is its kind.
    pub(in crate::local) async fn open(
        &self,
        arguments: &[&[u8]],
    ) -> Result<(u32, Events), ConnectError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = unbounded_channel();
        let credit = Arc::new(Semaphore::new(WINDOW));
        let waiting = Arc::new(AtomicUsize::new(0));
        let route =
            Route { events: sender, credit: Arc::clone(&credit), waiting: Arc::clone(&waiting) };
        self.routes.lock().insert(id, route);
        let channel = Channel { id, frames: self.frames.clone(), credit };
        let mut events = Events::new(receiver, Arc::new(channel), waiting);
        if *self.is_lost.borrow() {
            self.routes.lock().remove(&id);
        }
        let mut payload = Vec::new();
        for argument in arguments {
            payload.extend(length(argument).to_be_bytes());
            payload.extend_from_slice(argument);
        }
        events.channel.send(b'O', &payload);
        match events.next().await {
            Some(Event::Opened(pid)) => Ok((pid, events)),
            Some(Event::Refused(why)) => Err(why),
            _ => Err(lost()),
        }
    }

    /// Resolves when the agent has ended.
    pub(super) async fn lost(&self) {
        let _ = self.is_lost.clone().wait_for(|is_lost| *is_lost).await;
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// A frame.
pub(super) fn frame(id: u32, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + payload.len());
    frame.extend(id.to_be_bytes());
    frame.push(kind);
    frame.extend(length(payload).to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

async fn write(mut stdin: ChildStdin, mut frames: UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if stdin.write_all(&frame).await.is_err() {
            return;
        }
    }
}

async fn read(stdout: impl AsyncRead + Unpin, routes: &Routes) -> io::Result<()> {
    let mut stdout = BufReader::with_capacity(256 << 10, stdout);
    loop {
        let id = stdout.read_u32().await?;
        let kind = stdout.read_u8().await?;
        let length = usize::try_from(stdout.read_u32().await?).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut payload = vec![0; length];
        stdout.read_exact(&mut payload).await?;
        dispatch(routes, id, kind, payload)?;
    }
}

/// Passes on a frame. Fails if it is none that an agent sends at this point.
fn dispatch(routes: &Routes, id: u32, kind: u8, payload: Vec<u8>) -> io::Result<()> {
    let mut routes = routes.lock();
    let Some(route) = routes.get(&id) else { return Ok(()) };
    let size = payload.len().max(1);
    let text = || String::from_utf8_lossy(&payload).into_owned();
    let event = match kind {
        b'A' => {
            let taken: usize = text().parse().unwrap_or_default();
            if taken.saturating_add(route.credit.available_permits()) > WINDOW {
                return Err(io::ErrorKind::InvalidData.into());
            }
            route.credit.add_permits(taken);
            return Ok(());
        }
        b'P' => Event::Opened(text().parse().unwrap_or_default()),
        b'o' => Event::Output(payload),
        b'e' => Event::Errors(payload),
        b'F' => Event::Refused(refusal(&text())),
        b'E' => Event::Ended(End::read(&text())),
        _ => return Ok(()),
    };
    if route.waiting.fetch_add(size, Ordering::Relaxed).saturating_add(size) > MOST_WAITING {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let is_last = matches!(event, Event::Refused(_) | Event::Ended(_));
    let _ = route.events.send(event);
    if is_last {
        routes.remove(&id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an agent's frames on channel 1: the number of events, and whether it was cut.
    async fn read_frames(frames: &[(u8, &[u8])]) -> (usize, bool) {
        let routes = Routes::default();
        let (sender, mut receiver) = unbounded_channel();
        let route = Route {
            events: sender,
            credit: Arc::new(Semaphore::new(WINDOW / 2)),
            waiting: Arc::new(AtomicUsize::new(0)),
        };
        routes.lock().insert(1, route);
        let bytes: Vec<u8> =
            frames.iter().flat_map(|(kind, payload)| frame(1, *kind, payload)).collect();
        let outcome = read(bytes.as_slice(), &routes).await;
        routes.lock().clear();
        let mut events = 0;
        while receiver.recv().await.is_some() {
            events += 1;
        }
        (events, outcome.is_err_and(|error| error.kind() == io::ErrorKind::InvalidData))
    }

    #[tokio::test]
    async fn frames_that_no_agent_sends_end_the_connection() {
        let part = vec![0; 64 << 10];
        assert_eq!(read_frames(&[(b'o', &part), (b'e', b"x"), (b'?', b"x")]).await, (2, false));
        assert_eq!(read_frames(&[(b'A', b"1000"), (b'A', b"nothing")]).await, (0, false));
        assert_eq!(read_frames(&[(b'A', b"18446744073709551615")]).await, (0, true));
        assert_eq!(read_frames(&[(b'A', b"200000"), (b'o', b"x")]).await, (0, true));
        assert_eq!(read_frames(&[(b'o', &vec![0; LONGEST + 1])]).await, (0, true));
        // More than was asked for.
        let flood = vec![(b'o', part.as_slice()); MOST_WAITING / part.len() + 1];
        assert_eq!(read_frames(&flood).await, (flood.len() - 1, true));
    }
}
