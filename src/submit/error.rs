//! The errors of requests to a platform, and the state on the platform after them.

use std::fmt;
use std::time::Duration;

use url::Url;

use super::Build;
use super::route::Peer;
use crate::context::ContextError;
use crate::template::InstructionId;

/// One request, as error messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it is for, to follow "could not".
    pub doing: &'static str,
    /// The request, as `METHOD /path`.
    pub request: String,
    /// What the platform's answers are about.
    operation: Operation,
    /// The variable that supplied the key.
    key_variable: Option<String>,
}

/// What a call is about, as far as the meaning of a status depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// A build to register, and the name of its template.
    Registration,
    /// A build that is registered.
    Build,
    /// Templates that exist, which other commands than `sbx apply` manage.
    Templates,
    /// A package, of which an index is asked.
    Package,
    /// A sandbox, and what runs in it.
    Sandbox,
    /// Anything else.
    Other,
}

impl Call {
    pub(crate) fn new(doing: &'static str, request: impl Into<String>) -> Self {
        Self { doing, request: request.into(), operation: Operation::Other, key_variable: None }
    }

    /// A call that is about a sandbox.
    pub(crate) fn of_sandbox(doing: &'static str, request: impl Into<String>) -> Self {
        Self::new(doing, request).about(Operation::Sandbox)
    }

    pub(super) fn about(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }
}

/// A request that failed and is not retried, or a file that it could not send.
#[derive(Debug)]
pub struct SubmitError {
    /// The request; `None` if the error is not about one.
    pub call: Option<Box<Call>>,
    /// The server that was asked, if the error is about a request to one.
    pub peer: Option<Box<Peer>>,
    /// What went wrong.
    pub kind: FaultKind,
    /// The state on the platform.
    pub remote_state: RemoteState,
    /// How often the call was made.
    pub tries: u32,
    /// Whether the platform asks for a longer wait than the retry policy allows.
    pub exceeds_budget: bool,
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
        /// How long it asks to wait before the next attempt.
        retry_after: Option<Duration>,
        /// Whether it says that the request should be retried.
        should_retry: Option<bool>,
    },
    /// The store did not take an upload by the link that the platform gave for it.
    Link {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The platform redirects the request. Redirects are not followed, since they would leak the
    /// key.
    Redirected {
        /// The HTTP status.
        status: u16,
        /// Where to: scheme and host, as the rest may be a secret.
        to: Option<String>,
    },
    /// There was no connection, so nothing was sent.
    Unreachable(String),
    /// The connection broke: the platform may have processed the request.
    Broken(String),
    /// The platform did not answer in time: it may have processed the request.
    Timeout,
    /// The platform answered something that is not its protocol.
    BadAnswer(String),
    /// The alias has a template, and templates of the platform are immutable.
    Taken {
        /// The alias.
        alias: String,
        /// The template, if the platform names it.
        template_id: Option<String>,
    },
    /// The response to a request that must not be repeated was lost, and the platform has the
    /// template now: its build continues, but its ID is unknown.
    Lost {
        /// The alias.
        alias: String,
        /// The template.
        template_id: String,
    },
    /// A file of a copy cannot be packed; carries the copy's instruction.
    Files(InstructionId, Box<ContextError>),
    /// Something on this machine that has nothing to do with the manifest.
    Local(String),
}

/// The state on the platform after a failed submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteState {
    /// Not set: the error itself says what there is to say.
    AsSaid,
    /// Unchanged.
    Nothing,
    /// Perhaps a registered build whose IDs are unknown, because the answer was lost.
    Orphan,
    /// A registered build that was not started.
    Registered(Box<Build>),
    /// A registered build that may have been started.
    PerhapsStarted(Box<Build>),
    /// The template that had the alias is deleted; no other was built.
    Deleted,
    /// The template that had the alias may be deleted; no other was built.
    PerhapsDeleted,
    /// Perhaps a build whose ID is unknown, because the answer was lost.
    PerhapsTaken,
    /// A running build, which is not followed any more.
    Building,
}

/// Whether the same request may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// No.
    Never,
    /// Perhaps: it is retried a few times.
    Limited,
    /// Yes.
    UntilDeadline,
}

