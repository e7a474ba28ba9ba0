//! `sbx import`

use std::path::PathBuf;

use clap::Args;

use super::{TableFormat, heading};

/// `sbx import`
#[derive(Debug, Args)]
pub struct Import {
    /// A Dockerfile, e2b.toml, novita.toml, devcontainer.json, the JSON of an SDK's template, a
    /// template.py or template.ts, or a directory with one of them
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Write the manifest to this file; `-` prints it [default: sandbox.toml in the project's
    /// directory]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Set the template's name [default: the source's, or that of the directory]
    #[arg(long)]
    pub name: Option<String>,
    /// Keep the Dockerfile as `from.dockerfile` instead of translating it to steps
    #[arg(long)]
    pub keep: bool,
    /// Build this stage of the Dockerfile
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// Run a template.py or template.ts to get its template: this executes the code in it
    #[arg(long)]
    pub run: bool,
    /// Overwrite an existing manifest
    #[arg(long)]
    pub force: bool,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}
