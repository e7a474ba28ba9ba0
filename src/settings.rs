//! What commands take: arguments, read and checked.
//!
//! Arguments that clap has read completely (`sbx init`, `sbx schema`) are used as they
//! are; all others are turned into types of this module.

mod build;
mod check;
mod destination;
mod doctor;
mod endpoint;
mod export;
mod fmt;
mod format;
mod import;
mod key;
mod levels;
mod local;
mod lock;
mod lsp;
mod manifest;
mod plan;
mod prune;
mod reading;
mod rollback;
mod sandbox;
mod serve;
mod templates;
mod test;
mod trust;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anstream::ColorChoice;

use crate::cli;
use crate::diagnostic::suggest;
use crate::host::{Environment, FileSystem, STANDARD_INPUT};
use crate::platform::{Imitated, Platform};
use crate::printer::OutputOptions;
use crate::scalar::parse_duration;

pub use crate::cli::{Init, InitKind, Schema};
pub use build::{Apply, BuildChoice, Logs};
pub use check::{Check, Compile, Fixes, Platforms};
pub use destination::Destination;
pub use doctor::Doctor;
pub use endpoint::EndpointChoice;
pub use export::Export;
pub use fmt::Fmt;
pub use format::{CheckFormat, Format};
pub use import::Import;
pub use key::{api_key, key_source, names_key, refuse_key};
pub use local::LocalChoice;
pub use lock::{Lock, LockMode};
pub use lsp::Lsp;
pub use manifest::ManifestChoice;
pub use plan::{Plan, PlanFormat};
pub use prune::{Prune, PruneEngine, PruneTags};
pub use reading::Reading;
pub use rollback::Rollback;
pub use sandbox::{Run, SandboxChoice};
pub use serve::Serve;
pub use templates::{Delete, Exists, List, Publish, Remote, Show, Tag, TagAction, template_ref};
pub use test::{Test, TestFormat};
pub use trust::Trust;
pub use verify::Verify;

/// An argument that cannot be used: exit code 2.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl UsageError {
    fn new(message: String, help: impl Into<String>) -> Self {
        Self { message, help: Some(help.into()) }
    }
}

/// A command with its settings.
#[derive(Debug)]
pub enum Command {
    /// `sbx init`
    Init(Init),
    /// `sbx import`
    Import(Import),
    /// `sbx check`
    Check(Check),
    /// `sbx compile`
    Compile(Compile),
    /// `sbx export`
    Export(Export),
    /// `sbx fmt`
    Fmt(Fmt),
    /// `sbx apply`
    Apply(Apply),
    /// `sbx schema`
    Schema(Schema),
    /// `sbx explain`, with the code if there is one.
    Explain(Option<String>),
    /// `sbx doctor`
    Doctor(Doctor),
    /// `sbx serve`
    Serve(Serve),
    /// `sbx lsp`
    Lsp(Lsp),
    /// `sbx completions`, with the script.
    Completions(String),
    /// `sbx run`
    Run(Run),
    /// `sbx shell`
    Shell(SandboxChoice),
    /// `sbx test`
    Test(Test),
    /// `sbx status`
    Status(Vec<BuildChoice>),
    /// `sbx logs`
    Logs(Logs),
    /// `sbx list`
    List(List),
    /// `sbx show`
    Show(Show),
    /// `sbx exists`
    Exists(Exists),
    /// `sbx delete`
    Delete(Delete),
    /// `sbx prune`
    Prune(Prune),
    /// `sbx publish` and `sbx unpublish`
    Publish(Publish),
    /// `sbx tag`
    Tag(Tag),
    /// `sbx rollback`
    Rollback(Rollback),
    /// `sbx verify`
    Verify(Verify),
    /// `sbx plan`
    Plan(Plan),
    /// `sbx lock`
    Lock(Lock),
}

