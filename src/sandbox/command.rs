//! What is run in a sandbox, and how it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::wire::e2b::Sensitive;

pub use crate::wire::envd::Size;

/// Variables, whose values `Debug` hides.
pub type Environment = BTreeMap<String, Sensitive>;

/// A command.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// The shell command, which a login shell runs; `None` is an interactive shell.
    pub line: Option<String>,
    /// The user; by default that of the template.
    pub user: Option<String>,
    /// The directory; by default that of the template.
    pub workdir: Option<String>,
    /// Variables of the command alone.
    pub environment: Environment,
    /// Whether it can be written to; otherwise its standard input is empty.
    pub has_input: bool,
    /// Its terminal, if it gets one.
    pub terminal: Option<Size>,
    /// When it is killed.
    pub timeout: Option<Duration>,
}

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

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It exited with this code.
    Exit(u8),
    /// A signal ended it: its number, if it is a known one, and its name.
    Signal(Option<u8>, String),
    /// It was killed at its timeout.
    TimedOut,
}

impl Ended {
    /// An exit code of a protocol, which may have more bits than the 8 that Linux uses.
    pub(super) fn exit(code: i64) -> Self {
        Self::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX))
    }

    /// The exit code as a shell reports it: 128 and the number of the signal, 124 for a timeout.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Exit(code) => *code,
            Self::Signal(number, _) => 128_u8.saturating_add(number.unwrap_or_default()),
            Self::TimedOut => 124,
        }
    }
}
