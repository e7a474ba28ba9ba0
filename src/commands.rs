//! The commands, one file each. Only they combine the stages.

mod apply;
mod check;
mod compile;
mod consent;
mod delete;
mod deployed;
mod doctor;
mod engine;
mod exists;
mod explain;
mod export;
mod fmt;
mod graph;
mod image_build;
mod imitation;
mod import;
mod init;
mod list;
mod lock;
mod logs;
mod lsp;
mod new_manifest;
mod online;
mod outcome;
mod plan;
mod promotion;
mod prune;
mod publish;
mod recorded;
mod redacting_host;
mod remember;
mod remote;
mod report;
mod resolved_build;
mod resume;
mod rollback;
mod run;
mod sandbox;
mod schema;
mod serve;
mod shell;
mod show;
mod signals;
mod status;
mod table;
mod tag;
mod target;
mod test;
mod testing;
mod verify;
mod write;

use std::path::Path;

use secrecy::ExposeSecret as _;

use crate::context::HashCache;
use crate::diagnostic::{Code, Diagnostics, Levels, Quota, Summary, render};
use crate::host::Host;
use crate::pipeline::{self, Analysis, Options};
use crate::platform::Platform;
use crate::printer::{Printer, Stream};
use crate::registry;
use crate::settings::{Command, EndpointChoice, Reading, UsageError};
use crate::source::SourceMap;
use crate::trust::KeyFile;
use redacting_host::RedactingHost;

/// The exit code of a command. Of several manifests, the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Success.
    Done,
    /// The manifest is wrong, or the build failed.
    Wrong,
    /// An argument cannot be used.
    Usage,
    /// The platform could not be reached, refused, or did not finish in time; or output could not
    /// be written.
    Platform,
    /// `sbx plan --exit-code`: something would change.
    Changes,
    /// Interrupted by Ctrl-C, SIGTERM or SIGHUP. A build that was started goes on, except on a local
    /// platform that ends with the command.
    Interrupted,
    /// A command in a sandbox ended with this code, or `sbx run` itself failed with 125.
    Sandbox(u8),
}

impl Exit {
    /// A failure of `sbx` itself in a command that passes on the exit code of another program, as
    /// other programs of this kind have it.
    pub const OWN_FAILURE: Self = Self::Sandbox(125);

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Wrong => 1,
            Self::Usage => 2,
            Self::Platform => 3,
            Self::Changes => 4,
            Self::Interrupted => 130,
            Self::Sandbox(code) => code,
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self { exit: Exit::Usage, message: error.message, help: error.help }
    }
}

/// The options of an analysis.
fn options(
    platform: Option<Platform>,
    levels: &Levels,
    reading: &Reading,
    host: &dyn Host,
) -> Options {
    Options {
        platform,
        imitated: reading.imitated.unwrap_or_default(),
        levels: levels.clone(),
        locked: reading.locked,
        allow_outside: reading.trust.outside.clone(),
        key_files: KeyFile::all(host),
        same_machine: same_machine(&EndpointChoice::default(), host),
        ..Options::default()
    }
}

/// The platforms whose API is on this machine.
fn same_machine(choice: &EndpointChoice, host: &dyn Host) -> Vec<Platform> {
    let is_near = |platform: &Platform| {
        let access = platform.facts().access.as_ref();
        let url = access.and_then(|access| choice.api_url(access, host).ok());
        url.is_some_and(|url| registry::is_local(&url))
    };
    Platform::ALL.iter().copied().filter(is_near).collect()
}

/// Analyses a manifest; what it holds of secrets is kept out of all output from now on.
fn analyze(host: &dyn Host, file: &Path, options: impl Into<Options>) -> Analysis {
    let analysis = pipeline::analyze(host, file, options);
    for secret in &analysis.secrets {
        host.register_secret(secret.text.expose_secret());
    }
    analysis
}

/// What a lock does not have that its manifest needs, unless that is silenced.
fn stale_lock(analysis: &Analysis) -> Vec<String> {
    let diagnostics = analysis.diagnostics.sorted().into_iter();
    let stale = diagnostics.filter(|diagnostic| diagnostic.code == Code::StaleLock);
    stale.map(|diagnostic| format!("{}: `sbx lock` adds it", diagnostic.message)).collect()
}

