//! `sbx check`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::platform_help;
use super::variables::{PlatformName, PlatformParser};
use super::{LintArgs, ManifestArgs, heading};

/// `sbx check`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Check {
    /// Manifests, or directories that contain a sandbox.toml; `-` reads standard input
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Apply fixes that cannot change meaning
    #[arg(long)]
    pub fix: bool,
    /// With --fix: also apply fixes that may change meaning
    #[arg(long, requires = "fix")]
    pub unsafe_fixes: bool,
    /// Check again whenever a manifest or a file that it reads changes, until Ctrl-C
    #[arg(long, short, conflicts_with_all = ["fix", "online"])]
    pub watch: bool,
    /// With `-`: check standard input as if it were this file
    #[arg(long, value_name = "PATH", conflicts_with = "watch")]
    pub stdin_path: Option<PathBuf>,
    /// Query the image's registry: whether the image exists for linux/amd64, and what a sandbox
    /// would lose of its configuration
    #[arg(long)]
    pub online: bool,
    /// Select the platform, or `all`.
    #[arg(
        long, short, env = "SBX_PLATFORM", hide_env_values = true, value_name = "PLATFORM",
        value_parser = PlatformParser { all: true }, help = platform_help("the manifest"),
        help_heading = heading::PLATFORM
    )]
    pub platform: Option<PlatformName>,
    /// How the manifests are read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Lint levels.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = CheckFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: CheckFormat,
}

/// The formats of a check's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Excerpts and help, for people
    Human,
    /// One problem per line
    Short,
    /// One JSON object; with --watch, one per check and line
    Json,
    /// A SARIF 2.1.0 log, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}
