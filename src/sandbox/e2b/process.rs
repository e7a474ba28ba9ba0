//! A process in a sandbox.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use reqwest::Response;

use super::super::command::{Command, Ended, Event, Size};
use super::super::driver::{Input, Output, Started};
use super::envd::{Envd, KEEPALIVE_INTERVAL};
use crate::submit::http::fault;
use crate::submit::{Call, FaultKind, SubmitError};
use crate::wire::envd::connect::{COMPRESSED, Code, END, EndOfStream, Envelope, Envelopes};
use crate::wire::envd::{
    self, Bytes, CloseStdin, DataEvent, Empty, EndEvent, ProcessConfig, ProcessEvent,
    ProcessMessage, Pty, Selector, SendInput, SendSignal, Signal, StartProcess, UpdateProcess,
};

/// The largest message that is read, in bytes. Servers send output in pieces of 32 KiB.
const MAX_MESSAGE: usize = 16 << 20;

/// After how long without a message a stream is broken.
const SILENCE: Duration = KEEPALIVE_INTERVAL.saturating_mul(3);

/// The signal with which a server ends a command at its timeout.
const KILLED: u8 = 9;

/// The names of signals that are not numbered, as Go prints them for Linux.
const SIGNALS: &[(&str, u8)] = &[
    ("hangup", 1),
    ("interrupt", 2),
    ("quit", 3),
    ("illegal instruction", 4),
    ("trace/breakpoint trap", 5),
    ("aborted", 6),
    ("bus error", 7),
    ("floating point exception", 8),
    ("killed", KILLED),
    ("user defined signal 1", 10),
    ("segmentation fault", 11),
    ("user defined signal 2", 12),
    ("broken pipe", 13),
    ("alarm clock", 14),
    ("terminated", 15),
];

/// A process that was started, and what it writes.
#[derive(Debug)]
struct Process {
    call: Call,
    response: Response,
    envelopes: Envelopes,
    envd: Arc<Envd>,
    pid: u32,
    /// What was read before it was asked for.
    pending: VecDeque<Event>,
    /// When it is killed, at the earliest: the server's time begins with the request.
    deadline: Option<Instant>,
}

/// Writes to a process and ends it.
#[derive(Debug)]
struct Control {
    envd: Arc<Envd>,
    pid: u32,
    has_terminal: bool,
}

/// Starts a command, and waits until it runs.
pub(super) async fn start(envd: Arc<Envd>, command: &Command) -> Result<Started, SubmitError> {
    const METHOD: &str = "process.Process/Start";
    let call = Call::of_sandbox("start the command", format!("POST /{METHOD}"));
    let (request, user) = (request(command), command.user.as_deref());
    let deadline = command.timeout.map(|timeout| Instant::now() + timeout);
    let response = envd.stream(&call, METHOD, &request, user, command.timeout).await?;
    let (envelopes, pending) = (Envelopes::new(MAX_MESSAGE), VecDeque::new());
    let has_terminal = command.terminal.is_some();
    let mut process =
        Process { call, response, envelopes, envd: Arc::clone(&envd), pid: 0, pending, deadline };
    // A command that could not be started ends the stream before that.
    while process.pid == 0 {
        let event = process.read().await?;
        let is_last = matches!(event, Some(Event::Ended(_)));
        process.pending.extend(event);
        if is_last {
            break;
        }
    }
    let input = Arc::new(Control { envd, pid: process.pid, has_terminal });
    Ok(Started { output: Box::new(process), input })
}

/// The request that starts a command.
fn request(command: &Command) -> StartProcess {
    let words: &[&str] = match &command.line {
        Some(line) => &["-l", "-c", line],
        None => &["-i", "-l"],
    };
    StartProcess {
        process: ProcessConfig {
            cmd: "/bin/bash".to_owned(),
            args: words.iter().map(|word| (*word).to_owned()).collect(),
            envs: command.environment.clone(),
            cwd: command.workdir.clone(),
        },
        pty: command.terminal.map(|size| Pty { size }),
        tag: None,
        stdin: Some(command.has_input),
    }
}

