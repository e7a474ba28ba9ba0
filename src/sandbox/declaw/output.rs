//! What a process writes, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::super::command::{Ended, Event};
use super::super::driver::Output;
use super::input::Control;
use super::{Handle, Kind};
use crate::submit::http::fault;
use crate::submit::retry::Waits;
use crate::submit::{Call, FaultKind, Limit, SubmitError};
use crate::wire::declaw::sandboxes::{Chunk, DATA, EXIT, Exit, STDERR, STDOUT};
use crate::wire::server_events::{ServerEvent, ServerEvents, TooLong};

/// The largest event that is read, in bytes.
const MAX_EVENT: usize = 16 << 20;

/// Longer than any stream.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// How long a stream has worked that is opened again without counting the tries before it.
const STABLE: Duration = Duration::from_secs(10);

/// A process that was started, and what it writes.
#[derive(Debug)]
pub(super) struct Process {
    handle: Arc<Handle>,
    control: Arc<Control>,
    call: Call,
    /// The stream, and when it was opened.
    stream: Option<(Response, Instant)>,
    events: ServerEvents,
    /// The last chunk that was read, and the one after which the stream began.
    last: u64,
    resumed: u64,
    /// The waits between the tries to open a stream; none while one works.
    waits: Option<Waits>,
    /// When the process is killed.
    deadline: Option<Instant>,
}

impl Output for Process {
    fn next(&mut self) -> BoxFuture<'_, Result<Event, SubmitError>> {
        Box::pin(async {
            let Some(deadline) = self.deadline else { return self.read().await };
            if let Ok(event) = timeout_at(deadline, self.read()).await {
                return event;
            }
            // The platform has no timeout for such a command.
            if self.control.kill().await? {
                return Ok(Event::Ended(Ended::TimedOut));
            }
            // It had ended, and the stream did not say so.
            let kind = FaultKind::Broken("it is silent".to_owned());
            Err(SubmitError::of(&self.call, kind))
        })
    }
}

impl Process {
    pub(super) fn new(
        handle: Arc<Handle>,
        control: Arc<Control>,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            call: handle.call("read the command's output", "GET", "/stream"),
            handle,
            control,
            stream: None,
            events: ServerEvents::new(MAX_EVENT),
            last: 0,
            resumed: 0,
            waits: None,
            deadline,
        }
    }

    async fn read(&mut self) -> Result<Event, SubmitError> {
        loop {
            let taken = self.events.take();
            let too_long =
                |TooLong| self.bad(format!("an event is longer than {} MiB", MAX_EVENT >> 20));
            match taken.map_err(too_long)? {
                Some(event) => {
                    if let Some(event) = self.understood(&event)? {
                        self.waits = None;
                        return Ok(event);
                    }
                }
                None => self.receive().await?,
            }
        }
    }

    /// What an event says; `None` if that is nothing new.
    fn understood(&mut self, event: &ServerEvent) -> Result<Option<Event>, SubmitError> {
        Ok(match (self.handle.kind, event.name.as_str()) {
            (_, EXIT) => {
                let Exit { exit_code } = self.decoded(event)?;
                Some(Event::Ended(ended(exit_code)))
            }
            (Kind::Command, STDOUT) | (Kind::Terminal, DATA | "") => {
                self.chunk(event)?.map(Event::Stdout)
            }
            (Kind::Command, STDERR) => self.chunk(event)?.map(Event::Stderr),
            _ => None,
        })
    }

    /// A chunk, unless it was read before the stream broke.
    fn chunk(&mut self, event: &ServerEvent) -> Result<Option<Vec<u8>>, SubmitError> {
        let Chunk { entry_id, data } = self.decoded(event)?;
        self.last = self.last.max(entry_id);
        let is_known = entry_id != 0 && entry_id <= self.resumed;
        Ok(Some(data.0).filter(|_| !is_known))
    }

    fn decoded<T: DeserializeOwned>(&self, event: &ServerEvent) -> Result<T, SubmitError> {
        serde_json::from_str(&event.data).map_err(|error| self.bad(error.to_string()))
    }

    /// Reads more of the stream, and opens it again if it has ended before the process.
    async fn receive(&mut self) -> Result<(), SubmitError> {
        let broken = match self.piece().await {
            Ok(Some(bytes)) => {
                self.events.push(&bytes);
                return Ok(());
            }
            Ok(None) => {
                let kind = FaultKind::Broken("it ended before the command".to_owned());
                SubmitError::of(&self.call, kind)
            }
            Err(error) => error,
        };
        let opened = self.stream.take().map(|(_, opened)| opened);
        if opened.is_some_and(|opened| opened.elapsed() > STABLE) {
            self.waits = None;
        }
        let http = &self.handle.api.streams;
        let waits = self.waits.get_or_insert_with(|| http.waits(Limit::Call));
        waits.pause(broken, &|_| {}).await
    }

    /// The next bytes of the stream; `None` at its end.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, SubmitError> {
        if self.stream.is_none() {
            let response = self.open().await?;
            self.events = ServerEvents::new(MAX_EVENT);
            self.resumed = self.last;
            self.stream = Some((response, Instant::now()));
        }
        let Some((response, _)) = &mut self.stream else { return Ok(None) };
        let url = response.url().clone();
        match response.chunk().await {
            Ok(Some(bytes)) => Ok(Some(bytes.to_vec())),
            // The last event may lack the empty line after it.
            Ok(None) => Ok(self.events.is_within().then(|| b"\n".to_vec())),
            Err(error) => Err(fault(&self.call, &error.with_url(url))),
        }
    }

    async fn open(&self) -> Result<Response, SubmitError> {
        let http = &self.handle.api.streams;
        let mut request = self.handle.request(http, Method::GET, &["stream"])?.timeout(FOREVER);
        if self.last > 0 {
            request = request.query(&[("last_entry_id", self.last)]);
        }
        http.send(&self.call, request).await
    }

    fn bad(&self, reason: String) -> SubmitError {
        SubmitError::of(&self.call, FaultKind::BadAnswer(reason))
    }
}

/// How a process ended. The platform does not say which signal ended one.
fn ended(code: i64) -> Ended {
    if code < 0 {
        return Ended::Signal(None, "(the platform does not say which)".to_owned());
    }
    Ended::exit(code)
}
