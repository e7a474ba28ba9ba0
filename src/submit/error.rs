//! What can go wrong on the way to a platform.

use std::fmt;
use std::time::Duration;

use crate::context::ContextError;

/// A request, or what it carries, that failed for good.
#[derive(Debug)]
pub struct SubmitError {
    /// The request, as `METHOD /path`; empty if there was none yet.
    pub request: String,
    /// What went wrong.
    pub kind: FaultKind,
}

/// What went wrong.
#[derive(Debug)]
pub enum FaultKind {
    /// The platform answered with an error.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The platform could not be reached, or the connection broke.
    Unreachable(String),
    /// The platform did not answer in time.
    Timeout,
    /// The platform answered something that is not its protocol.
    BadAnswer(String),
    /// A file of a copy cannot be packed; carries the copy's instruction.
    Files(usize, Box<ContextError>),
    /// Something on this machine that has nothing to do with the manifest.
    Local(String),
}

impl SubmitError {
    pub(super) fn new(request: &str, kind: FaultKind) -> Self {
        Self { request: request.to_owned(), kind }
    }

    /// Whether the same request may succeed later, if it may be repeated at all.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self.kind {
            FaultKind::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            FaultKind::Unreachable(_) | FaultKind::Timeout => true,
            FaultKind::BadAnswer(_) | FaultKind::Files(..) | FaultKind::Local(_) => false,
        }
    }

    /// How long the platform asks us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            FaultKind::Refused { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn help(&self) -> Option<&'static str> {
        let FaultKind::Refused { status, .. } = self.kind else {
            return match self.kind {
                FaultKind::Unreachable(_) => {
                    Some("check the network, and `--api-url` if it is set")
                }
                FaultKind::Timeout => Some("`--request-timeout` gives a request more time"),
                FaultKind::BadAnswer(_) => {
                    Some("check that `--api-url` or `--domain` names the platform's API")
                }
                _ => None,
            };
        };
        match status {
            300..=399 => Some("give the final URL with `--api-url`: redirects are not followed"),
            401 => Some("check the API key"),
            402 => Some("the account's balance or plan does not allow this"),
            403 => Some("the API key may not do this"),
            404 => Some("check that `--api-url` or `--domain` names the platform's API"),
            429 => Some("wait for other builds to end, or ask for a higher limit"),
            _ => None,
        }
    }

    /// What went wrong, without the request.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.kind {
            FaultKind::Refused { status, message, .. } if message.is_empty() => {
                format!("the platform answered {status}")
            }
            FaultKind::Refused { status, message, .. } => {
                format!("the platform answered {status}: {message}")
            }
            FaultKind::Unreachable(reason) => format!("the platform cannot be reached: {reason}"),
            FaultKind::Timeout => "the platform did not answer in time".to_owned(),
            FaultKind::BadAnswer(reason) => format!("the answer is not the platform's: {reason}"),
            FaultKind::Files(_, error) => error.to_string(),
            FaultKind::Local(reason) => reason.clone(),
        }
    }
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.request.is_empty() {
            f.write_str(&self.reason())
        } else {
            write!(f, "{}: {}", self.request, self.reason())
        }
    }
}

impl std::error::Error for SubmitError {}
