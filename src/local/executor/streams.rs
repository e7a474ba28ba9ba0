//! The streams of a command: the script that it is given, and its output with the reports in it.

use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::process::ChildStdin;
use std::sync::mpsc::Sender;

use super::output::{Lines, Reports};

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

/// Takes a line of the output.
pub(super) type TakeLine<'a> = dyn Fn(Stream, &str) + Sync + 'a;

/// What is said to a process.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    /// What tells its reports from other output.
    pub(super) token: &'a str,
    /// The script.
    pub(super) line: &'a str,
    /// What follows.
    pub(super) input: Option<&'a File>,
}

/// What the threads report.
pub(super) enum Event {
    /// A report of the wrapper about the command.
    Reported(String),
    /// A stream is over.
    Over(Stream, Over),
}

/// The end of a stream.
#[derive(Default)]
pub(super) struct Over {
    pub(super) last_line: String,
    /// The end of the wrapper, unless the stream was closed before.
    pub(super) done: Option<Done>,
}

/// The end of the wrapper.
#[derive(Clone, Copy)]
pub(super) struct Done {
    /// Its exit code.
    pub(super) code: i32,
    /// The number of processes in the container.
    pub(super) processes: usize,
}

/// Reads a stream up to the end of the wrapper.
pub(super) fn read(
    stream: &mut impl Read,
    which: Stream,
    token: &str,
    events: &Sender<Event>,
    take: &TakeLine<'_>,
) {
    let mut over = Over::default();
    let Over { last_line, done } = &mut over;
    let mut lines = Lines::new(|line: &str| {
        line.clone_into(last_line);
        take(which, line);
    });
    let mut reports = Reports::new(token);
    let mut buffer = vec![0; CHUNK];
    while done.is_none() {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => reports.push(&buffer[..count], &mut lines, |report| {
                *done = Done::of(report);
                if done.is_none() {
                    let _ = events.send(Event::Reported(report.to_owned()));
                }
            }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    reports.finish(&mut lines);
    lines.finish();
    let _ = events.send(Event::Over(which, over));
}

impl Done {
    /// What a report says of it.
    fn of(report: &str) -> Option<Self> {
        let (code, processes) = report.strip_prefix("done ")?.split_once(' ')?;
        Some(Self { code: code.parse().ok()?, processes: processes.parse().ok()? })
    }
}

/// Writes the script and what follows it. If the process ends before it has read everything, writing
/// fails, and its exit code says more than that.
pub(super) fn feed(stdin: &mut ChildStdin, said: Said<'_>) {
    let is_said = stdin.write_all(said.line.as_bytes()).is_ok();
    if let Some(file) = said.input.filter(|_| is_said) {
        let _ = io::copy(&mut BufReader::with_capacity(CHUNK, FromStart::new(file)), stdin);
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
