//! `sbx plan`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{HashCacheArg, ManifestArgs, TargetArgs, heading};

/// `sbx plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// The manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Exit with 4 if `sbx apply` would change something
    #[arg(long)]
    pub exit_code: bool,
    /// Also look up whether the image or the template that it starts from has changed
    #[arg(long)]
    pub online: bool,
    /// Plan this tag in addition to those of the manifest; repeatable
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
        long, value_enum, default_value_t = PlanFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: PlanFormat,
}

/// The formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// Text, for people
    Human,
    /// One JSON object for each manifest, for programs
    Json,
    /// A comment on a pull request
    Markdown,
}
