//! What is run in a sandbox, and how it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::wire::e2b::Sensitive;
use crate::wire::envd;

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

impl Command {
    /// The request that starts it.
    pub(super) fn request(&self) -> envd::StartProcess {
        let words: &[&str] = match &self.line {
            Some(line) => &["-l", "-c", line],
            None => &["-i", "-l"],
        };
        envd::StartProcess {
            process: envd::ProcessConfig {
                cmd: "/bin/bash".to_owned(),
                args: words.iter().map(|word| (*word).to_owned()).collect(),
                envs: self.environment.clone(),
                cwd: self.workdir.clone(),
            },
            pty: self.terminal.map(|size| envd::Pty { size }),
            tag: None,
            stdin: Some(self.has_input),
        }
    }
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
    ("killed", 9),
    ("user defined signal 1", 10),
    ("segmentation fault", 11),
    ("user defined signal 2", 12),
    ("broken pipe", 13),
    ("alarm clock", 14),
    ("terminated", 15),
];

impl Ended {
    pub(super) fn of(event: &envd::EndEvent) -> Self {
        let status = event.status.trim();
        let Some(signal) = status.strip_prefix("signal: ") else {
            // The protocol has 32 bits for a code, of which Linux uses 8.
            return Self::Exit(u8::try_from(event.exit_code & 0xff).unwrap_or(u8::MAX));
        };
        let name = signal.strip_suffix(" (core dumped)").unwrap_or(signal);
        let known = SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        let number = known.or_else(|| name.strip_prefix("signal ")?.parse().ok());
        Self::Signal(number, name.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(exit_code: i32, status: &str) -> Ended {
        let status = status.to_owned();
        Ended::of(&envd::EndEvent { exit_code, exited: exit_code >= 0, status, error: None })
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
}
