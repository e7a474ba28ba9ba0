//! The command line as clap types, and nothing else.

mod refused;
mod templates;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use refused::RefusedKey;
pub use templates::{
    Delete, Exists, List, Publish, RemoteArgs, Show, TableFormat, Tag, TagAdd, TagCommand, TagList,
    TagRemove,
};

/// Compiles a declarative `sandbox.toml` into agent-sandbox templates, and builds them.
#[derive(Debug, Parser)]
#[command(name = "sbx", version, max_term_width = 100)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What applies to every command.
#[derive(Debug, Clone, Copy, Args)]
pub struct Global {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
    /// Say nothing but what is wrong and what was asked for
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more, such as each request that is made
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// A key, which is taken from the environment or a file only: other users of the machine see
    /// arguments, and shells remember them
    #[arg(
        long = "api-key", aliases = ["key", "token", "access-token", "password", "secret"],
        global = true, hide = true, num_args = 0..=1, default_missing_value = "",
        value_name = "KEY"
    )]
    pub key: Option<RefusedKey>,
}

/// A choice that may be left to `sbx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a manifest to begin with
    Init(Init),
    /// Report everything that is wrong with a manifest
    Check(Check),
    /// Print the requests that a manifest compiles to
    Compile(Compile),
    /// Build a template: check, register, upload, start, and follow to the end
    Apply(Apply),
    /// Print the JSON Schema of manifests, for editors
    Schema(Schema),
    /// Explain a diagnostic code, or list all of them
    Explain(Explain),
    /// Run the local platform, for sbx and any other client
    Serve(Serve),
    /// Print a shell's completion script
    Completions(Completions),
    /// Say where a build stands: the last one of a manifest, or any by its IDs
    Status(Status),
    /// Print the log of a build: the last one of a manifest, or any by its IDs
    Logs(Logs),
    /// List the templates of your account
    List(List),
    /// Show a template with its builds and tags
    Show(Show),
    /// Say whether a template exists: exit code 0 yes, 1 no, 3 unknown
    Exists(Exists),
    /// Delete templates with all their builds
    Delete(Delete),
    /// Let other teams start sandboxes from templates
    Publish(Publish),
    /// Let your team alone start sandboxes from templates
    Unpublish(Publish),
    /// The tags of a template's builds
    Tag(Tag),
}

/// `sbx init`
#[derive(Debug, Args)]
pub struct Init {
    /// The directory to write sandbox.toml in
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// The template's name [default: the directory's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Overwrite a manifest that is there
    #[arg(long)]
    pub force: bool,
}

/// The platform that a manifest is meant for.
#[derive(Debug, Args)]
pub struct PlatformArg {
    /// The platform: novita, e2b, declaw or local [default: the manifest's, or novita]
    #[arg(long, short, env = "SBX_PLATFORM", value_name = "PLATFORM")]
    pub platform: Option<String>,
}

/// `sbx check`
#[derive(Debug, Args)]
pub struct Check {
    /// Manifests, or directories that hold a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The platform: novita, e2b, declaw, local, or all [default: the manifest's, or novita]
    #[arg(long, short, env = "SBX_PLATFORM", value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = CheckFormat::Human, value_name = "FORMAT")]
    pub format: CheckFormat,
    /// Ask the image's registry, too: whether the image is there, for linux/amd64, and what a
    /// sandbox would lose of what it declares
    #[arg(long)]
    pub online: bool,
    /// What becomes of warnings.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Make the fixes that are safe, and report what is left
    #[arg(long)]
    pub fix: bool,
    /// With --fix: make the fixes that are proposed, too, which may not be what you want
    #[arg(long, requires = "fix")]
    pub unsafe_fixes: bool,
}

/// What becomes of warnings, by their codes.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Let a warning, or all `warnings`, stop the work as errors do
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub deny: Vec<String>,
    /// Report a warning, whatever the manifest says of it
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub warn: Vec<String>,
    /// Do not report a warning
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub allow: Vec<String>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Excerpts and help, for people
    Human,
    /// One problem a line
    Short,
    /// One JSON object
    Json,
    /// A SARIF 2.1.0 log, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// `sbx compile`
