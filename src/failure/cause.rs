//! What a row of the catalogue says.

use super::facts::Facts;

/// A cause that builds fail for.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// Its name; that of its cases, too.
    pub name: &'static str,
    /// What it is, in one line for people who look for it.
    pub about: &'static str,
    /// What happened, as the end of the sentence "the build failed at step 3: …". `{it}` is what
    /// the signs' group `it` found; see [`super::facts`] for the other words in braces.
    pub found: &'static str,
    /// What to do, with the same words in braces.
    pub help: &'static str,
    /// Who prints the words that its signs look for.
    pub evidence: &'static str,
    /// What it is recognised by: any one of them.
    pub signs: &'static [Sign],
    /// What the template must say for the advice to be right.
    pub when: When,
}

/// A condition on the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// None.
    Always,
    /// The sandbox is ready when something listens on a port.
    PortProbe,
    /// The sandbox is ready when something else holds.
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

/// Words that show a cause.
#[derive(Debug, Clone, Copy)]
pub struct Sign {
    /// Where they must stand.
    pub source: Source,
    /// A regular expression for the words, within one line.
    pub pattern: &'static str,
    /// How a command ends that fails for it; empty if that says nothing. A command that is known
    /// to have ended otherwise went on after the words, unless they are its very last; and words
    /// that count in the last line alone count only with the status.
    pub exits: &'static [u32],
}

/// Where words count. The kinds are asked in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In the platform's message, which leaves no doubt.
    Said,
    /// Within so many lines from the end of the log. It explains whatever was written after it: a
    /// full disk, a name that could not be resolved.
    Root(usize),
    /// Within so many lines from the end of the log; what stands nearest to the end wins. A tool
    /// that ends with an error writes a known number of lines after naming it.
    Log(usize),
    /// In the platform's message, if nothing else says more.
    SaidAtLast,
    /// In how the command ended, if nothing else says more; without words.
    Exit,
}

impl Sign {
    /// With how a command ends.
    #[must_use]
    pub const fn exits(mut self, exits: &'static [u32]) -> Self {
        self.exits = exits;
        self
    }
}

const fn sign(source: Source, pattern: &'static str) -> Sign {
    Sign { source, pattern, exits: &[] }
}

/// Words in the platform's message.
pub(super) const fn said(pattern: &'static str) -> Sign {
    sign(Source::Said, pattern)
}

/// Words in the platform's message, if nothing else says more.
pub(super) const fn said_at_last(pattern: &'static str) -> Sign {
    sign(Source::SaidAtLast, pattern)
}

/// Words within so many lines from the end of the log.
pub(super) const fn log(reach: usize, pattern: &'static str) -> Sign {
    sign(Source::Log(reach), pattern)
}

/// Words within so many lines from the end of the log, which explain those after them.
pub(super) const fn root(reach: usize, pattern: &'static str) -> Sign {
    sign(Source::Root(reach), pattern)
}

/// The way a command ended.
pub(super) const fn ended(exits: &'static [u32]) -> Sign {
    Sign { source: Source::Exit, pattern: "", exits }
}
