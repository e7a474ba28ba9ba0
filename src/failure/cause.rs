//! The types of a catalogue entry.

use super::facts::Facts;

/// A cause of failed builds.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// Its name, which is also the name of its test cases.
    pub name: &'static str,
    /// A summary for the list in the documentation.
    pub about: &'static str,
    /// What happened, to follow "the build failed at step 3: ". `{it}` is the match of the group
    /// `it` of the sign; see [`super::facts`] for the other placeholders.
    pub found: &'static str,
    /// The fix, with the same placeholders.
    pub help: &'static str,
    /// The tool and version that print the matched messages.
    pub evidence: &'static str,
    /// The signs, any of which is sufficient.
    pub signs: &'static [Sign],
    /// A condition on the template that the advice depends on.
    pub when: When,
}

/// A condition on the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// No condition.
    Always,
    /// The sandbox is ready when something listens on a port.
    PortProbe,
    /// The sandbox has another kind of readiness check.
    OtherProbe,
}

impl When {
    pub(super) const fn holds(self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::PortProbe => facts.port.is_some(),
            Self::OtherProbe => facts.port.is_none(),
        }
    }
}

/// A message that indicates a cause.
#[derive(Debug, Clone, Copy)]
pub struct Sign {
    /// Where the message must occur.
    pub source: Source,
    /// A regular expression for the message, within one line.
    pub pattern: &'static str,
    /// The exit statuses of a command that fails for this cause; empty if they vary. With another
    /// status the command continued after the message, unless it is the last line. A sign that
    /// only counts in the last line requires the status.
    pub exits: &'static [u32],
}

/// Where a message counts. The kinds are searched in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In the platform's message, which is conclusive.
    Said,
    /// Within this number of lines from the end of the log. It is the root cause of later
    /// messages, such as a full disk or a name that cannot be resolved.
    Root(usize),
    /// Within this number of lines from the end of the log; the match closest to the end wins. A
    /// failing tool prints a known number of lines after naming the error.
    Log(usize),
    /// In the platform's message, if nothing else matches.
    SaidAtLast,
    /// The exit status alone, if nothing else matches.
    Exit,
}

impl Sign {
    /// Adds the exit statuses.
    #[must_use]
    pub const fn exits(mut self, exits: &'static [u32]) -> Self {
        self.exits = exits;
        self
    }
}

const fn sign(source: Source, pattern: &'static str) -> Sign {
    Sign { source, pattern, exits: &[] }
}

/// A message of the platform.
pub(super) const fn said(pattern: &'static str) -> Sign {
    sign(Source::Said, pattern)
}

/// A message of the platform, if nothing else matches.
pub(super) const fn said_at_last(pattern: &'static str) -> Sign {
    sign(Source::SaidAtLast, pattern)
}

/// A message within `reach` lines from the end of the log.
pub(super) const fn log(reach: usize, pattern: &'static str) -> Sign {
    sign(Source::Log(reach), pattern)
}

/// A message within `reach` lines from the end of the log, the root cause of later ones.
pub(super) const fn root(reach: usize, pattern: &'static str) -> Sign {
    sign(Source::Root(reach), pattern)
}

/// An exit status alone.
pub(super) const fn ended(exits: &'static [u32]) -> Sign {
    Sign { source: Source::Exit, pattern: "", exits }
}
