//! `sbx init`

use std::path::PathBuf;

use clap::Args;

/// `sbx init`
#[derive(Debug, Args)]
pub struct Init {
    /// The directory for the sandbox.toml
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// Set the template's name [default: the directory's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Overwrite an existing sandbox.toml
    #[arg(long)]
    pub force: bool,
}
