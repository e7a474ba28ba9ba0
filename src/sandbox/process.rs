//! A process in a sandbox.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;

use super::command::{Command, Ended, Size};
use super::envd::{Envd, KEEPALIVE_INTERVAL};
use crate::submit::http::fault;
use crate::submit::{Call, FaultKind, SubmitError};
use crate::wire::envd::connect::{COMPRESSED, Code, END, EndOfStream, Envelope, Envelopes};
use crate::wire::envd::{
    Bytes, CloseStdin, DataEvent, Empty, Input, ProcessEvent, ProcessMessage, Pty, Selector,
    SendInput, SendSignal, Signal, UpdateProcess,
};

/// The largest message that is read, in bytes. Servers send output in pieces of 32 KiB.
const MAX_MESSAGE: usize = 16 << 20;

/// After how long without a message a stream is broken.
const SILENCE: Duration = KEEPALIVE_INTERVAL.saturating_mul(3);

/// What happened to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It wrote to its standard output, or to its terminal.
    Stdout(Vec<u8>),
    /// It wrote to its standard error.
    Stderr(Vec<u8>),
    /// It ended. This is the last event.
    Ended(Ended),
}

/// A process that was started, and what it writes.
#[derive(Debug)]
pub struct Process {
    call: Call,
    response: Response,
    envelopes: Envelopes,
    envd: Arc<Envd>,
    pid: u32,
    has_terminal: bool,
    /// What was read before it was asked for.
    pending: VecDeque<Event>,
}

/// Writes to a process and ends it, while its output is read elsewhere.
#[derive(Debug, Clone)]
pub struct Control {
    envd: Arc<Envd>,
    pid: u32,
    has_terminal: bool,
}

impl Process {
    /// Starts a command, and waits until it runs.
    pub(super) async fn start(envd: Arc<Envd>, command: &Command) -> Result<Self, SubmitError> {
        const METHOD: &str = "process.Process/Start";
        let call = Call::new("start the command", format!("POST /{METHOD}"));
        let (request, user) = (command.request(), command.user.as_deref());
        let response = envd.stream(&call, METHOD, &request, user, command.timeout).await?;
        let envelopes = Envelopes::new(MAX_MESSAGE);
        let has_terminal = command.terminal.is_some();
        let pending = VecDeque::new();
        let mut process = Self { call, response, envelopes, envd, pid: 0, has_terminal, pending };
        // A command that could not be started ends the stream before that.
        while process.pid == 0 {
            let event = process.read().await?;
            let is_last = matches!(event, Some(Event::Ended(_)));
            process.pending.extend(event);
            if is_last {
                break;
            }
        }
        Ok(process)
    }

    /// The other half of the connection.
    #[must_use]
    pub fn control(&self) -> Control {
        let (envd, has_terminal) = (Arc::clone(&self.envd), self.has_terminal);
        Control { envd, pid: self.pid, has_terminal }
    }

    /// The next event. After the last one there is no other.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn next(&mut self) -> Result<Event, SubmitError> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            if let Some(event) = self.read().await? {
                return Ok(event);
            }
        }
    }

    /// Reads one message; `None` if it says nothing.
    async fn read(&mut self) -> Result<Option<Event>, SubmitError> {
        let envelope = loop {
            let taken = self.envelopes.take();
            match taken.map_err(|size| self.bad(format!("a message has {} bytes", size.0)))? {
                Some(envelope) => break envelope,
                None => self.receive().await?,
            }
        };
        if envelope.flags & COMPRESSED != 0 {
            return Err(self.bad("a message is compressed".to_owned()));
        }
        if envelope.flags & END != 0 {
            return self.end(&envelope);
        }
        let message: ProcessMessage = serde_json::from_slice(&envelope.message)
            .map_err(|error| self.bad(error.to_string()))?;
        Ok(match message.event {
            ProcessEvent::Start(start) => {
                self.pid = start.pid;
                None
            }
            ProcessEvent::Data(DataEvent::Stdout(bytes) | DataEvent::Pty(bytes)) => {
                Some(Event::Stdout(bytes.0))
            }
            ProcessEvent::Data(DataEvent::Stderr(bytes)) => Some(Event::Stderr(bytes.0)),
            ProcessEvent::End(end) => Some(Event::Ended(Ended::of(&end))),
            ProcessEvent::Keepalive(_) => None,
        })
    }

    async fn receive(&mut self) -> Result<(), SubmitError> {
        match tokio::time::timeout(SILENCE, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => {
                self.envelopes.push(&bytes);
                Ok(())
            }
            Ok(Ok(None)) => Err(self.broken("it ended before the command")),
            Ok(Err(error)) => Err(fault(&self.call, &error.with_url(self.response.url().clone()))),
            Err(_) => Err(self.broken("it is silent")),
        }
    }

    /// The end of the stream, which comes before that of the process only after an error.
    fn end(&self, envelope: &Envelope) -> Result<Option<Event>, SubmitError> {
        let end: EndOfStream = serde_json::from_slice(&envelope.message)
            .map_err(|error| self.bad(error.to_string()))?;
        let Some(error) = end.error else {
            return Err(self.broken("it ended before the command"));
        };
        if error.code == Code::DeadlineExceeded {
            return Ok(Some(Event::Ended(Ended::TimedOut)));
        }
        let kind = FaultKind::Refused {
            status: error.code.status(),
            message: self.envd.clean(&error.message),
            retry_after: None,
            should_retry: None,
        };
        Err(SubmitError::of(&self.call, kind))
    }

    fn bad(&self, reason: String) -> SubmitError {
        SubmitError::of(&self.call, FaultKind::BadAnswer(reason)).asking(Some(self.response.url()))
    }

    fn broken(&self, reason: &str) -> SubmitError {
        SubmitError::of(&self.call, FaultKind::Broken(reason.to_owned()))
            .asking(Some(self.response.url()))
    }
}

impl Control {
    const fn process(&self) -> Selector {
        Selector::Pid(self.pid)
    }

    /// Writes to its standard input or its terminal.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<(), SubmitError> {
        let bytes = Bytes(bytes);
        let input = if self.has_terminal { Input::Pty(bytes) } else { Input::Stdin(bytes) };
        let message = SendInput { process: self.process(), input };
        let method = "process.Process/SendInput";
        let _: Empty = self.envd.unary("write to the command", method, &message).await?;
        Ok(())
    }

    /// Closes its standard input.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn close(&self) -> Result<(), SubmitError> {
        let message = CloseStdin { process: self.process() };
        let method = "process.Process/CloseStdin";
        let _: Empty = self.envd.unary("close the command's input", method, &message).await?;
        Ok(())
    }

    /// Resizes its terminal.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn resize(&self, size: Size) -> Result<(), SubmitError> {
        let message = UpdateProcess { process: self.process(), pty: Some(Pty { size }) };
        let method = "process.Process/Update";
        let _: Empty = self.envd.unary("resize the terminal", method, &message).await?;
        Ok(())
    }

    /// Kills it.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn kill(&self) -> Result<(), SubmitError> {
        let message = SendSignal { process: self.process(), signal: Signal::Kill };
        let method = "process.Process/SendSignal";
        let _: Empty = self.envd.unary("kill the command", method, &message).await?;
        Ok(())
    }
}
