//! `sbx lock`

use std::path::PathBuf;

use clap::Args;

use super::{ConsentArgs, TableFormat, TargetArgs, TrustArgs, heading};

/// `sbx lock`
#[derive(Debug, Args)]
pub struct Lock {
    /// The manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Report what the lock lacks, what has moved since and what is unused; write nothing
    #[arg(long, conflicts_with = "update")]
    pub check: bool,
    /// Lock what is current: everything, or these images, templates and packages
    #[arg(long, value_name = "NAME", num_args = 0..)]
    pub update: Option<Vec<String>>,
    /// Where the templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What the manifests may do.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Which secrets may be sent.
    #[command(flatten)]
    pub consent: ConsentArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}
