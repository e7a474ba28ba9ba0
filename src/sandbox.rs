//! A sandbox of a platform: create it, run commands in it, end it.
//!
//! A sandbox that is created here ends soon after its client does: it has a short lifetime, which
//! [`Sandboxes::extend`] renews, so that one whose client was killed does not stay.

mod client;
mod command;
mod envd;
mod process;

use std::time::Duration;

use url::Url;

pub use client::{Sandbox, Sandboxes};
pub use command::{Command, Ended, Environment, Size};
pub use process::{Control, Event, Process};

/// The lifetime of a sandbox whose client does not renew it.
pub const LIFETIME: Duration = Duration::from_mins(2);

/// How often the lifetime is renewed.
pub const RENEWAL: Duration = Duration::from_secs(40);

/// How the calls into sandboxes reach them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateway {
    /// One server for all sandboxes: headers say which one is meant.
    Server(Url),
    /// A host of its own for each sandbox and port, below this domain unless the platform names
    /// another.
    Domain(String),
}
