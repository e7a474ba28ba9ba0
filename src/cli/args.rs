//! Groups of arguments that several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::codes::CodeParser;
use super::heading;
use super::variables::{EngineChoice, EngineParser, FlagParser, PlatformName, PlatformParser};
use crate::platform::Platform;

/// The help of `--platform`, whose default is the platform of `manifest`.
pub(super) fn platform_help(manifest: &str) -> String {
    format!("Select the platform [default: that of {manifest}, or {}]", Platform::DEFAULT)
}

/// The target platform of a manifest.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::PLATFORM)]
pub struct PlatformArg {
    /// Select the platform.
    #[arg(
        long, short, env = "SBX_PLATFORM", hide_env_values = true, value_name = "PLATFORM",
        value_parser = PlatformParser { all: false }, help = platform_help("the manifest")
    )]
    pub platform: Option<PlatformName>,
}

/// Whose rules the local platform follows.
#[derive(Debug, Args)]
pub struct AsArg {
    /// Let the local platform follow the rules of this platform [default: novita]
    #[arg(long = "as", value_enum, value_name = "PLATFORM")]
    pub imitated: Option<ImitatedName>,
}

/// A platform that the local one can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImitatedName {
    /// Images of Debian and Ubuntu, whose variables and working directory are dropped
    Novita,
    /// Images of more distributions, whose variables are kept
    E2b,
}

/// Where templates are built.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// The data of the local platform.
    #[command(flatten)]
    pub data: DataArg,
}

/// Which profiles of manifests are meant.
#[derive(Debug, Args)]
pub struct ProfileArg {
    /// Select a profile of the manifest; repeatable, and `base` is the manifest without one
    #[arg(
        long = "profile",
        env = "SBX_PROFILE",
        hide_env_values = true,
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub profiles: Vec<String>,
}

/// How manifests are read.
#[derive(Debug, Args)]
pub struct ManifestArgs {
    /// Which profiles are meant.
    #[command(flatten)]
    pub profile: ProfileArg,
    /// Whose rules the local platform follows.
    #[command(flatten, next_help_heading = heading::PLATFORM)]
    pub imitated: AsArg,
    /// Fail if sandbox.lock is missing, or lacks an image, a template or a package of the manifest
    #[arg(long, help_heading = heading::BUILD)]
    pub locked: bool,
    /// What the manifests may do.
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// Where a platform is, and how long to wait for it.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::PLATFORM)]
pub struct EndpointArgs {
    /// Use another domain of the platform
    #[arg(long, conflicts_with = "api_url")]
    pub domain: Option<String>,
    /// Use the platform's API at this URL
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// Limit the duration of one request, such as 60s
    #[arg(long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
}

/// The data of the local platform, and its engine.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::PLATFORM)]
pub struct DataArg {
    /// Store the local platform's data in this directory
    /// [default: sbx/local in the XDG state directory]
    #[arg(long, env = "SBX_DATA", hide_env_values = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The engine of the local platform.
    #[command(flatten)]
    pub engine: EngineArg,
}

/// The engine of the local platform.
#[derive(Debug, Args)]
pub struct EngineArg {
    /// Run the local platform's builds with this container engine; `none` records the steps without
    /// running them [default: auto]
    #[arg(
        long, env = "SBX_ENGINE", hide_env_values = true, value_name = "ENGINE",
        value_parser = EngineParser
    )]
    pub engine: Option<EngineChoice>,
}

/// Lint levels.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::DIAGNOSTICS)]
pub struct LintArgs {
    /// Treat a warning, or all `warnings`, as an error
    #[arg(
        long, value_name = "CODE", value_delimiter = ',', value_parser = CodeParser::Warnings,
        hide_possible_values = true
    )]
    pub deny: Vec<String>,
    /// Report a warning, even if the manifest allows or denies it
    #[arg(
        long, value_name = "CODE", value_delimiter = ',', value_parser = CodeParser::Warnings,
        hide_possible_values = true
    )]
    pub warn: Vec<String>,
    /// Suppress a warning
    #[arg(
        long, value_name = "CODE", value_delimiter = ',', value_parser = CodeParser::Warnings,
        hide_possible_values = true
    )]
    pub allow: Vec<String>,
}

/// What a manifest may do beyond what every manifest may.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::TRUST)]
pub struct TrustArgs {
    /// Let the manifest read this file or directory outside of its project
    #[arg(long, value_name = "PATH")]
    pub allow_outside: Vec<PathBuf>,
}

/// Which secrets of the manifest may be sent.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::TRUST)]
pub struct ConsentArgs {
    /// Send this secret of the manifest, a variable or a file, to the registry of its image and the
    /// sandboxes of its tests, or with NAME@HOST to that host only; `SBX_ALLOW_SECRETS` lists others
    #[arg(long, value_name = "NAME")]
    pub allow_secret: Vec<String>,
}

/// Whether the hashes of files are cached.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::BUILD)]
pub struct HashCacheArg {
    /// Hash every file of the build context again, even if it is unchanged
    #[arg(long, env = "SBX_NO_HASH_CACHE", hide_env_values = true, value_parser = FlagParser)]
    pub no_hash_cache: bool,
}

/// Which entries of a build's log are printed.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::OUTPUT)]
pub struct LevelArg {
    /// Print log entries of this level and above
    #[arg(long, value_enum, default_value_t = Level::Info, value_name = "LEVEL")]
    pub level: Level,
}

/// The levels of log entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Everything
    Debug,
    /// Normal output
    Info,
    /// Warnings
    Warn,
    /// Errors
    Error,
}
