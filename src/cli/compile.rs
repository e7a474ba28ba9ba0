//! `sbx compile`

use std::path::PathBuf;

use clap::Args;

use super::{HashCacheArg, LintArgs, ManifestArgs, PlatformArg, heading};

/// `sbx compile`
#[derive(Debug, Args)]
pub struct Compile {
    /// The manifest, or a directory that contains a sandbox.toml; `-` reads standard input
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub file: PathBuf,
    /// Print every request in order, not only the one that starts the build
    #[arg(long)]
    pub requests: bool,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Whether the hashes of files are cached.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// How the manifest is read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Lint levels.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub output: Option<PathBuf>,
    /// Print secrets in plain text
    #[arg(long, help_heading = heading::OUTPUT)]
    pub show_secrets: bool,
}
