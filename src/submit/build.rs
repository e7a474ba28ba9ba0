//! A build, and what a platform says about it.

use std::fmt;

use super::LogLine;
use crate::lower::BuildStep;

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
pub struct Outcome {
    /// Whether sandboxes can be created.
    pub ready: bool,
    /// Why it failed.
    pub reason: Option<Reason>,
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What there is to say.
    pub message: String,
    /// The part of the build that failed, if one is known.
    pub step: Option<BuildStep>,
}

/// Where a build stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Registered, not started.
    Waiting,
    /// Running.
    Building,
    /// Done; sandboxes can be created.
    Ready,
    /// Failed, canceled or expired.
    Failed,
    /// As a newer platform says.
    Other(String),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Other(state) => state,
        })
    }
}

/// What one look at a build shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildStatus {
    /// Where it stands.
    pub state: State,
    /// What is new in its log.
    pub lines: Vec<LogLine>,
    /// Why it failed, as far as the platform says.
    pub reason: Option<Reason>,
    /// Whether the log goes on already.
    pub more: bool,
}
