//! What an import reports.

use crate::source::Span;

/// What an import did with a part of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The manifest cannot express it, so that the template differs.
    Lost,
    /// The manifest says it in another way: the requests differ, the sandbox should not.
    Changed,
    /// It has no effect on a sandbox.
    Dropped,
    /// Only the white space of a command differs.
    Layout,
}

impl Effect {
    /// The word in all output formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Changed => "changed",
            Self::Dropped => "dropped",
            Self::Layout => "layout",
        }
    }
}

/// A decision about a part of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What was done.
    pub effect: Effect,
    /// The part of the source; `None` if it is about the source as a whole.
    pub span: Option<Span>,
    /// The decision.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Note {
    /// A note about a place.
    pub fn new(effect: Effect, span: Option<Span>, message: impl Into<String>) -> Self {
        Self { effect, span, message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
