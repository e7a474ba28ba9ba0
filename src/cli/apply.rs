//! `sbx apply`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::variables::FlagParser;
use super::{ConsentArgs, HashCacheArg, LevelArg, LintArgs, ManifestArgs, TargetArgs, heading};

/// `sbx apply`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// Manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print what would be sent, without sending anything
    #[arg(long)]
    pub dry_run: bool,
    /// Return when the build has started
    #[arg(long)]
    pub background: bool,
    /// Stop waiting after this time, such as 90s or 30m; the build continues
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Build at most this many manifests at once
    #[arg(
        long, short, default_value_t = 4, value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub jobs: u16,
    /// Where templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Add a tag to those of the manifest
    #[arg(long = "tag", value_name = "TAG", help_heading = heading::BUILD)]
    pub tags: Vec<String>,
    /// Build even if the template is up to date
    #[arg(long, help_heading = heading::BUILD)]
    pub rebuild: bool,
    /// Rebuild every layer; implies `--rebuild`
    #[arg(long, help_heading = heading::BUILD)]
    pub no_cache: bool,
    /// Skip the tests of the manifest: the tags move to a build that no test has tried
    #[arg(long, help_heading = heading::BUILD)]
    pub no_test: bool,
    /// Move a declared tag even if another client has moved it meanwhile
    #[arg(long, help_heading = heading::BUILD)]
    pub force: bool,
    /// Delete the template of this name and rebuild it, on a platform whose templates are immutable
    ///
    /// The old template is deleted before the build begins, whether it was built or failed, and is
    /// not restored if the build fails. Without this option, a name that is in use is an error.
    #[arg(long, help_heading = heading::BUILD)]
    pub replace: bool,
    /// Skip the check that the image exists in its registry; `inherit` queries it nevertheless
    #[arg(
        long, env = "SBX_NO_IMAGE_CHECK", hide_env_values = true, value_parser = FlagParser,
        help_heading = heading::BUILD
    )]
    pub no_image_check: bool,
    /// Whether the hashes of files are cached.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// How the manifests are read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Which secrets may be sent.
    #[command(flatten)]
    pub consent: ConsentArgs,
    /// Push the image of `from.build` with the credentials of the container engine
    #[arg(long, help_heading = heading::TRUST)]
    pub allow_push: bool,
    /// Lint levels.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = ApplyFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: ApplyFormat,
    /// Which log entries are printed.
    #[command(flatten)]
    pub level: LevelArg,
}

/// The formats of what is reported about a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApplyFormat {
    /// Text, for people
    Human,
    /// JSON, for programs: one event per line, or one object
    Json,
}
