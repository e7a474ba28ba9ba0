//! `sbx export`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{HashCacheArg, LintArgs, ManifestArgs, PlatformArg, TableFormat, heading};

/// `sbx export`
#[derive(Debug, Args)]
pub struct Export {
    /// What to write
    #[arg(value_enum, value_name = "TARGET")]
    pub target: ExportTarget,
    /// The manifest, or a directory that contains a sandbox.toml; `-` reads standard input
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub file: PathBuf,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "output")]
    pub force: bool,
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
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}

/// What a manifest is exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTarget {
    /// A Dockerfile, in which the rules of the platform are spelled out
    Dockerfile,
    /// Python for the official SDK of e2b or novita
    Python,
    /// TypeScript for the official SDK of e2b or novita
    #[value(name = "typescript")]
    TypeScript,
    /// Python for the official SDK of declaw
    Declaw,
}