#[derive(Debug, Args)]
pub struct Compile {
    /// The manifest, or a directory that holds a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub file: PathBuf,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// What becomes of warnings.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Print every request in order, not only the one that starts the build
    #[arg(long)]
    pub requests: bool,
    /// Print secrets as they are
    #[arg(long)]
    pub show_secrets: bool,
    /// Write to this file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Whether hashes are kept.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
}

/// Whether the hashes of files are kept.
#[derive(Debug, Args)]
pub struct HashCacheArg {
    /// Read all files anew, also those that have not changed since they were hashed last
    #[arg(long, env = "SBX_NO_HASH_CACHE", value_parser = BoolishValueParser::new())]
    pub no_hash_cache: bool,
}

/// `sbx apply`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// Manifests, or directories that hold a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// What becomes of warnings.
    #[command(flatten)]
    pub lints: LintArgs,
    /// Another label for the build, beside the manifest's tags
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Build every layer anew
    #[arg(long)]
    pub no_cache: bool,
    /// Declaw only, where templates do not change: delete the one of this name, and build anew
    ///
    /// The old template is deleted before the build begins, whether it was built or failed, and
    /// does not come back if the build fails. Without this, a name that is taken is an error.
    #[arg(long)]
    pub replace: bool,
    /// Return when the build has started
    #[arg(long)]
    pub background: bool,
    /// Say what would be done, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask the image's registry whether the image is there; `inherit` asks it all the same
    #[arg(long, env = "SBX_NO_IMAGE_CHECK", value_parser = BoolishValueParser::new())]
    pub no_image_check: bool,
    /// Give up after this time, such as 90s or 30m; the build goes on
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// The least level of log entries to show
    #[arg(long, value_enum, default_value_t = Level::Info, value_name = "LEVEL")]
    pub level: Level,
    /// How to report
    #[arg(long, value_enum, default_value_t = ApplyFormat::Human, value_name = "FORMAT")]
    pub format: ApplyFormat,
    /// Where the embedded local platform keeps its data
    #[arg(long, env = "SBX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Whether hashes are kept.
    #[command(flatten)]
    pub hash_cache: HashCacheArg,
    /// How many of several manifests are built at once
    #[arg(long, short, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
}

/// Where a platform is, and how long to wait for it.
#[derive(Debug, Args)]
pub struct EndpointArgs {
    /// The URL of the platform's API
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// The platform's domain
    #[arg(long, conflicts_with = "api_url")]
    pub domain: Option<String>,
    /// How long one request may take, such as 60s
    #[arg(long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
}

/// The levels of log entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Everything
    Debug,
    /// Normal output
    Info,
    /// What may be wrong
    Warn,
    /// What is wrong
    Error,
}

/// The forms of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApplyFormat {
    /// For people
    Human,
    /// One JSON event a line
    Json,
}

/// `sbx schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// Print the language reference instead, in Markdown
    #[arg(long)]
    pub reference: bool,
}

/// `sbx explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The code, such as unknown-key
    pub code: Option<String>,
}

/// `sbx serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Where templates are kept [default: sbx/local below the XDG state directory]
    #[arg(long, env = "SBX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The variable that holds the key which clients must send; without it any key is taken
    #[arg(long, value_name = "NAME")]
    pub api_key_env: Option<String>,
}

/// `sbx completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A build: the last one of a manifest, or any by its IDs.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The manifest whose last build is meant, or a directory that holds a sandbox.toml; or a
    /// build by its two IDs, the manifest before them if there is one [default: sandbox.toml]
    #[arg(num_args = 0..=3, value_names = ["FILE", "TEMPLATE_ID", "BUILD_ID"])]
    pub build: Vec<String>,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// How to report
    #[arg(long, value_enum, default_value_t = ApplyFormat::Human, value_name = "FORMAT")]
    pub format: ApplyFormat,
    /// Where the embedded local platform keeps its data
    #[arg(long, env = "SBX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
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
    /// The build.
    #[command(flatten)]
    pub build: BuildArgs,
    /// Go on until the build has ended, and end as `sbx apply` does
    #[arg(long, short)]
    pub follow: bool,
    /// With --follow: give up after this time, such as 90s or 30m; the build goes on
    #[arg(long, value_name = "DURATION", requires = "follow")]
    pub timeout: Option<String>,
    /// The least level of log entries to print
    #[arg(long, value_enum, default_value_t = Level::Info, value_name = "LEVEL")]
    pub level: Level,
}
