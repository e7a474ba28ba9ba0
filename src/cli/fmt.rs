//! `sbx fmt`

use std::path::PathBuf;

use clap::Args;

/// `sbx fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// Manifests, or directories that contain a sandbox.toml; `-` formats standard input
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing, and exit with 1 if a manifest is not formatted
    #[arg(long)]
    pub check: bool,
    /// Write nothing, and print what would change
    #[arg(long)]
    pub diff: bool,
}
