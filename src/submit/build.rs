//! A build, and what a platform reports about it.

use std::fmt;

use super::LogLine;
use crate::lower::{BuildStep, Plan};

/// A build that has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The template.
    pub template_id: String,
    /// The build.
    pub build_id: String,
}

/// How a build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Sandboxes can be created.
    Ready,
    /// The local platform wrote the steps down and ran none of them.
    Recorded {
        /// Why, if it is known.
        because: Option<String>,
    },
    /// It failed.
    Failed {
        /// Why, if it is known.
        reason: Option<Reason>,
    },
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The platform's message.
    pub message: String,
    /// The part of the build that failed, if one is known.
    pub step: Option<BuildStep>,
}

impl Reason {
    /// The reason with labels in place of the scripts that `sbx` made, which the platform repeats.
    #[must_use]
    pub fn with_labels(&self, plan: &Plan) -> Self {
        Self { message: plan.with_labels(&self.message).into_owned(), ..self.clone() }
    }
}

/// The state of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Registered, not started.
    Waiting,
    /// Running.
    Building,
    /// Done; sandboxes can be created.
    Ready,
    /// Done as far as the local platform does it without a container engine: no step was run.
    Recorded {
        /// Why, if it is known.
        because: Option<String>,
    },
    /// Failed, canceled or expired.
    Failed,
    /// A state that this version of `sbx` does not know.
    Other(String),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Recorded { .. } => "recorded",
            Self::Failed => "failed",
            Self::Other(state) => state,
        })
    }
}

/// The result of one poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildStatus {
    /// The state.
    pub state: State,
    /// The new lines of its log.
    pub lines: Vec<LogLine>,
    /// Why it failed, if the platform says so.
    pub reason: Option<Reason>,
    /// Whether more lines of the log can be read at once.
    pub more: bool,
}
