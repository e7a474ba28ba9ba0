//! The part of a build that a log entry or a failure is about.

use std::fmt;
use std::num::NonZeroUsize;

/// A part of a build, as a platform names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BuildStep {
    /// Pulling and preparing the base.
    Base,
    /// A step of the plan, counted from 1.
    Step(NonZeroUsize),
    /// Starting the sandbox, and waiting for the start command.
    Finalize,
    /// Making room on the disk, before the sandbox is started.
    ResizeDisk,
    /// Preparing the finished template, so that its sandboxes start fast.
    Optimize,
    /// A part that this version does not know.
    Other(String),
}

impl BuildStep {
    /// Reads a platform's name for a part of a build; `None` if it names none.
    ///
    /// Each text that is read is what [`BuildStep`]'s `Display` form writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.parse().ok().filter(|number: &NonZeroUsize| number.to_string() == text);
        Some(match (text, number) {
            ("", _) => return None,
            ("base", _) => Self::Base,
            ("finalize", _) => Self::Finalize,
            ("resize-disk", _) => Self::ResizeDisk,
            ("optimize", _) => Self::Optimize,
            (_, Some(number)) => Self::Step(number),
            (other, None) => Self::Other(other.to_owned()),
        })
    }

    /// The step at a position that is counted from 0.
    #[must_use]
    pub fn at(position: usize) -> Self {
        Self::Step(NonZeroUsize::MIN.saturating_add(position))
    }

    /// The position of a numbered step, counted from 0.
    #[must_use]
    pub const fn position(&self) -> Option<usize> {
        match self {
            Self::Step(number) => Some(number.get() - 1),
            Self::Base | Self::Finalize | Self::ResizeDisk | Self::Optimize | Self::Other(_) => {
                None
            }
        }
    }
}

impl fmt::Display for BuildStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base"),
            Self::Step(number) => number.fmt(f),
            Self::Finalize => f.write_str("finalize"),
            Self::ResizeDisk => f.write_str("resize-disk"),
            Self::Optimize => f.write_str("optimize"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BuildStep;

    #[test]
    fn a_step_is_read_as_it_is_written() {
        for text in
            ["base", "finalize", "1", "12", "optimize", "resize-disk", "x", "0", "007", "+1"]
        {
            let step = BuildStep::parse(text).expect("a step");
            assert_eq!(step.to_string(), text);
            assert_eq!(step.position().is_some(), matches!(text, "1" | "12"), "{text}");
        }
        assert_eq!(BuildStep::parse(""), None);
        assert_eq!(BuildStep::parse("3"), Some(BuildStep::at(2)));
        assert_eq!(BuildStep::at(2).position(), Some(2));
    }
}
