//! `sbx plan`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AsArg, DataArg, EndpointArgs, HashCacheArg, PlatformArg, TrustArgs, heading};

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
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// The data of the local platform.
    #[command(flatten)]
    pub data: DataArg,
    /// Whose rules the local platform follows.
    #[command(flatten, next_help_heading = heading::PLATFORM)]
    pub imitated: AsArg,
    /// Whether the hashes of files are cached.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// What the manifests may do.
    #[command(flatten)]
    pub trust: TrustArgs,
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
