//! Runs a command in a container to its end.

use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::output::{Lines, Reports};
use super::script::{BOOT, Invocation};
use crate::engine::{Container, EngineError, Exec};

/// How often the conditions to stop are looked at while a command is silent.
const GRAIN: Duration = Duration::from_millis(50);

/// How long a process may hold the output of a command that has ended before the log says so.
const HELD_NOTICE: Duration = Duration::from_secs(10);

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// The stream that a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

impl Stream {
    /// Its name in the platform's log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Output => "stdout",
            Self::Error => "stderr",
        }
    }
}

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

/// Takes a line of the output.
pub(super) type TakeLine<'a> = dyn Fn(Stream, &str) + Sync + 'a;

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

/// Runs a command until every process that holds its output has closed it. Its standard input is
/// `input`; without one, it stays open and silent.
///
/// # Errors
/// When the client of the engine cannot be started.
pub(super) fn run(
    container: &Container,
    invocation: &Invocation<'_>,
    input: Option<&File>,
    surroundings: &Surroundings<'_>,
) -> Result<Ended, EngineError> {
    let token = Uuid::new_v4().simple().to_string();
    // Engines take a number for a user, the platform does not: the wrapper refuses it.
    let is_number = invocation.user.bytes().all(|byte| byte.is_ascii_digit());
    let user = if is_number { "0" } else { invocation.user };
    let mut exec = container.exec(user, &["/usr/bin/env", "-i", "/bin/sh", "-c", BOOT])?;
    let (stdin, stdout, stderr) = (exec.stdin.take(), exec.stdout.take(), exec.stderr.take());
    let line = invocation.line(&token);
    let take = surroundings.line;
    let (sender, events) = channel();
    Ok(thread::scope(|scope| {
        let (printed, reports) = (sender.clone(), sender.clone());
        scope.spawn(move || read_output(stdout, &printed, take));
        scope.spawn(move || read_errors(stderr, &token, &reports, take));
        scope.spawn(move || feed(stdin, &line, input, &sender));
        wait(container, &mut exec, &events, surroundings)
    }))
}

/// What the threads report.
enum Event {
    /// The standard input, after the line of the script.
    Open(ChildStdin),
    /// A report of the wrapper.
    Reported(String),
    /// A stream is closed, with its last line.
    Closed(Stream, String),
}

fn read_output(stdout: Option<ChildStdout>, events: &Sender<Event>, take: &TakeLine<'_>) {
    let mut last = String::new();
    let mut lines = Lines::new(|line: &str| {
        line.clone_into(&mut last);
        take(Stream::Output, line);
    });
    each_chunk(stdout, |chunk| lines.push(chunk));
    lines.finish();
    let _ = events.send(Event::Closed(Stream::Output, last));
}

fn read_errors(
    stderr: Option<ChildStderr>,
    token: &str,
    events: &Sender<Event>,
    take: &TakeLine<'_>,
) {
    let mut last = String::new();
    let mut lines = Lines::new(|line: &str| {
        line.clone_into(&mut last);
        take(Stream::Error, line);
    });
    let mut reports = Reports::new(token);
    each_chunk(stderr, |chunk| {
        reports.push(chunk, &mut lines, |report| {
            let _ = events.send(Event::Reported(report.to_owned()));
        });
    });
    reports.finish(&mut lines);
    lines.finish();
    let _ = events.send(Event::Closed(Stream::Error, last));
}

fn each_chunk(stream: Option<impl Read>, mut take: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; CHUNK];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => take(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Writes the script and what follows it. If the command ends before it has read everything,
/// writing fails, and its exit code says more than that.
fn feed(stdin: Option<ChildStdin>, line: &str, input: Option<&File>, events: &Sender<Event>) {
    let Some(mut stdin) = stdin else { return };
    if stdin.write_all(line.as_bytes()).is_err() {
        return;
    }
    match input {
        Some(file) => {
            let _ =
                io::copy(&mut BufReader::with_capacity(CHUNK, FromStart::new(file)), &mut stdin);
        }
        // A closed input would end a command that reads, which waits on the platform.
        None => {
            let _ = events.send(Event::Open(stdin));
        }
    }
}

/// Reads a file from its start, whatever else reads it at the same time.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl<'a> FromStart<'a> {
    const fn new(file: &'a File) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn wait(
    container: &Container,
    exec: &mut Exec,
    events: &Receiver<Event>,
    surroundings: &Surroundings<'_>,
) -> Ended {
    let mut ended: Option<(Ended, Instant)> = None;
    let mut is_noticed = false;
    let (mut output, mut error) = (None, None);
    let mut input = None;
    loop {
        match events.recv_timeout(GRAIN) {
            Ok(Event::Open(stdin)) => input = Some(stdin),
            Ok(Event::Reported(report)) => ended = Some((reported(&report), Instant::now())),
            Ok(Event::Closed(Stream::Output, line)) => output = Some(line),
            Ok(Event::Closed(Stream::Error, line)) => error = Some(line),
            Err(_) => {}
        }
        if let (Some(output), Some(error)) = (&output, &error)
            && let Ok(Some(code)) = exec.try_wait()
        {
            drop(input);
            // Docker 20.10 says on standard output why it runs nothing.
            let line = if error.is_empty() { output } else { error };
            return ended.map_or_else(|| unreported(container, code, line), |(ended, _)| ended);
        }
        if (surroundings.stopped)() {
            exec.abandon();
            return Ended::Stopped;
        }
        if let Some((Ended::Exited(code), at)) = &ended {
            if at.elapsed() >= surroundings.held_limit {
                exec.abandon();
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
