//! `sbx run` and `sbx shell`: sandboxes for the time of a command.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{ProfileArg, TargetArgs};

/// The sandbox of a command, and what runs in it.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Run as this user [default: the user of the template]
    #[arg(long, short, value_name = "USER")]
    pub user: Option<String>,
    /// Set an environment variable, as NAME=VALUE or as NAME, for the value that it has here
    #[arg(long, short, value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// Run in this directory [default: the working directory of the template]
    #[arg(long, short, value_name = "DIR")]
    pub workdir: Option<String>,
    /// Leave the sandbox running for an hour, instead of ending it
    #[arg(long)]
    pub keep: bool,
    /// Write the ID of the sandbox that is left running to this file
    #[arg(long, value_name = "FILE", requires = "keep")]
    pub id_file: Option<PathBuf>,
    /// Which profile is meant.
    #[command(flatten)]
    pub profile: ProfileArg,
    /// Where templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// `sbx run`
// The usage in an error would have the options whose variables are set, as if they were required.
#[derive(Debug, Args)]
#[command(override_usage = "sbx run [OPTIONS] [TEMPLATE|FILE] -- <COMMAND>...")]
pub struct Run {
    /// A template as `name`, `name:tag`, `name:BUILD_ID` or ID; or a manifest, or a directory that
    /// contains a sandbox.toml, for its template with its first tag [default: sandbox.toml]
    #[arg(value_name = "TEMPLATE|FILE")]
    pub template: Option<String>,
    /// The sandbox.
    #[command(flatten)]
    pub sandbox: SandboxArgs,
    /// The command with its arguments; if it is one argument, a shell interprets it
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `sbx shell`
#[derive(Debug, Args)]
pub struct Shell {
    /// Open the state before this step of the last build, which may have failed; on the local
    /// platform alone
    #[arg(long, value_name = "STEP")]
    pub at: Option<NonZeroUsize>,
    /// A template as `name`, `name:tag`, `name:BUILD_ID` or ID; or a manifest, or a directory that
    /// contains a sandbox.toml, for its template with its first tag [default: sandbox.toml]
    #[arg(value_name = "TEMPLATE|FILE")]
    pub template: Option<String>,
    /// The sandbox.
    #[command(flatten)]
    pub sandbox: SandboxArgs,
}
