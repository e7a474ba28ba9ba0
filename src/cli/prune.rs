//! `sbx prune`

use clap::Args;

use super::variables::{PlatformName, PlatformParser};
use super::{DataArg, EndpointArgs, TableFormat, heading};

/// `sbx prune`
#[derive(Debug, Args)]
pub struct Prune {
    /// Select the platform; only `local` can be pruned [default: local]
    #[arg(
        long, short, value_name = "PLATFORM", value_parser = PlatformParser { all: false },
        hide_possible_values = true, help_heading = heading::PLATFORM
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
