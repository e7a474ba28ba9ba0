//! What a person lets a manifest do.

use std::path::PathBuf;

use crate::cli;

/// What a person lets a manifest do, by arguments and variables.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Paths outside of the project that it may read.
    pub outside: Vec<PathBuf>,
    /// Secrets that it may send: `NAME` or `NAME@HOST`.
    pub secrets: Vec<String>,
    /// Whether it may push the image that is built for it.
    pub push: bool,
}

/// What a command takes that sends no secrets.
pub(super) fn trust(args: cli::TrustArgs) -> Trust {
    Trust { outside: args.allow_outside, secrets: Vec::new(), push: false }
}

/// What a command takes that may send secrets.
pub(super) fn consent(args: cli::TrustArgs, consent: cli::ConsentArgs) -> Trust {
    Trust { secrets: consent.allow_secret, ..trust(args) }
}