impl Command {
    /// Reads the arguments of a command; `files` says which of them are directories, and
    /// `environment` has the values of the variables in tags.
    ///
    /// # Errors
    /// An argument that cannot be used.
    pub fn from_cli(
        command: cli::Command,
        files: &dyn FileSystem,
        environment: &dyn Environment,
    ) -> Result<Self, UsageError> {
        Ok(match command {
            cli::Command::Init(args) => Self::Init(args),
            cli::Command::Import(args) => Self::Import(import::import(args)?),
            cli::Command::Check(args) => Self::Check(check::check(args, files)?),
            cli::Command::Fmt(args) => Self::Fmt(fmt::fmt(&args, files)?),
            cli::Command::Compile(args) => Self::Compile(check::compile(args, files)?),
            cli::Command::Apply(args) => Self::Apply(build::apply(args, files, environment)?),
            cli::Command::Export(args) => Self::Export(export::export(args, files)?),
            cli::Command::Run(args) => Self::Run(sandbox::run(args, files)?),
            cli::Command::Shell(args) => Self::Shell(sandbox::shell(args, files)?),
            cli::Command::Test(args) => Self::Test(test::test(args, files)?),
            cli::Command::Schema(args) => Self::Schema(args),
            cli::Command::Explain(args) => Self::Explain(args.code),
            cli::Command::Doctor(args) => Self::Doctor(doctor::doctor(args)),
            cli::Command::Serve(args) => Self::Serve(serve::serve(args)),
            cli::Command::Lsp(args) => Self::Lsp(lsp::lsp(args)?),
            cli::Command::Completions(args) => {
                Self::Completions(cli::completion_script(args.shell))
            }
            cli::Command::Status(args) => Self::Status(build::builds(args.build, files)?),
            cli::Command::Logs(args) => Self::Logs(build::logs(args, files)?),
            cli::Command::List(args) => Self::List(templates::list(args)?),
            cli::Command::Show(args) => Self::Show(templates::show(args, files)?),
            cli::Command::Exists(args) => Self::Exists(templates::exists(args, files)?),
            cli::Command::Delete(args) => Self::Delete(templates::delete(args)?),
            cli::Command::Prune(args) => Self::Prune(prune::prune(args)?),
            cli::Command::Publish(args) => Self::Publish(templates::publish(args, true)?),
            cli::Command::Unpublish(args) => Self::Publish(templates::publish(args, false)?),
            cli::Command::Tag(args) => Self::Tag(templates::tag(args)?),
            cli::Command::Lock(args) => Self::Lock(lock::lock(args, files)?),
            cli::Command::Plan(args) => Self::Plan(plan::plan(args, files, environment)?),
            cli::Command::Verify(args) => Self::Verify(verify::verify(args, files, environment)?),
            cli::Command::Rollback(args) => {
                Self::Rollback(rollback::rollback(args, files, environment)?)
            }
        })
    }
}

/// What every command prints, and how.
#[must_use]
pub fn output_options(global: &cli::Global) -> OutputOptions {
    let color = match global.color {
        cli::When::Auto => ColorChoice::Auto,
        cli::When::Always => ColorChoice::Always,
        cli::When::Never => ColorChoice::Never,
    };
    OutputOptions { color, quiet: global.quiet, verbose: global.verbose }
}

/// The path of a manifest; a directory stands for the `sandbox.toml` in it.
fn manifest_at(file: &Path, files: &dyn FileSystem) -> PathBuf {
    if files.is_dir(file) { file.join("sandbox.toml") } else { file.to_owned() }
}

/// The same for commands that only read manifests, for which `-` stands for standard input.
fn readable_at(file: &Path, files: &dyn FileSystem) -> PathBuf {
    if file == Path::new("-") {
        return PathBuf::from(STANDARD_INPUT);
    }
    manifest_at(file, files)
}

fn platform(given: Option<&cli::PlatformName>) -> Result<Option<Platform>, UsageError> {
    let Some(cli::PlatformName { name, variable }) = given.filter(|it| !it.name.is_empty()) else {
        return Ok(None);
    };
    Platform::find(name).map(Some).ok_or_else(|| {
        let names = Platform::names();
        let help = match suggest::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("choose {}", suggest::any_of(&names)),
        };
        let origin = variable.as_ref().map(|name| format!(" from `{name}`")).unwrap_or_default();
        UsageError::new(format!("`{name}`{origin} is not a platform"), help)
    })
}

/// Whose rules the local platform follows; `None` if the arguments do not say.
fn imitated(args: &cli::AsArg) -> Option<Imitated> {
    args.imitated.map(|name| match name {
        cli::ImitatedName::Novita => Imitated::Novita,
        cli::ImitatedName::E2b => Imitated::E2b,
    })
}

fn duration(text: Option<&str>, option: &str) -> Result<Option<Duration>, UsageError> {
    let Some(text) = text else { return Ok(None) };
    let duration = parse_duration(text).filter(|duration| !duration.is_zero());
    duration.map(Some).ok_or_else(|| {
        let help = "write a number and its unit, such as 500ms, 90s, 30m or 1h";
        UsageError::new(format!("`{text}` is not a duration for `{option}`"), help)
    })
}
