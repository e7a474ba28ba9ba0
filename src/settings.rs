//! Arguments and environment become settings here; commands never see clap.

mod build;
mod endpoint;
mod key;
mod levels;
mod templates;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli;
use crate::diagnostic::{Levels, suggest};
use crate::platform::Platform;
use crate::scalar::parse_duration;

pub use build::{Apply, BuildChoice, Logs};
pub use endpoint::{Endpoint, EndpointChoice};
pub use key::{api_key, file_variable, names_key, refuse_key};
pub use templates::{Delete, Exists, List, Publish, Reference, Remote, Show, Tag, TagAction};

/// Arguments that cannot be understood: exit code 2.
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

/// A verb with all it needs.
#[derive(Debug)]
pub enum Command {
    /// `sbx init`
    Init(Init),
    /// `sbx check`
    Check(Check),
    /// `sbx compile`
    Compile(Compile),
    /// `sbx apply`
    Apply(Apply),
    /// `sbx schema`
    Schema(SchemaForm),
    /// `sbx explain`
    Explain(Option<String>),
    /// `sbx serve`
    Serve(Serve),
    /// `sbx completions`
    Completions(clap_complete::Shell),
    /// `sbx status`
    Status(BuildChoice),
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
    /// `sbx publish` and `sbx unpublish`
    Publish(Publish),
    /// `sbx tag`
    Tag(Tag),
}

/// `sbx init`
#[derive(Debug)]
pub struct Init {
    /// The directory to write in.
    pub directory: PathBuf,
    /// The template's name.
    pub name: Option<String>,
    /// Whether to overwrite.
    pub force: bool,
}

/// `sbx check`
#[derive(Debug)]
pub struct Check {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The platforms to check for.
    pub platforms: Platforms,
    /// The form of the report.
    pub format: cli::CheckFormat,
    /// Whether to ask registries.
    pub online: bool,
    /// What becomes of warnings.
    pub levels: Levels,
    /// Which fixes are made.
    pub fixes: Fixes,
}

/// Which fixes a check makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixes {
    /// None.
    None,
    /// Those that are safe.
    Safe,
    /// Those that are proposed, too.
    All,
}

/// The platforms that a manifest is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platforms {
    /// The one that wins over the manifest's, or the manifest's own.
    One(Option<Platform>),
    /// Every one.
    All,
}

/// `sbx compile`
#[derive(Debug)]
pub struct Compile {
    /// The manifest.
    pub file: PathBuf,
    /// The platform that wins over the manifest's.
    pub platform: Option<Platform>,
    /// What becomes of warnings.
    pub levels: Levels,
    /// Whether to print every request.
    pub requests: bool,
    /// Whether to print secrets.
    pub show_secrets: bool,
    /// Where to write.
    pub output: Option<PathBuf>,
    /// Whether to keep the hashes of files, and use those that are kept.
    pub hash_cache: bool,
}

/// What `sbx schema` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaForm {
    /// The JSON Schema.
    Json,
    /// The language reference.
    Reference,
}

/// `sbx serve`
#[derive(Debug)]
pub struct Serve {
    /// The address.
    pub listen: SocketAddr,
    /// The data directory.
    pub data: Option<PathBuf>,
    /// The variable that holds the clients' key.
    pub api_key_env: Option<String>,
}

impl Command {
    /// Makes settings of arguments.
    ///
    /// # Errors
    /// An argument that cannot be understood.
    pub fn from_cli(command: cli::Command) -> Result<Self, UsageError> {
        Ok(match command {
            cli::Command::Init(args) => {
                Self::Init(Init { directory: args.directory, name: args.name, force: args.force })
            }
            cli::Command::Check(args) => Self::Check(Check {
                files: args.files.iter().map(|file| manifest_at(file)).collect(),
                platforms: match args.platform.as_deref() {
                    Some("all") => Platforms::All,
                    name => Platforms::One(platform(name)?),
                },
                format: args.format,
                online: args.online,
                levels: levels::levels(&args.lints)?,
                fixes: match (args.fix, args.unsafe_fixes) {
                    (false, _) => Fixes::None,
                    (true, false) => Fixes::Safe,
                    (true, true) => Fixes::All,
                },
            }),
            cli::Command::Compile(args) => Self::Compile(Compile {
                file: manifest_at(&args.file),
                platform: platform(args.platform.platform.as_deref())?,
                levels: levels::levels(&args.lints)?,
                requests: args.requests,
                show_secrets: args.show_secrets,
                output: args.output,
                hash_cache: !args.hash_cache.no_hash_cache,
            }),
            cli::Command::Apply(args) => Self::Apply(build::apply(args)?),
            cli::Command::Schema(args) => {
                Self::Schema(if args.reference { SchemaForm::Reference } else { SchemaForm::Json })
            }
            cli::Command::Explain(args) => Self::Explain(args.code),
            cli::Command::Serve(args) => Self::Serve(Serve {
                listen: args.listen,
                data: args.data,
                api_key_env: args.api_key_env,
            }),
            cli::Command::Completions(args) => Self::Completions(args.shell),
            cli::Command::Status(args) => Self::Status(build::build_choice(args.build)?),
            cli::Command::Logs(args) => Self::Logs(build::logs(args)?),
            cli::Command::List(args) => Self::List(templates::list(args)?),
            cli::Command::Show(args) => Self::Show(templates::show(args)?),
            cli::Command::Exists(args) => Self::Exists(templates::exists(args)?),
            cli::Command::Delete(args) => Self::Delete(templates::delete(args)?),
            cli::Command::Publish(args) => Self::Publish(templates::publish(args, true)?),
            cli::Command::Unpublish(args) => Self::Publish(templates::publish(args, false)?),
            cli::Command::Tag(args) => Self::Tag(templates::tag(args)?),
        })
    }
}

/// A directory means the `sandbox.toml` in it.
fn manifest_at(file: &Path) -> PathBuf {
    if file.is_dir() { file.join("sandbox.toml") } else { file.to_owned() }
}

fn platform(name: Option<&str>) -> Result<Option<Platform>, UsageError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    Platform::find(name).map(Some).ok_or_else(|| {
        let names = Platform::names();
        let help = match suggest::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("choose {}", suggest::any_of(&names)),
        };
        UsageError::new(format!("`{name}` is not a platform"), help)
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
