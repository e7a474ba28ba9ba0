//! `sbx compile`

use std::path::PathBuf;

use clap::Args;

use super::{AsArg, HashCacheArg, LintArgs, PlatformArg, TrustArgs, heading};

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
    /// Whose rules the local platform follows.
    #[command(flatten, next_help_heading = heading::PLATFORM)]
    pub imitated: AsArg,
    /// Whether the hashes of files are cached.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// What the manifest may do.
    #[command(flatten)]
    pub trust: TrustArgs,
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
