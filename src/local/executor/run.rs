//! Runs a command in a container to its end.

use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::script::{BOOT, Invocation};
use super::streams::{Event, Said, Stream, TakeLine, feed, read};
use crate::engine::{Attachment, Container, EngineError, Process};

/// How often the conditions to stop are looked at while a command is silent.
const GRAIN: Duration = Duration::from_millis(50);

/// The pause between two looks at a client that is about to end.
const PAUSE: Duration = Duration::from_millis(2);

/// How long a process may hold the output of a command that has ended before the log says so.
const HELD_NOTICE: Duration = Duration::from_secs(10);

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// With this exit code; 128 and more stand for a signal.
    Exited(i32),
    /// Its user is not in `/etc/passwd`.
    NoUser,
    /// Its working directory cannot be entered.
    NoDirectory,
    /// There is no `/bin/bash`.
    NoShell,
    /// What had to be done before failed; the output says why.
    NotPrepared,
    /// Another process held its output for too long after its end, with this exit code.
    Held(i32),
    /// It was told to stop.
    Stopped,
    /// The engine did not run it, for this reason.
    NotRun(String),
    /// Something else ended it or its container, for this reason.
    Lost(String),
}

/// What a command is run with.
pub(super) struct Surroundings<'a> {
    /// Takes each line of the output without its line break, from two threads.
    pub(super) line: &'a TakeLine<'a>,
    /// Says whether to stop.
    pub(super) stopped: &'a dyn Fn() -> bool,
    /// Is called once, with the exit code, if the output is held for a while after the end.
    pub(super) held: &'a dyn Fn(i32),
    /// How long the output may be held.
    pub(super) held_limit: Duration,
}

/// Runs a command in the shell of a container, one after the other, until every process that holds
/// its output has closed it. Its standard input is `input`; without one, it stays open and silent.
pub(super) fn run(
    container: &Container,
    invocation: &Invocation<'_>,
    input: Option<&File>,
    surroundings: &Surroundings<'_>,
) -> Ended {
    let token = token();
    let line = invocation.line_for_root(&token);
    let mut shell = container.shell();
    converse(container, &mut shell, Said { token: &token, line: &line, input }, surroundings)
}

/// Runs a command beside the shell of a container, as the engine does that.
///
/// # Errors
/// When the client of the engine cannot be started.
pub(super) fn run_beside(
    container: &Container,
    invocation: &Invocation<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Ended, EngineError> {
    let token = token();
    // Engines take a number for a user, the platform does not: the wrapper refuses it.
    let is_number = invocation.user.bytes().all(|byte| byte.is_ascii_digit());
    let user = if is_number { "0" } else { invocation.user };
    let mut process = container.exec(user, &["/usr/bin/env", "-i", "/bin/sh", "-c", BOOT])?;
    let said = Said { token: &token, line: &invocation.line(&token), input: None };
    Ok(converse(container, &mut process, said, surroundings))
}

fn token() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Says a script to a process, and takes the answer.
fn converse(
    container: &Container,
    process: &mut Process,
    said: Said<'_>,
    surroundings: &Surroundings<'_>,
) -> Ended {
    let Process { stdin, stdout, stderr, client } = process;
    let (sender, events) = channel();
    let (take, token) = (surroundings.line, said.token);
    thread::scope(|scope| {
        let errors = sender.clone();
        scope.spawn(move || read(stdout, Stream::Output, token, &sender, take));
        scope.spawn(move || read(stderr, Stream::Error, token, &errors, take));
        scope.spawn(move || feed(stdin, said));
        let ended = wait(container, client, &events, surroundings);
        if said.input.is_some() && ended != Ended::Exited(0) {
            // It may not have read everything, and is of no use any more.
            client.abandon();
        }
        ended
    })
}

fn wait(
    container: &Container,
    client: &mut Attachment,
    events: &Receiver<Event>,
    surroundings: &Surroundings<'_>,
) -> Ended {
    let mut ended: Option<(Ended, Instant)> = None;
    let mut is_noticed = false;
    let (mut output, mut error) = (None, None);
    loop {
        match events.recv_timeout(GRAIN) {
            Ok(Event::Reported(report)) => ended = Some((reported(&report), Instant::now())),
            Ok(Event::Over(Stream::Output, over)) => output = Some(over),
            Ok(Event::Over(Stream::Error, over)) => error = Some(over),
            Err(RecvTimeoutError::Timeout) => {}
            // The client has closed its streams and is about to end.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PAUSE),
        }
        if let (Some(output), Some(error)) = (&output, &error) {
            let ended = ended.as_ref().map(|(ended, _)| ended.clone());
            if let (Some(done), Some(_)) = (output.done, error.done) {
                container.set_idle(done.processes == 1);
                // Without a report, the command was killed together with what reports.
                return ended.unwrap_or(Ended::Exited(done.code));
            }
            if let Ok(Some(code)) = client.try_wait() {
                // Docker 20.10 says on standard output why it runs nothing.
                let words = [error, output].map(|over| over.last_line.as_str());
                let line = words.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
                return ended.unwrap_or_else(|| unreported(container, code, line));
            }
        }
        if (surroundings.stopped)() {
            client.abandon();
            return Ended::Stopped;
        }
        if let Some((Ended::Exited(code), at)) = &ended {
            if at.elapsed() >= surroundings.held_limit {
                client.abandon();
                return Ended::Held(*code);
            }
            if at.elapsed() >= HELD_NOTICE && !is_noticed {
                is_noticed = true;
                (surroundings.held)(*code);
            }
        }
    }
}

/// What the wrapper reported.
fn reported(report: &str) -> Ended {
    match report {
        "user" => Ended::NoUser,
        "directory" => Ended::NoDirectory,
        "shell" => Ended::NoShell,
        "before" => Ended::NotPrepared,
        report => {
            let code = report.strip_prefix("exit ").and_then(|code| code.parse().ok());
            code.map_or_else(|| Ended::NotRun(report.to_owned()), Ended::Exited)
        }
    }
}

/// The end of a wrapper that reported nothing: it was not started, or it was killed.
fn unreported(container: &Container, code: i32, line: &str) -> Ended {
    if line.contains("unable to find user") || line.contains("no matching entries in passwd") {
        return Ended::NoUser;
    }
    match container.is_running() {
        Err(error) => Ended::Lost(format!("the container engine does not answer: {error}")),
        Ok(false) => Ended::Lost("its container was stopped from outside".to_owned()),
        Ok(true) if code == 137 => Ended::Exited(code),
        Ok(true) if line.is_empty() => {
            Ended::NotRun(format!("the client of the engine ended with exit code {code}"))
        }
        Ok(true) => Ended::NotRun(line.to_owned()),
    }
}
