//! Where templates are built.

use super::endpoint::{EndpointChoice, endpoint};
use super::local::{LocalChoice, local};
use super::{UsageError, platform};
use crate::cli;
use crate::platform::Platform;

/// Where templates are built, as far as arguments and their variables say.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// The platform that overrides the manifest's.
    pub platform: Option<Platform>,
    /// Where the platform is.
    pub endpoint: EndpointChoice,
    /// The data and the engine of the local platform.
    pub local: LocalChoice,
}

pub(super) fn destination(args: cli::TargetArgs) -> Result<Destination, UsageError> {
    Ok(Destination {
        platform: platform(args.platform.platform.as_ref())?,
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
    })
}