/// Why a manifest cannot be read, if it cannot.
fn unreadable(analysis: &Analysis) -> Option<String> {
    let mut diagnostics = analysis.diagnostics.iter();
    let found = diagnostics.find(|diagnostic| diagnostic.code == Code::UnreadableFile);
    found.map(|diagnostic| diagnostic.message.clone())
}

/// The failure of a command that takes the template from a manifest, which names none or is
/// `unreadable`.
fn names_no_template(manifest: &Path, unreadable: Option<String>) -> Failure {
    if let Some(unreadable) = unreadable {
        return Failure::new(Exit::Usage, unreadable);
    }
    Failure::new(Exit::Usage, format!("`{}` names no template", manifest.display()))
        .help("`sbx check` shows what is wrong with the manifest")
}

/// Prints diagnostics and their number on standard error.
fn show(printer: &Printer, diagnostics: &Diagnostics, sources: &SourceMap) {
    let sorted = diagnostics.sorted();
    let mut quota = Quota::default();
    for diagnostic in sorted.iter().filter(|diagnostic| quota.admits(diagnostic)) {
        printer.diagnostic(Stream::Err, diagnostic, sources);
    }
    if let Some(note) = quota.note() {
        printer.note(&note);
    }
    if diagnostics.has_blocking() {
        let name = sources.manifest().name();
        printer.note(&format!("{name}: {}", render::summary(Summary::of(&sorted))));
    }
}

/// The cache of files' hashes; one that is off unless `enabled`.
fn hash_cache(enabled: bool, host: &dyn Host) -> HashCache {
    let directory = host.cache_directory().filter(|_| enabled);
    directory.map_or_else(HashCache::off, |directory| HashCache::within(&directory))
}

/// Runs a command.
pub fn run(command: Command, host: &dyn Host, printer: &mut Printer) -> Exit {
    let discreet = RedactingHost::new(host, printer.redaction().clone());
    let host = match &command {
        // The output is to hold the secrets.
        Command::Compile(settings) if settings.show_secrets => host,
        _ => &discreet,
    };
    let result = match command {
        Command::Init(settings) => init::run(&settings, host, printer),
        Command::Import(settings) => import::run(&settings, host, printer),
        Command::Check(settings) => check::run(&settings, host, printer),
        Command::Fmt(settings) => Ok(fmt::run(&settings, host, printer)),
        Command::Compile(settings) => compile::run(&settings, host, printer),
        Command::Export(settings) => export::run(&settings, host, printer),
        Command::Apply(settings) => apply::run(&settings, host, printer),
        Command::Run(settings) => run::run(&settings, host, printer),
        Command::Shell(settings) => shell::run(&settings, host, printer),
        Command::Test(settings) => test::run(&settings, host, printer),
        Command::Schema(settings) => Ok(schema::run(settings, printer)),
        Command::Explain(code) => explain::run(code.as_deref(), printer),
        Command::Doctor(settings) => doctor::run(&settings, host, printer),
        Command::Serve(settings) => serve::run(&settings, host, printer),
        Command::Lsp(settings) => lsp::run(&settings, host, printer),
        Command::Completions(script) => {
            printer.data(&script);
            Ok(Exit::Done)
        }
        Command::Status(settings) => status::run(&settings, host, printer),
        Command::Logs(settings) => logs::run(&settings, host, printer),
        Command::List(settings) => list::run(&settings, host, printer),
        Command::Show(settings) => show::run(&settings, host, printer),
        Command::Exists(settings) => exists::run(&settings, host, printer),
        Command::Delete(settings) => delete::run(&settings, host, printer),
        Command::Prune(settings) => prune::run(&settings, host, printer),
        Command::Publish(settings) => publish::run(&settings, host, printer),
        Command::Tag(settings) => tag::run(&settings, host, printer),
        Command::Lock(settings) => lock::run(&settings, host, printer),
        Command::Plan(settings) => plan::run(&settings, host, printer),
        Command::Verify(settings) => verify::run(&settings, host, printer),
        Command::Rollback(settings) => rollback::run(&settings, host, printer),
    };
    let exit = result.unwrap_or_else(|failure| {
        printer.failure(&failure.message, failure.help.as_deref());
        failure.exit
    });
    write::finish(printer, exit)
}
