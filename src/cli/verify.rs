//! `sbx verify`

use std::path::PathBuf;

use clap::Args;

use super::{HashCacheArg, ManifestArgs, TableFormat, TargetArgs, heading};

/// `sbx verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// The manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Verify this tag in addition to those of the manifest; repeatable
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Where templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Whether the hashes of files are cached.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// How the manifests are read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}
