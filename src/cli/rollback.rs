//! `sbx rollback`

use clap::Args;

use super::RemoteArgs;

/// `sbx rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The template's name or ID, or its manifest [default: ./sandbox.toml]
    #[arg(value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// Move this tag; repeatable [default: the tags of the manifest]
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Move the tags to this build, by its ID or its digest
    /// [default: the build that each tag pointed to before]
    #[arg(long, value_name = "BUILD")]
    pub to: Option<String>,
    /// Move without asking for confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}
