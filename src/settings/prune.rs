//! The settings of `sbx prune`.

use super::endpoint::{EndpointChoice, endpoint};
use super::local::{LocalChoice, local};
use super::{Format, UsageError, platform};
use crate::cli;
use crate::platform::Platform;

/// `sbx prune`
#[derive(Debug)]
pub struct Prune {
    /// Where the arguments say that the local platform is.
    pub endpoint: EndpointChoice,
    /// The data and the engine of the local platform.
    pub local: LocalChoice,
    /// The format of what is printed.
    pub format: Format,
}

pub(super) fn prune(args: cli::Prune) -> Result<Prune, UsageError> {
    let platform = platform(args.platform.as_ref())?.unwrap_or(Platform::Local);
    if !platform.is_local() {
        let message = format!("`sbx prune` cannot prune `{platform}`");
        let help = "it removes what the local platform keeps: add `--platform local`";
        return Err(UsageError::new(message, help));
    }
    Ok(Prune {
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
        format: args.format.into(),
    })
}
