//! `process.Process`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt as _;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

use super::connect::{
    Next, Source, answer, check_type, deadline, first_message, invalid, keepalive, message,
    next_message, no_such_call, reached, streamed, streamed_once,
};
use super::processes::{Command, Process, start_event};
use super::{Envd, access};
use crate::local::app::App;
use crate::local::sandboxes::channel::lost;
use crate::local::sandboxes::sandbox::Sandbox;
use crate::wire::envd::connect::{Code, ConnectError, Envelopes, STREAM};
use crate::wire::envd::{
    CloseStdin, ConnectProcess, Empty, Input, InputMessage, ListedProcesses, ProcessEvent,
    ProcessMessage, SendInput, SendSignal, Signal, StartProcess, UpdateProcess,
};

/// Answers a call.
pub(super) async fn serve(
    app: &Arc<App>,
    sandbox: &Arc<Sandbox>,
    call: &str,
    request: Request,
) -> Response {
    let envd = &sandbox.envd;
    match call {
        "Start" => streamed(start(app, envd, request).await),
        "Connect" => streamed(connect(app, envd, request).await),
        "StreamInput" => streamed_once(stream_input(app, envd, request).await),
        "List" => answer(Ok(ListedProcesses { processes: envd.processes.list() })),
        "SendInput" => answer(send_input(app, envd, request).await),
        "CloseStdin" => answer(close_stdin(app, envd, request).await),
        "SendSignal" => answer(send_signal(app, envd, request).await),
        "Update" => answer(update(app, envd, request).await),
        _ => answer::<Empty>(Err(no_such_call(call))),
    }
}

/// The events of a process for one client.
struct Followed {
    /// What is sent before all others.
    first: Option<ProcessEvent>,
    events: Receiver<ProcessEvent>,
    keepalive: Duration,
    deadline: Option<Instant>,
}

impl Source for Followed {
    type Message = ProcessMessage;

    async fn next(&mut self) -> Next<ProcessMessage> {
        if let Some(event) = self.first.take() {
            return Next::Message(ProcessMessage { event });
        }
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                // Killed at the deadline, which this stream may notice later than the process.
                Some(ProcessEvent::End(end)) if !end.exited && self.is_over() => Next::Failed(late()),
                Some(event @ ProcessEvent::End(_)) => Next::Last(ProcessMessage { event }),
                Some(event) => Next::Message(ProcessMessage { event }),
                None => Next::Failed(lost()),
            },
            () = reached(self.deadline) => Next::Failed(late()),
            () = sleep(self.keepalive) => {
                Next::Message(ProcessMessage { event: ProcessEvent::Keepalive(Empty {}) })
            }
        }
    }
}

