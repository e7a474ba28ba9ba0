//! `sbx status` and `sbx logs`

use clap::Args;

use super::{ApplyFormat, ConsentArgs, LevelArg, ProfileArg, TargetArgs, TrustArgs, heading};

/// A build: a manifest's last one, or any by its IDs.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// A manifest, or a directory that contains a sandbox.toml, for its last build; or a build by
    /// its two IDs, optionally after its manifest; `status` takes several manifests. The name of a
    /// template is neither: `sbx show NAME` lists the IDs of its builds
    /// [default: sandbox.toml]
    #[arg(num_args = 0.., value_name = "FILE|ID")]
    pub build: Vec<String>,
    /// Which profile is meant.
    #[command(flatten)]
    pub profile: ProfileArg,
    /// Where templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What the manifest may do.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Which secrets may be sent.
    #[command(flatten)]
    pub consent: ConsentArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = ApplyFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: ApplyFormat,
}

/// `sbx status`
#[derive(Debug, Args)]
pub struct Status {
    /// The build.
    #[command(flatten)]
    pub build: BuildArgs,
}

/// `sbx logs`
#[derive(Debug, Args)]
pub struct Logs {
    /// Follow the log to the end of the build, and exit as `sbx apply` does
    #[arg(long, short)]
    pub follow: bool,
    /// With --follow: stop waiting after this time, such as 90s or 30m; the build continues
    #[arg(long, value_name = "DURATION", requires = "follow")]
    pub timeout: Option<String>,
    /// The build.
    #[command(flatten)]
    pub build: BuildArgs,
    /// Which log entries are printed.
    #[command(flatten)]
    pub level: LevelArg,
}
