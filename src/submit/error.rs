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
    /// The alias has a template, and the platform changes none.
    Taken {
        /// The alias.
        alias: String,
        /// The template, if the platform tells which.
        template_id: Option<String>,
    },
    /// The answer to a call that must not be repeated was lost, and the platform has the template
    /// now: its build goes on, but nobody can tell which it is.
    Lost {
        /// The alias.
        alias: String,
        /// The template.
        template_id: String,
    },
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
            FaultKind::BadAnswer(_)
            | FaultKind::Taken { .. }
            | FaultKind::Lost { .. }
            | FaultKind::Files(..)
            | FaultKind::Local(_) => false,
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
                FaultKind::Taken { .. } => Some(
                    "`sbx apply --replace` deletes that template, whether it was built or failed, \
                     and builds this one; another `name` leaves it as it is",
                ),
                FaultKind::Lost { .. } => Some(
                    "create a sandbox of it after a while; if there is none, build it again with \
                     `--replace`",
                ),
                _ => None,
            };
        };
        match status {
            300..=399 => Some("give the final URL with `--api-url`: redirects are not followed"),
            401 => Some("check the API key"),
            402 => Some("the account's balance or plan does not allow this"),
            403 => Some("the API key may not do this"),
            404 => Some("check that `--api-url` or `--domain` names the platform's API"),
            464 => Some("the platform speaks HTTP/2 only: a proxy on the way does not"),
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
            FaultKind::Taken { alias, template_id } => {
                let id = template_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
                format!(
                    "there is a template named `{alias}`{id} already, and templates do not change"
                )
            }
            FaultKind::Lost { alias, template_id } => format!(
                "the platform took the build of `{alias}` ({template_id}), but its answer was \
                 lost, so it cannot be followed"
            ),
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
