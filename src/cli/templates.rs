//! The arguments of the verbs for templates that are there.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::EndpointArgs;

/// The platform that templates are on.
#[derive(Debug, Args)]
pub struct RemoteArgs {
    /// The platform: novita, e2b, declaw or local [default: that of ./sandbox.toml, or novita]
    #[arg(long, short, env = "SBX_PLATFORM", value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// Where the embedded local platform keeps its data
    #[arg(long, env = "SBX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = TableFormat::Human, value_name = "FORMAT")]
    pub format: TableFormat,
}

/// The forms of what is told about templates.
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
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The most templates to list [default: all]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}

/// `sbx show`
#[derive(Debug, Args)]
pub struct Show {
    /// A name, or an ID [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// The most builds to show, newest first
    #[arg(
        long, value_name = "COUNT", default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub limit: u32,
}

/// `sbx exists`
#[derive(Debug, Args)]
pub struct Exists {
    /// A name, `name:tag`, or an ID [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx delete`
#[derive(Debug, Args)]
pub struct Delete {
    /// Names or IDs
    #[arg(required = true, value_name = "TEMPLATE")]
    pub templates: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `sbx publish` and `sbx unpublish`
#[derive(Debug, Args)]
pub struct Publish {
    /// Names or IDs
    #[arg(required = true, value_name = "TEMPLATE")]
    pub templates: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx tag`
#[derive(Debug, Args)]
pub struct Tag {
    /// What to do.
    #[command(subcommand)]
    pub command: TagCommand,
}

/// The verbs for tags.
#[derive(Debug, Subcommand)]
pub enum TagCommand {
    /// Give a build that is ready more tags
    Add(TagAdd),
    /// Take tags away
    Remove(TagRemove),
    /// List the tags of a template
    List(TagList),
}

/// `sbx tag add`
#[derive(Debug, Args)]
pub struct TagAdd {
    /// The template, and the tag that the build has already [default: the tag `default`]
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
    /// The tags
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// `sbx tag list`
#[derive(Debug, Args)]
pub struct TagList {
    /// A name, or an ID [default: the name in ./sandbox.toml]
    pub template: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub remote: RemoteArgs,
}
