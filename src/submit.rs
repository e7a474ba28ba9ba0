//! Requests → build: the outgoing network code.
//!
//! Each protocol has its own file, and [`Submission`] chooses. What happens is told to an observer
//! as it happens; nothing in here prints.

mod declaw;
mod e2b;
mod error;
mod http;
pub mod registry;
pub mod templates;

use std::time::Duration;

use jiff::Timestamp;

use crate::context::FileSet;
use crate::lower::Requests;
use crate::settings::Endpoint;
use crate::wire::e2b::LogLevel;

pub use error::{FaultKind, SubmitError};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The platform gave the build its IDs.
    Registered {
        /// The template.
        template_id: String,
        /// The build.
        build_id: String,
    },
    /// An archive is where the platform needs it.
    Upload {
        /// The copy's source.
        source: String,
        /// The archive's key.
        files_hash: String,
        /// The archive's size; `None` if it was there already.
        bytes: Option<u64>,
    },
    /// A template that had the alias is gone, as it was asked for.
    Deleted {
        /// The template.
        template_id: String,
    },
    /// The build has started.
    Started,
    /// The build wrote a line.
    Log(LogLine),
    /// A request failed and is made again.
    Retry {
        /// The request, as `METHOD /path`.
        request: String,
        /// How long until it is.
        wait: Duration,
        /// What was wrong.
        reason: String,
    },
}

/// A line of a build's log, as far as the platform tells about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Option<Timestamp>,
    /// How much it matters.
    pub level: LogLevel,
    /// The line; may hold terminal escape sequences.
    pub message: String,
    /// The step that wrote it, as the platform names it.
    pub step: Option<String>,
}

/// Is told what happens.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);

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
    /// The step, as [`Requests::origin_of`] takes it, if one is known.
    pub step: Option<String>,
}

/// What a submission talks to.
#[derive(Debug)]
pub struct Submission<'a> {
    protocol: Protocol<'a>,
}

/// A submission in the words of its protocol.
#[derive(Debug)]
enum Protocol<'a> {
    E2b(e2b::Submission<'a>),
    Declaw(declaw::Submission<'a>),
}

impl<'a> Submission<'a> {
    /// Prepares to send `requests` to `endpoint`. `replace` deletes a template that stands in the
    /// way, where the platform changes none.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(
        endpoint: &Endpoint,
        requests: &'a Requests,
        replace: bool,
    ) -> Result<Self, SubmitError> {
        let protocol = match requests {
            Requests::E2b(requests) => Protocol::E2b(e2b::Submission::new(endpoint, requests)?),
            Requests::Declaw(requests) => {
                Protocol::Declaw(declaw::Submission::new(endpoint, requests, replace)?)
            }
        };
        Ok(Self { protocol })
    }

    /// Does all that comes before a build, and starts it. `files` are those of the copies, by
    /// their instruction.
    ///
    /// # Errors
    /// A request failed for good, or a file changed; nothing was started then, unless the error
    /// says otherwise.
    pub async fn start(
        &self,
        files: &[(usize, FileSet)],
        observer: Observer<'_>,
    ) -> Result<Build, SubmitError> {
        match &self.protocol {
            Protocol::E2b(submission) => submission.start(files, observer).await,
            Protocol::Declaw(submission) => submission.start(observer).await,
        }
    }

    /// Follows a build's log until it ends.
    ///
    /// # Errors
    /// The platform could not be asked any more; the build goes on.
    pub async fn follow(
        &self,
        build: &Build,
        observer: Observer<'_>,
    ) -> Result<Outcome, SubmitError> {
        match &self.protocol {
            Protocol::E2b(submission) => submission.follow(build, observer).await,
            Protocol::Declaw(submission) => submission.follow(build, observer).await,
        }
    }
}
