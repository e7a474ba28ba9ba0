//! Requests → build: the outgoing network code.
//!
//! Each protocol has its own file, and [`Submission`] chooses. What happens is told to an observer
//! as it happens; nothing in here prints.

mod declaw;
mod e2b;
mod error;
mod follow;
mod http;
mod pace;
pub mod registry;
mod retry;
pub mod templates;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::context::FileSet;
use crate::lower::Requests;
use crate::platform;
use crate::settings::Endpoint;
use crate::wire::e2b::LogLevel;

pub use error::{Call, FaultKind, RemoteState, SubmitError};
pub use retry::RetryPolicy;

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
    /// An archive is on its way.
    Uploading {
        /// The archive's key.
        files_hash: String,
        /// The bytes that were sent; fewer than before if the upload began anew.
        sent: u64,
        /// The archive's size.
        bytes: u64,
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
    /// The build has said nothing for long.
    Silence {
        /// How long.
        quiet: Duration,
        /// Where the platform says the build stands.
        state: String,
    },
    /// How the build ended is known, but not the rest of its log.
    LogCut {
        /// Why.
        reason: String,
    },
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

/// Follows builds by their IDs, whoever started them and when: it needs no requests.
///
/// A place in a build's log is the number of its lines before that. Whoever stops to follow and
/// comes back later goes on at the place where they began, plus one for each [`Event::Log`].
/// Declaw drops the oldest lines of a long log; after that, all that is left is told again.
#[derive(Debug)]
pub struct Follower {
    client: Client,
}

/// A client of one protocol.
#[derive(Debug)]
enum Client {
    E2b(e2b::Client),
    Declaw(declaw::Client),
}

impl Follower {
    /// Prepares to ask `endpoint`, which speaks `protocol`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(
        endpoint: &Endpoint,
        protocol: platform::Protocol,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let client = match protocol {
            platform::Protocol::E2b => Client::E2b(e2b::Client::new(endpoint, retry_policy)?),
            platform::Protocol::Declaw => {
                Client::Declaw(declaw::Client::new(endpoint, retry_policy)?)
            }
        };
        Ok(Self { client })
    }

    /// Looks once at a build, and at its log from `offset` on.
    ///
    /// # Errors
    /// The platform could not be asked.
    pub async fn poll(
        &self,
        build: &Build,
        offset: usize,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        self.log(build, offset).0.poll(retry::Limit::Call, observer).await
    }

    /// Follows a build's log from `offset` on until it ends.
    ///
    /// # Errors
    /// The platform could not be asked any more; the build goes on.
    pub async fn follow(
        &self,
        build: &Build,
        offset: usize,
        observer: Observer<'_>,
    ) -> Result<Outcome, SubmitError> {
        let (mut log, retry_policy) = self.log(build, offset);
        follow::follow(&mut log, retry_policy, observer).await
    }

    fn log<'b>(&'b self, build: &'b Build, offset: usize) -> (follow::Log<'b>, RetryPolicy) {
        match &self.client {
            Client::E2b(client) => {
                (follow::Log::E2b(e2b::Log::new(client, build, offset)), client.retry_policy())
            }
            Client::Declaw(client) => (
                follow::Log::Declaw(declaw::Log::new(client, build, offset)),
                client.retry_policy(),
            ),
        }
    }
}

/// The step that a failed build's log names last, where the platform does not say which failed.
#[must_use]
pub fn last_named(requests: &Requests, log: &[LogLine]) -> Option<Reason> {
    let Requests::Declaw(requests) = requests else { return None };
    let log: Vec<_> = log.iter().map(|line| line.message.clone()).collect();
    declaw::last_named(requests, &log)
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
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let protocol = match requests {
            Requests::E2b(requests) => {
                Protocol::E2b(e2b::Submission::new(endpoint, requests, retry_policy)?)
            }
            Requests::Declaw(requests) => Protocol::Declaw(declaw::Submission::new(
                endpoint,
                requests,
                replace,
                retry_policy,
            )?),
        };
        Ok(Self { protocol })
    }

    /// Does all that comes before a build, and starts it: at most one. `files` are those of the
    /// copies, by their instruction.
    ///
    /// # Errors
    /// A request failed for good, or a file changed; the error says what that leaves.
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

    /// Follows the build's log until it ends. What was sent helps to say why it failed, where the
    /// platform does not; otherwise this is [`Follower::follow`].
    ///
    /// # Errors
    /// The platform could not be asked any more; the build goes on.
    pub async fn follow(
        &self,
        build: &Build,
        observer: Observer<'_>,
    ) -> Result<Outcome, SubmitError> {
        match &self.protocol {
            Protocol::E2b(submission) => {
                let client = &submission.client;
                let mut log = follow::Log::E2b(e2b::Log::new(client, build, 0));
                follow::follow(&mut log, client.retry_policy(), observer).await
            }
            Protocol::Declaw(submission) => {
                let client = &submission.client;
                let mut log = follow::Log::Declaw(declaw::Log::new(client, build, 0));
                let mut outcome = follow::follow(&mut log, client.retry_policy(), observer).await?;
                if let (false, follow::Log::Declaw(log)) = (outcome.ready, &log) {
                    outcome.reason = declaw::last_named(submission.requests, log.told());
                }
                Ok(outcome)
            }
        }
    }
}
