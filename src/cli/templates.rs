//! The commands that manage templates.

use clap::{Args, Subcommand, ValueEnum};

use super::args::platform_help;
use super::variables::{PlatformName, PlatformParser};
use super::{DataArg, EndpointArgs, ProfileArg, heading};

/// The platform whose templates a command manages.
#[derive(Debug, Args)]
#[command(next_help_heading = heading::PLATFORM)]
pub struct RemoteArgs {
    /// Select the platform.
    #[arg(
        long, short, env = "SBX_PLATFORM", hide_env_values = true, value_name = "PLATFORM",
        value_parser = PlatformParser { all: false }, help = platform_help("./sandbox.toml")
    )]
    pub platform: Option<PlatformName>,
    /// Which profile is meant.
    #[command(flatten, next_help_heading = heading::PLATFORM)]
    pub profile: ProfileArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// The data of the local platform.
    #[command(flatten)]
    pub data: DataArg,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TableFormat,
}

/// The formats of what is printed about templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Tables and lines, for people
    Human,
    /// One JSON object or array
    Json,
}

/// `sbx list`
#[derive(Debug, Args)]
pub struct List {
    /// List at most this many templates [default: all]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx show`
#[derive(Debug, Args)]
pub struct Show {
    /// The template's name or ID, or its manifest [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// Show at most this many builds, newest first
    #[arg(
        long, value_name = "COUNT", default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub limit: u32,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx exists`
#[derive(Debug, Args)]
pub struct Exists {
    /// The template's name, `name:tag`, `name:BUILD_ID`, or ID, or its manifest
    /// [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx delete`
#[derive(Debug, Args)]
pub struct Delete {
    /// The templates' names or IDs
    #[arg(required = true, value_name = "TEMPLATE")]
    pub templates: Vec<String>,
    /// Delete without asking for confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx publish` and `sbx unpublish`
#[derive(Debug, Args)]
pub struct Publish {
    /// The templates' names or IDs
    #[arg(required = true, value_name = "TEMPLATE")]
    pub templates: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx tag`
#[derive(Debug, Args)]
pub struct Tag {
    /// The command to run.
    #[command(subcommand)]
    pub command: TagCommand,
}

/// The subcommands of `sbx tag`.
#[derive(Debug, Subcommand)]
pub enum TagCommand {
    /// Add tags to a build
    Add(TagAdd),
    /// Remove tags
    #[command(visible_alias = "rm")]
    Remove(TagRemove),
    /// List the tags of a template
    #[command(visible_alias = "ls")]
    List(TagList),
}

/// `sbx tag add`
#[derive(Debug, Args)]
pub struct TagAdd {
    /// The template, and a tag or the ID of the build [default: the tag `default`]
    #[arg(value_name = "NAME[:FROM]")]
    pub template: String,
    /// The new tags
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx tag remove`
#[derive(Debug, Args)]
pub struct TagRemove {
    /// The template
    #[arg(value_name = "NAME")]
    pub template: String,
    /// The tags to remove
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Remove without asking for confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx tag list`
#[derive(Debug, Args)]
pub struct TagList {
    /// The template's name or ID [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}