impl Followed {
    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

fn late() -> ConnectError {
    ConnectError::new(Code::DeadlineExceeded, "the process has exceeded its time limit")
}

async fn start(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Followed, ConnectError> {
    let headers = request.headers().clone();
    let deadline = deadline(&headers)?;
    let request: StartProcess = first_message(app, request).await?;
    let command = command(envd, &headers, request, deadline);
    let (process, events) = envd.start_followed(command).await?;
    Ok(followed(&process, events, &headers, deadline))
}

fn command(
    envd: &Envd,
    headers: &HeaderMap,
    request: StartProcess,
    deadline: Option<Instant>,
) -> Command {
    let StartProcess { process, pty, tag, stdin } = request;
    let mut variables: BTreeMap<String, String> = envd.defaults.variables.clone();
    variables.extend(process.envs.into_iter().map(|(name, value)| (name, value.0)));
    Command {
        user: access::user(headers).unwrap_or_else(|| envd.defaults.user.clone()),
        cmd: process.cmd,
        args: process.args,
        directory: process.cwd,
        variables,
        terminal: pty.map(|pty| pty.size),
        has_stdin: pty.is_none() && stdin.unwrap_or(true),
        tag,
        deadline,
    }
}

fn followed(
    process: &Process,
    events: Receiver<ProcessEvent>,
    headers: &HeaderMap,
    deadline: Option<Instant>,
) -> Followed {
    Followed {
        first: Some(start_event(process.pid)),
        events,
        keepalive: keepalive(headers),
        deadline,
    }
}

async fn connect(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Followed, ConnectError> {
    let headers = request.headers().clone();
    let deadline = deadline(&headers)?;
    let request: ConnectProcess = first_message(app, request).await?;
    let process = envd.processes.find_any(&request.process)?;
    let mut events = process.subscribe();
    if let Some(end) = process.ended() {
        // It may have ended before it was followed.
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let _ = sender.try_send(ProcessEvent::End(end));
        events = receiver;
    }
    Ok(followed(&process, events, &headers, deadline))
}

async fn send_input(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Empty, ConnectError> {
    let request: SendInput = message(app, request).await?;
    let process = envd.processes.find(&request.process)?;
    write(&process, request.input).await
}

/// Writes input to a process.
async fn write(process: &Process, input: Input) -> Result<Empty, ConnectError> {
    let internal = |message| Err(ConnectError::new(Code::Internal, message));
    let bytes = match (input, process.has_terminal) {
        (Input::Pty(bytes), true) => bytes,
        (Input::Stdin(bytes), false) if process.takes_input() => bytes,
        (Input::Stdin(_), false) => {
            return internal("error writing to stdin: stdin not enabled or closed");
        }
        (Input::Stdin(_), true) => {
            return internal(
                "error writing to stdin: tty assigned to process — input should be written to the \
                 pty, not the stdin",
            );
        }
        (Input::Pty(_), false) => {
            return internal(
                "error writing to tty: tty not assigned to process — input should be written to \
                 the stdin, not the tty",
            );
        }
    };
    process.channel.input(&bytes.0).await;
    Ok(Empty {})
}

/// Writes what a client sends as a stream.
async fn stream_input(
    app: &Arc<App>,
    envd: &Envd,
    request: Request,
) -> Result<Empty, ConnectError> {
    check_type(request.headers(), STREAM)?;
    let mut envelopes = Envelopes::new(app.config.max_json_bytes);
    let mut body = request.into_body().into_data_stream();
    let mut process: Option<Arc<Process>> = None;
    while let Some(bytes) = body.next().await {
        let failed =
            |error| ConnectError::new(Code::Unknown, format!("error streaming input: {error}"));
        envelopes.push(&bytes.map_err(failed)?);
        while let Some(message) = next_message(&mut envelopes)? {
            match message {
                InputMessage::Start { process: selector } => {
                    process = Some(envd.processes.find(&selector)?);
                }
                InputMessage::Data { input } => {
                    let process = process.as_ref();
                    let process = process.ok_or_else(|| invalid("the first message is `start`"))?;
                    write(process, input).await?;
                }
                InputMessage::Keepalive(_) => {}
            }
        }
    }
    Ok(Empty {})
}

async fn close_stdin(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Empty, ConnectError> {
    let request: CloseStdin = message(app, request).await?;
    let process = envd.processes.find(&request.process)?;
    if process.has_terminal {
        let message = "error closing stdin: cannot close stdin for PTY process — send Ctrl+D (0x04) \
                       instead";
        return Err(ConnectError::new(Code::Unknown, message));
    }
    process.close_input();
    Ok(Empty {})
}

async fn send_signal(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Empty, ConnectError> {
    let request: SendSignal = message(app, request).await?;
    let process = envd.processes.find(&request.process)?;
    process.channel.signal(match request.signal {
        Signal::Terminate => 15,
        Signal::Kill => 9,
    });
    Ok(Empty {})
}

async fn update(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Empty, ConnectError> {
    let request: UpdateProcess = message(app, request).await?;
    let process = envd.processes.find(&request.process)?;
    if let Some(pty) = request.pty {
        if !process.has_terminal {
            let message = "error resizing tty: tty not assigned to process";
            return Err(ConnectError::new(Code::Internal, message));
        }
        process.channel.resize(pty.size.cols, pty.size.rows);
    }
    Ok(Empty {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::envd::EndEvent;

    /// What a client gets of a process that has ended, where the time of its call ends after `limit`.
    async fn last(exit_code: i32, exited: bool, limit: Duration) -> Next<ProcessMessage> {
        let (sender, events) = tokio::sync::mpsc::channel(1);
        let end = EndEvent { exit_code, exited, status: String::new(), error: None };
        sender.send(ProcessEvent::End(end)).await.expect("it is followed");
        let deadline = Some(Instant::now() + limit);
        Followed { first: None, events, keepalive: Duration::from_mins(1), deadline }.next().await
    }

    #[tokio::test]
    async fn a_process_that_was_killed_after_its_time_has_exceeded_it() {
        let over = Duration::ZERO;
        let Next::Failed(error) = last(-1, false, over).await else { panic!("it is not late") };
        assert_eq!(error.code, Code::DeadlineExceeded);
        assert!(matches!(last(0, true, over).await, Next::Last(_)));
        assert!(matches!(last(-1, false, Duration::from_mins(1)).await, Next::Last(_)));
    }
}