impl SubmitError {
    /// Whether the error says nothing about the request itself: the platform was unreachable,
    /// overloaded or failing.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self.kind {
            FaultKind::Refused { status, .. } => matches!(status, 429 | 500..=599),
            FaultKind::Unreachable(_) | FaultKind::Broken(_) | FaultKind::Timeout => true,
            _ => false,
        }
    }

    pub(super) fn new(kind: FaultKind) -> Self {
        Self {
            call: None,
            peer: None,
            kind,
            remote_state: RemoteState::AsSaid,
            tries: 1,
            exceeds_budget: false,
        }
    }

    pub(crate) fn of(call: &Call, kind: FaultKind) -> Self {
        Self { call: Some(Box::new(call.clone())), ..Self::new(kind) }
    }

    /// Sets the variable that supplied the key of the request.
    pub(super) fn signed_with(mut self, variable: Option<&str>) -> Self {
        if let Some(call) = &mut self.call {
            call.key_variable = variable.map(str::to_owned);
        }
        self
    }

    /// Names the server that was asked.
    pub(crate) fn asking(mut self, url: Option<&Url>) -> Self {
        self.peer = url.and_then(Peer::of).map(Box::new);
        self
    }

    pub(crate) fn local(reason: impl Into<String>) -> Self {
        Self::new(FaultKind::Local(reason.into()))
    }

    /// Sets the state on the platform, unless a more precise one is already set.
    pub(super) fn leaving(mut self, remote_state: RemoteState) -> Self {
        if self.remote_state == RemoteState::AsSaid && !matches!(self.kind, FaultKind::Lost { .. })
        {
            self.remote_state = remote_state;
        }
        self
    }

    /// The request, as `METHOD /path`; empty if it is about none.
    #[must_use]
    pub fn request(&self) -> &str {
        self.call.as_ref().map_or("", |call| &call.request)
    }

    /// The variable that supplied the key of the request.
    pub(super) fn key_variable(&self) -> Option<&str> {
        self.call.as_ref()?.key_variable.as_deref()
    }

    pub(super) fn operation(&self) -> Operation {
        self.call.as_ref().map_or(Operation::Other, |call| call.operation)
    }

    /// Whether the same call may succeed later, if it may be repeated at all.
    pub(super) const fn retry(&self) -> Retry {
        match self.kind {
            FaultKind::Refused { should_retry: Some(should), .. } => {
                if should {
                    Retry::UntilDeadline
                } else {
                    Retry::Never
                }
            }
            FaultKind::Refused { status: 429 | 502 | 503 | 504, .. }
            | FaultKind::Unreachable(_)
            | FaultKind::Broken(_)
            | FaultKind::Timeout => Retry::UntilDeadline,
            FaultKind::Refused { status: 500, .. } | FaultKind::BadAnswer(_) => Retry::Limited,
            FaultKind::Link { status, .. } if status != 413 => Retry::Limited,
            FaultKind::Refused { .. }
            | FaultKind::Link { .. }
            | FaultKind::Redirected { .. }
            | FaultKind::Taken { .. }
            | FaultKind::Lost { .. }
            | FaultKind::Files(..)
            | FaultKind::Local(_) => Retry::Never,
        }
    }

    pub(super) const fn is_unreachable(&self) -> bool {
        matches!(self.kind, FaultKind::Unreachable(_))
    }

    /// Whether the platform may have processed the request nevertheless: it may have done so before
    /// an internal error, a lost answer or an unreadable one.
    pub(crate) const fn may_be_heard(&self) -> bool {
        match self.kind {
            FaultKind::Refused { status, .. } => status >= 500,
            FaultKind::Broken(_) | FaultKind::Timeout | FaultKind::BadAnswer(_) => true,
            _ => false,
        }
    }

    /// Whether the request left this machine.
    pub(crate) const fn was_sent(&self) -> bool {
        !matches!(self.kind, FaultKind::Unreachable(_))
    }

    pub(crate) const fn has_status(&self, expected: u16) -> bool {
        matches!(self.kind, FaultKind::Refused { status, .. } if status == expected)
    }

    /// How long the platform asks to wait before the next attempt.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            FaultKind::Refused { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    pub(super) fn has_proxy(&self) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.has_proxy())
    }

    /// What the server is.
    fn role(&self) -> &'static str {
        if self.operation() == Operation::Package { "the index" } else { "the platform" }
    }

    /// The server, with the proxy on the way to it.
    fn server(&self) -> String {
        self.peer.as_ref().map_or_else(|| self.role().to_owned(), ToString::to_string)
    }

    /// The proxy, which may have answered instead of the platform.
    fn by_proxy(&self) -> String {
        self.peer.as_ref().map(|peer| peer.through()).unwrap_or_default()
    }

    /// What went wrong, without the request.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.kind {
            FaultKind::Refused { status, message, .. } => {
                let mut text = format!("{} answered {status}{}", self.role(), self.by_proxy());
                if !message.is_empty() {
                    text.extend([": ", message]);
                }
                if let Some(asked) = self.retry_after().filter(|_| self.exceeds_budget) {
                    text.push_str(", and asks to wait ");
                    text.push_str(&span(asked));
                }
                text
            }
            FaultKind::Link { status, message } if message.is_empty() => {
                format!("the store answered {status}")
            }
            FaultKind::Link { status, message } => {
                format!("the store answered {status}: {message}")
            }
            FaultKind::Redirected { status, to: Some(to) } => {
                let role = self.role();
                format!("{role} answered {status}, a redirect to {to}, which is not followed")
            }
            FaultKind::Redirected { status, to: None } => {
                format!("{} answered {status}, a redirect without a target", self.role())
            }
            FaultKind::Unreachable(reason) => {
                format!("cannot connect to {}: {reason}", self.server())
            }
            FaultKind::Broken(reason) => {
                format!("the connection to {} broke: {reason}", self.server())
            }
            FaultKind::Timeout => format!("no answer in time from {}", self.server()),
            FaultKind::BadAnswer(reason) => {
                format!("the answer{} is not {}'s: {reason}", self.by_proxy(), self.role())
            }
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

/// A duration in its largest whole unit.
pub(super) fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 7200 => format!("{} h", seconds / 3600),
        seconds if seconds >= 120 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(call) = &self.call else {
            return f.write_str(&self.reason());
        };
        write!(f, "could not {}: {} ({}", call.doing, self.reason(), call.request)?;
        if self.tries > 1 {
            write!(f, ", tried {} times", self.tries)?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for SubmitError {}
