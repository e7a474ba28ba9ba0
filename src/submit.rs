//! Plan → build: the outgoing network code.
//!
//! Each family of platforms has its own file with a [`Driver`], and [`driver`] chooses. What
//! happens is reported to an observer as it happens; nothing in here prints. Besides platforms,
//! [`registry`] asks image registries, and [`packages`] asks package indexes.

mod advice;
mod build;
mod declaw;
mod driver;
mod e2b;
mod endpoint;
mod error;
mod event;
mod follow;
pub(crate) mod http;
mod identity;
mod last_named;
mod pace;
pub mod packages;
mod pages;
mod prune;
pub mod registry;
pub(crate) mod retry;
mod route;
pub mod templates;

use crate::platform::{Family, Platform};

pub use build::{Build, BuildStatus, Outcome, Reason, State};
pub use driver::{Cancellation, Cursor, Driver};
pub use endpoint::Endpoint;
pub use error::{Call, FaultKind, RemoteState, SubmitError};
pub use event::{Event, LogLine, Observer};
pub use follow::follow;
pub use identity::identity;
pub use last_named::last_named;
pub use pace::Bounds;
pub use prune::prune;
pub use retry::{Limit, RetryPolicy};
pub use route::{Contact, Peer, is_unencrypted};
pub use templates::TemplateStore;

/// The clients of a family of platforms.
trait Clients {
    /// A client for builds.
    fn driver(&self, connection: Connection<'_>) -> Result<Box<dyn Driver>, SubmitError>;

    /// A client for the templates of an account.
    fn templates(&self, connection: Connection<'_>) -> Result<Box<dyn TemplateStore>, SubmitError>;
}

/// Where a platform is, and how to talk to it.
#[derive(Debug, Clone, Copy)]
struct Connection<'a> {
    platform: Platform,
    endpoint: &'a Endpoint,
    retry_policy: RetryPolicy,
}

/// The one place of this stage that chooses by family.
fn clients(platform: Platform) -> &'static dyn Clients {
    match platform.facts().family {
        Family::E2b => &e2b::E2b,
        Family::Declaw => &declaw::Declaw,
    }
}

/// A client for the builds of `platform`, which is at `endpoint`.
///
/// # Errors
/// The HTTP client cannot be made.
pub fn driver(
    platform: Platform,
    endpoint: &Endpoint,
    retry_policy: RetryPolicy,
) -> Result<Box<dyn Driver>, SubmitError> {
    clients(platform).driver(Connection { platform, endpoint, retry_policy })
}

/// A client for the templates of an account on `platform`, which is at `endpoint`.
///
/// # Errors
/// The HTTP client cannot be made.
pub fn templates(
    platform: Platform,
    endpoint: &Endpoint,
    retry_policy: RetryPolicy,
) -> Result<Box<dyn TemplateStore>, SubmitError> {
    clients(platform).templates(Connection { platform, endpoint, retry_policy })
}
