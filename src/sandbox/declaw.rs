//! Declaw: its API creates and ends sandboxes, and passes on the calls into them.
//!
//! A command is started by one call and read by another, which is repeated from where it broke: a
//! gateway ends streams that are silent. A terminal's output is not kept for that, so what it writes
//! between two of these calls is lost.

mod client;
mod input;
mod output;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{Method, RequestBuilder};
use tokio::time::Instant;

pub(super) use client::Client;
use input::Control;
use output::Process;

use super::command::{Command, Size};
use super::driver::{Shell, Started};
use crate::platform::ROOT;
use crate::scalar::shell::quote;
use crate::submit::http::Http;
use crate::submit::{Call, SubmitError};
use crate::wire::declaw::sandboxes::{
    CommandStarted, StartCommand, StartTerminal, TerminalStarted,
};

/// When the platform ends a shell at a terminal: what its own client asks for.
const TERMINAL_LIFETIME: Duration = Duration::from_hours(1);

/// The platform's API.
///
/// Streams have connections of their own: on a shared one of HTTP/2, a stream that is not read stops
/// the other calls.
#[derive(Debug)]
struct Api {
    calls: Http,
    streams: Http,
}

/// The way into one sandbox.
#[derive(Debug)]
struct Connected {
    api: Arc<Api>,
    id: String,
}

/// A process, as the paths of the calls about it name it.
#[derive(Debug)]
struct Handle {
    api: Arc<Api>,
    sandbox: String,
    kind: Kind,
    id: String,
}

/// What a process is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Pipes.
    Command,
    /// A terminal.
    Terminal,
}

impl Kind {
    /// The part of the paths.
    const fn name(self) -> &'static str {
        match self {
            Self::Command => "stdio",
            Self::Terminal => "pty",
        }
    }
}

impl Handle {
    /// A request about the process.
    fn request(
        &self,
        http: &Http,
        method: Method,
        rest: &[&str],
    ) -> Result<RequestBuilder, SubmitError> {
        let path = ["sandboxes", &self.sandbox, self.kind.name(), &self.id];
        http.request(method, &[&path, rest].concat())
    }

    /// A call about the process, as messages name it.
    fn call(&self, doing: &'static str, method: &str, rest: &str) -> Call {
        Call::of_sandbox(doing, format!("{method} /sandboxes/ID/{}/ID{rest}", self.kind.name()))
    }
}

impl Shell for Connected {
    fn start<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Result<Started, SubmitError>> {
        Box::pin(async move {
            match command.terminal {
                Some(size) => self.open_terminal(command, size).await,
                None => self.run(command).await,
            }
        })
    }
}

impl Connected {
    async fn run(&self, command: &Command) -> Result<Started, SubmitError> {
        let deadline = command.timeout.map(|timeout| Instant::now() + timeout);
        let body = StartCommand {
            cmd: login_shell(command.line.as_deref()),
            user: user(command),
            envs: command.environment.clone(),
            cwd: command.workdir.clone(),
        };
        let call = Call::of_sandbox("start the command", "POST /sandboxes/ID/stdio");
        let http = &self.api.calls;
        let request = http.request(Method::POST, &["sandboxes", &self.id, "stdio"])?;
        let started: CommandStarted = http.json(&call, request.json(&body)).await?;
        let started = self.started(Kind::Command, started.cmd_id, deadline);
        if !command.has_input {
            started.input.close().await?;
        }
        Ok(started)
    }

    async fn open_terminal(&self, command: &Command, size: Size) -> Result<Started, SubmitError> {
        let body = StartTerminal {
            size,
            user: user(command),
            cwd: command.workdir.clone(),
            envs: command.environment.clone(),
            timeout: TERMINAL_LIFETIME.as_secs(),
        };
        let call = Call::of_sandbox("open a terminal", "POST /sandboxes/ID/pty");
        let http = &self.api.calls;
        let request = http.request(Method::POST, &["sandboxes", &self.id, "pty"])?;
        let started: TerminalStarted = http.json(&call, request.json(&body)).await?;
        Ok(self.started(Kind::Terminal, started.pid.to_string(), None))
    }

    fn started(&self, kind: Kind, id: String, deadline: Option<Instant>) -> Started {
        let api = Arc::clone(&self.api);
        let handle = Arc::new(Handle { api, sandbox: self.id.clone(), kind, id });
        let input = Arc::new(Control::new(Arc::clone(&handle)));
        let process = Process::new(handle, Arc::clone(&input), deadline);
        Started { output: Box::new(process), input }
    }
}

/// Who runs a command. The platform's default is a user whom its templates do not have.
fn user(command: &Command) -> String {
    command.user.as_deref().unwrap_or(ROOT).to_owned()
}

/// The command as a line for `sh -c`: what the other platforms run.
fn login_shell(line: Option<&str>) -> String {
    match line {
        Some(line) => format!("/bin/bash -l -c {}", quote(line)),
        None => "/bin/bash -l".to_owned(),
    }
}
