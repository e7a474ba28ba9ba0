//! A sandbox of a platform: create it, run commands in it, end it.
//!
//! A sandbox that is created here ends soon after its client does: it has a short lifetime, which
//! [`Sandboxes::extend`] renews, so that one whose client was killed does not stay.
//!
//! Each family of platforms has its own file with a [`Driver`], and [`Sandboxes::new`] chooses.

mod client;
mod command;
mod declaw;
mod driver;
mod e2b;

use std::time::Duration;

use url::Url;

use crate::platform::{Family, Platform};
use crate::submit::{Endpoint, RetryPolicy, SubmitError};

pub use client::{Control, Process, Sandbox, Sandboxes};
pub use command::{Command, Ended, Environment, Event, Size};
use driver::Driver;

/// The lifetime of a sandbox whose client does not renew it.
pub const LIFETIME: Duration = Duration::from_mins(2);

/// How often the lifetime is renewed.
pub const RENEWAL: Duration = Duration::from_secs(40);

/// The metadata by which the sandboxes of one client are found again.
const OWNER: &str = "sbx";

/// The most sandboxes that one page of a list has.
const PAGE: usize = 100;

/// How the calls into sandboxes reach them, where they do not go to the platform's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateway {
    /// One server for all sandboxes: headers say which one is meant.
    Server(Url),
    /// A host of its own for each sandbox and port, below this domain unless the platform names
    /// another.
    Domain(String),
}

/// The one place of this stage that chooses by family.
fn driver(
    platform: Platform,
    endpoint: &Endpoint,
    gateway: Gateway,
    retry_policy: RetryPolicy,
) -> Result<Box<dyn Driver>, SubmitError> {
    Ok(match platform.facts().family {
        Family::E2b => Box::new(e2b::Client::new(platform, endpoint, gateway, retry_policy)?),
        Family::Declaw => Box::new(declaw::Client::new(endpoint, retry_policy)?),
    })
}
