//! `sbx doctor`

use clap::Args;

use super::{DataArg, TableFormat, heading};

/// `sbx doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Also ask each platform whose key is set
    #[arg(long)]
    pub online: bool,
    /// The data of the local platform.
    #[command(flatten)]
    pub data: DataArg,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}
