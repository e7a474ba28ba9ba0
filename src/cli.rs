//! The command line as clap reads it. Only this module and `main` use clap.
//!
//! Each subject has its own file. [`settings`](crate::settings) turns arguments into what commands
//! take; text that needs more than clap to be read, such as a duration, is a `String` here.

mod answer;
mod apply;
mod args;
mod build;
mod check;
mod codes;
mod compile;
mod doctor;
mod export;
mod fmt;
mod import;
mod init;
mod lock;
mod lsp;
mod missing_separator;
mod plan;
mod profile_names;
mod prune;
mod reference;
mod refused;
mod rollback;
mod sandbox;
mod serve;
mod templates;
mod test;
mod unknown_command;
mod variables;
mod verify;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use answer::{Answer, parse};
pub use apply::{Apply, ApplyFormat};
pub use args::{
    AsArg, ConsentArgs, DataArg, EndpointArgs, EngineArg, HashCacheArg, ImitatedName, Level,
    LevelArg, LintArgs, ManifestArgs, PlatformArg, ProfileArg, TargetArgs, TrustArgs,
};
pub use build::{BuildArgs, Logs, Status};
pub use check::{Check, CheckFormat};
pub use compile::Compile;
pub use doctor::Doctor;
pub use export::{Export, ExportTarget};
pub use fmt::Fmt;
pub use import::Import;
pub use init::{Init, InitKind};
pub use lock::Lock;
pub use lsp::Lsp;
pub use plan::{Plan, PlanFormat};
pub use prune::Prune;
pub use reference::{Completions, Explain, Schema, completion_script};
pub use refused::RefusedKey;
pub use rollback::Rollback;
pub use sandbox::{Run, SandboxArgs, Shell};
pub use serve::Serve;
pub use templates::{
    Delete, Exists, List, Publish, RemoteArgs, Show, TableFormat, Tag, TagAdd, TagCommand, TagList,
    TagRemove,
};
pub use test::{Test, TestFormat};
pub use variables::{EngineChoice, EngineName, PlatformName};
pub use verify::Verify;

/// The headings of options in `--help`. Options without one are a command's own common ones.
mod heading {
    /// Where a template is built.
    pub(super) const PLATFORM: &str = "Platform";
    /// How a template is built.
    pub(super) const BUILD: &str = "Build";
    /// What a manifest may do.
    pub(super) const TRUST: &str = "Trust";
    /// Lint levels.
    pub(super) const DIAGNOSTICS: &str = "Diagnostics";
    /// The form of what is printed.
    pub(super) const OUTPUT: &str = "Output";
    /// What every command takes.
    pub(super) const GLOBAL: &str = "Global options";
}

/// Compile a declarative sandbox.toml into agent-sandbox templates, and build them
#[derive(Debug, Parser)]
#[command(
    name = "sbx",
    version,
    max_term_width = 100,
    disable_help_flag = true,
    disable_version_flag = true
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version, help_heading = heading::GLOBAL)]
    pub version: Option<bool>,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = heading::GLOBAL)]
pub struct Global {
    /// Suppress progress output and warnings
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more detail, such as queries to image registries
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Control when colors are used
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::Help)]
    pub help: Option<bool>,
    /// A key, which is read from the environment or a file only: other users of the machine see
    /// arguments, and shells remember them
    #[arg(
        long = "api-key", aliases = ["key", "token", "access-token", "password", "secret"],
        global = true, hide = true, num_args = 0..=1, default_missing_value = "",
        value_name = "KEY"
    )]
    pub key: Option<RefusedKey>,
}

/// When to use a feature of terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The subcommands, in the order of `--help`: manifests, builds, templates, tools.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a sandbox.toml for the project in a directory
    Init(Init),
    /// Create a sandbox.toml from a Dockerfile, an e2b.toml, a dev container or an SDK's template
    ///
    /// What the manifest cannot express is listed with its place. Exit codes: 0 nothing is lost; 1
    /// something is lost, or the source is wrong.
    Import(Import),
    /// Report every problem with its location
    Check(Check),
    /// Format manifests
    Fmt(Fmt),
    /// Print the requests that a manifest compiles to
    Compile(Compile),
    /// Write a manifest as a Dockerfile, or as code for an official SDK
    ///
    /// Standard error names what the text does not say. Exit codes: 0 done; 1 something is lost, or the
    /// manifest is wrong.
    Export(Export),
    /// Write what manifests leave open, such as the digests of images, into their locks
    ///
    /// Exit codes: 0 done; 1 the lock is not up to date (with --check), or the manifest is wrong; 3 a
    /// registry, an index or the platform did not answer, and nothing was written.
    Lock(Lock),
    /// Show what `apply` would do, and why
    Plan(Plan),
    /// Build templates: check, register, upload, start, and follow the build
    Apply(Apply),
    /// Run a command in a new sandbox of a template, and exit with its exit code
    ///
    /// The sandbox ends with the command. Exit codes: that of the command, 128 and the number of the
    /// signal that ended it, or 125 if sbx itself fails.
    Run(Run),
    /// Open an interactive shell in a new sandbox of a template
    ///
    /// The sandbox ends with the shell. Exit codes: that of the shell, or 125 if sbx itself fails.
    Shell(Shell),
    /// Run the tests of manifests in sandboxes of the builds that their tags point to
    ///
    /// Nothing is built, and no tag is moved. Exit codes: 0 all tests passed; 1 one failed, or the
    /// manifest is wrong; 3 they could not be run.
    Test(Test),
    /// Show the status of a build: a manifest's last one, or any by its IDs
    Status(Status),
    /// Print the log of a build: a manifest's last one, or any by its IDs
    Logs(Logs),
    /// Test whether a platform has what manifests declare: exit code 0 yes, 1 no, 3 unknown
    Verify(Verify),
    /// List the templates of your account
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a template with its tags and builds
    Show(Show),
    /// Test whether a template exists: exit code 0 yes, 1 no, 3 unknown
    Exists(Exists),
    /// Manage the tags of a template's builds
    Tag(Tag),
    /// Move tags back to the build that they pointed to before
    Rollback(Rollback),
    /// Make templates public, so that other teams can start sandboxes from them
    Publish(Publish),
    /// Make templates private
    Unpublish(Publish),
    /// Delete templates with all their builds
    #[command(visible_alias = "rm")]
    Delete(Delete),
    /// Remove the local platform's unused layers and images, or unused tags of a template
    Prune(Prune),
    /// Explain a diagnostic code, or list all codes
    Explain(Explain),
    /// Check the container engine, the directories and the keys of this machine
    ///
    /// Exit codes: 0 no error, with or without warnings; 1 an error, which makes other commands fail;
    /// 3 a platform whose key is set does not answer.
    Doctor(Doctor),
    /// Run the local platform, for sbx and any other client
    Serve(Serve),
    /// Run the language server, for editors
    ///
    /// It reports what `check` reports, while you type. Exit codes: 0 the editor ended the session;
    /// 1 it went away without ending it.
    Lsp(Lsp),
    /// Print the JSON Schema of sandbox.toml, for editors
    Schema(Schema),
    /// Print a shell completion script
    Completions(Completions),
}
