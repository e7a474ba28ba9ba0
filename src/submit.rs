//! Requests → build: the outgoing network code.
//!
//! Register, ask for an upload link for each archive, upload what the platform does not have,
//! start, follow the log to the end. What happens is told to an observer as it happens; nothing
//! in here prints.

mod client;
mod error;
mod follow;
pub mod registry;
mod upload;

use std::time::Duration;

use crate::context::FileSet;
use crate::lower::Requests;
use crate::settings::Endpoint;
use crate::wire::e2b::{BuildState, LogEntry, Reason};

use client::Client;
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
    /// The build has started.
    Started,
    /// The build wrote a line.
    Log(LogEntry),
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
    /// `Ready` or `Error`.
    pub state: BuildState,
    /// Why it failed.
    pub reason: Option<Reason>,
}

/// What a submission talks to.
#[derive(Debug)]
pub struct Submission<'a> {
    client: Client,
    requests: &'a Requests,
}

impl<'a> Submission<'a> {
    /// Prepares to send `requests` to `endpoint`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(endpoint: &Endpoint, requests: &'a Requests) -> Result<Self, SubmitError> {
        Ok(Self { client: Client::new(endpoint)?, requests })
    }

    /// Registers, uploads and starts. `files` are those of the copies, by their instruction.
    ///
    /// # Errors
    /// A request failed for good, or a file changed; nothing was started then, unless the error
    /// says otherwise.
    pub async fn start(
        &self,
        files: &[(usize, FileSet)],
        observer: Observer<'_>,
    ) -> Result<Build, SubmitError> {
        let registered = self.client.register(&self.requests.register, observer).await?;
        let build = Build { template_id: registered.template_id, build_id: registered.build_id };
        observer(Event::Registered {
            template_id: build.template_id.clone(),
            build_id: build.build_id.clone(),
        });
        upload::all(&self.client, &build, self.requests, files, observer).await?;
        self.client.start(&build, &self.requests.start, observer).await?;
        observer(Event::Started);
        Ok(build)
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
        follow::follow(&self.client, build, observer).await
    }
}
