//! `sbx prune`

use clap::Args;

use super::variables::{PlatformName, PlatformParser};
use super::{DataArg, EndpointArgs, TableFormat, heading};

/// `sbx prune`
#[derive(Debug, Args)]
pub struct Prune {
    /// Remove tags of this template, by its name or ID: temporary ones (`sbx-tmp-…`) that are older
    /// than a week, and digests (`sbx-…`) beyond the newest 20 whose builds have no other tag
    /// [default: remove the local platform's cached layers, images of builds without a tag, and
    /// prepared base images, which all data directories share; the next build makes them again]
    pub template: Option<String>,
    /// Remove tags without asking for confirmation
    #[arg(long, short, requires = "template")]
    pub yes: bool,
    /// Select the platform [default: local, or with TEMPLATE that of ./sandbox.toml, or novita]
    #[arg(
        long, short, env = "SBX_PLATFORM", hide_env_values = true, value_name = "PLATFORM",
        value_parser = PlatformParser { all: false }, hide_possible_values = true,
        help_heading = heading::PLATFORM
    )]
    pub platform: Option<PlatformName>,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// The data and the engine of the local platform.
    #[command(flatten)]
    pub data: DataArg,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}