/// How a command ended, by the words of Go's standard library.
fn ended(event: &EndEvent) -> Ended {
    let status = event.status.trim();
    let Some(signal) = status.strip_prefix("signal: ") else {
        return Ended::exit(event.exit_code.into());
    };
    let name = signal.strip_suffix(" (core dumped)").unwrap_or(signal);
    let known = SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    let number = known.or_else(|| name.strip_prefix("signal ")?.parse().ok());
    Ended::Signal(number, name.to_owned())
}

/// How a command ended, given whether its time was over by then: a busy server may notice that it
/// has killed the command before it notices why.
fn in_time(ended: Ended, is_over: bool) -> Ended {
    match ended {
        Ended::Signal(Some(KILLED), _) if is_over => Ended::TimedOut,
        ended => ended,
    }
}

impl Output for Process {
    fn next(&mut self) -> BoxFuture<'_, Result<Event, SubmitError>> {
        Box::pin(self.next())
    }
}

impl Process {
    async fn next(&mut self) -> Result<Event, SubmitError> {
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
            ProcessEvent::End(end) => {
                let is_over = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
                Some(Event::Ended(in_time(ended(&end), is_over)))
            }
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

impl Input for Control {
    fn write(&self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.write(bytes))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.close())
    }

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.resize(size))
    }

    fn kill(&self) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.kill())
    }
}

impl Control {
    const fn process(&self) -> Selector {
        Selector::Pid(self.pid)
    }

    /// It takes as long as the process reads what came before.
    async fn write(&self, bytes: Vec<u8>) -> Result<(), SubmitError> {
        let bytes = Bytes(bytes);
        let input =
            if self.has_terminal { envd::Input::Pty(bytes) } else { envd::Input::Stdin(bytes) };
        let message = SendInput { process: self.process(), input };
        let method = "process.Process/SendInput";
        let _: Empty = self.envd.slow("write to the command", method, &message).await?;
        Ok(())
    }

    async fn close(&self) -> Result<(), SubmitError> {
        let message = CloseStdin { process: self.process() };
        let method = "process.Process/CloseStdin";
        let _: Empty = self.envd.unary("close the command's input", method, &message).await?;
        Ok(())
    }

    async fn resize(&self, size: Size) -> Result<(), SubmitError> {
        let message = UpdateProcess { process: self.process(), pty: Some(Pty { size }) };
        let method = "process.Process/Update";
        let _: Empty = self.envd.unary("resize the terminal", method, &message).await?;
        Ok(())
    }

    async fn kill(&self) -> Result<(), SubmitError> {
        let message = SendSignal { process: self.process(), signal: Signal::Kill };
        let method = "process.Process/SendSignal";
        let _: Empty = self.envd.unary("kill the command", method, &message).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(exit_code: i32, status: &str) -> Ended {
        let status = status.to_owned();
        super::ended(&EndEvent { exit_code, exited: exit_code >= 0, status, error: None })
    }

    #[test]
    fn codes_are_those_of_a_shell() {
        assert_eq!(ended(0, "exit status 0"), Ended::Exit(0));
        assert_eq!(ended(255, "exit status 255"), Ended::Exit(255));
        assert_eq!(ended(3, "").code(), 3);
        assert_eq!(ended(-1, "signal: killed"), Ended::Signal(Some(9), "killed".to_owned()));
        assert_eq!(ended(-1, "signal: segmentation fault (core dumped)").code(), 139);
        assert_eq!(ended(-1, "signal: signal 34").code(), 162);
        assert_eq!(ended(-1, "signal: something new").code(), 128);
        assert_eq!(ended(-1, "").code(), 255);
    }

    #[test]
    fn what_is_killed_after_its_time_has_timed_out() {
        assert_eq!(in_time(ended(-1, "signal: killed"), true), Ended::TimedOut);
        let before = in_time(ended(-1, "signal: killed"), false);
        assert_eq!(before, Ended::Signal(Some(9), "killed".to_owned()));
        // It ended by itself, and was in time as far as the server knows.
        assert_eq!(in_time(ended(0, "exit status 0"), true), Ended::Exit(0));
        let terminated = in_time(ended(-1, "signal: terminated"), true);
        assert_eq!(terminated, Ended::Signal(Some(15), "terminated".to_owned()));
    }
}
