//! What a person lets a manifest do.

use std::path::PathBuf;

use crate::cli;

/// What a person lets a manifest do, by arguments and variables.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Paths outside of the project that it may read.
    pub outside: Vec<PathBuf>,
}

pub(super) fn trust(args: cli::TrustArgs) -> Trust {
    Trust { outside: args.allow_outside }
}
