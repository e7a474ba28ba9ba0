//! The settings of `sbx doctor`.

use super::Format;
use super::local::{LocalChoice, local};
use crate::cli;

/// `sbx doctor`
#[derive(Debug)]
pub struct Doctor {
    /// Whether to ask the platforms.
    pub online: bool,
    /// The data and the engine of the local platform.
    pub local: LocalChoice,
    /// The format of the report.
    pub format: Format,
}

pub(super) fn doctor(args: cli::Doctor) -> Doctor {
    Doctor {
        online: args.online,
        local: local(args.data.data, args.data.engine.engine),
        format: args.format.into(),
    }
}
