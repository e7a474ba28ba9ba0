//! Arguments and environment become settings here; commands never see clap.

mod key;
mod templates;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::check::tag_fault;
use crate::cli;
use crate::diagnostic::level::Subject;
use crate::diagnostic::{Code, Level, Levels, Severity, suggest};
use crate::host::Host;
use crate::platform::{Access, Addressing, Platform};
use crate::scalar::parse_duration;
use crate::wire::e2b::LogLevel;

pub use key::{api_key, file_variable, names_key};
pub use templates::{Delete, Exists, List, Publish, Reference, Remote, Show, Tag, TagAction};

/// The time that one request may take unless another is asked for.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

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

/// `sbx apply`
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The platform that wins over the manifest's.
    pub platform: Option<Platform>,
    /// Where the platform is, as far as arguments say.
    pub endpoint: EndpointChoice,
    /// What becomes of warnings.
    pub levels: Levels,
    /// More labels of the build.
    pub tags: Vec<String>,
    /// Whether to build every layer anew.
    pub no_cache: bool,
    /// Whether to delete a template that has the name already.
    pub replace: bool,
    /// Whether to return when the build has started.
    pub background: bool,
    /// Whether to send nothing.
    pub dry_run: bool,
    /// Whether to ask the image's registry whether the image is there.
    pub image_check: bool,
    /// When to give up.
    pub timeout: Option<Duration>,
    /// The least level of log entries to show.
    pub level: LogLevel,
    /// The form of progress.
    pub format: cli::ApplyFormat,
    /// Where the embedded platform keeps its data.
    pub data: Option<PathBuf>,
    /// Whether to keep the hashes of files, and use those that are kept.
    pub hash_cache: bool,
    /// How many manifests are built at once.
    pub jobs: usize,
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

/// A build that arguments name.
#[derive(Debug)]
pub struct BuildChoice {
    /// The manifest, if one is named.
    pub file: Option<PathBuf>,
    /// The IDs of the template and the build; without them the manifest's last build is meant.
    pub ids: Option<(String, String)>,
    /// The platform that wins over what is remembered and over the manifest's.
    pub platform: Option<Platform>,
    /// Where the platform is, as far as arguments say.
    pub endpoint: EndpointChoice,
    /// The form of the report.
    pub format: cli::ApplyFormat,
    /// Where the embedded platform keeps its data.
    pub data: Option<PathBuf>,
}

/// `sbx logs`
#[derive(Debug)]
pub struct Logs {
    /// The build.
    pub build: BuildChoice,
    /// Whether to go on to its end.
    pub follow: bool,
    /// When to give up.
    pub timeout: Option<Duration>,
    /// The least level of log entries to print.
    pub level: LogLevel,
}

/// Where a platform is, as far as arguments say; they hold no password.
#[derive(Debug)]
pub struct EndpointChoice {
    /// The API's URL.
    pub api_url: Option<Url>,
    /// The domain.
    pub domain: Option<String>,
    /// The time that one request may take.
    pub request_timeout: Duration,
}

/// Where a platform is and how to sign in there.
#[derive(Clone)]
pub struct Endpoint {
    /// The API's URL, without a final `/`.
    pub api_url: Url,
    /// The key; `None` for a local platform that wants none.
    pub api_key: Option<SecretString>,
    /// The time that one request may take.
    pub request_timeout: Duration,
}

impl fmt::Debug for Endpoint {
    /// A URL may hold a password, so only its host is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("host", &self.api_url.host_str())
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
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
                levels: levels(&args.lints)?,
                fixes: match (args.fix, args.unsafe_fixes) {
                    (false, _) => Fixes::None,
                    (true, false) => Fixes::Safe,
                    (true, true) => Fixes::All,
                },
            }),
            cli::Command::Compile(args) => Self::Compile(Compile {
                file: manifest_at(&args.file),
                platform: platform(args.platform.platform.as_deref())?,
                levels: levels(&args.lints)?,
                requests: args.requests,
                show_secrets: args.show_secrets,
                output: args.output,
                hash_cache: !args.hash_cache.no_hash_cache,
            }),
            cli::Command::Apply(args) => Self::Apply(apply(args)?),
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
            cli::Command::Status(args) => Self::Status(build_choice(args.build)?),
            cli::Command::Logs(args) => Self::Logs(Logs {
                build: build_choice(args.build)?,
                follow: args.follow,
                timeout: duration(args.timeout.as_deref(), "--timeout")?,
                level: log_level(args.level),
            }),
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

fn apply(args: cli::Apply) -> Result<Apply, UsageError> {
    for tag in &args.tags {
        if let Some(reason) = tag_fault(tag) {
            return Err(UsageError::new(format!("`{tag}` is not a tag"), reason));
        }
    }
    Ok(Apply {
        files: args.files.iter().map(|file| manifest_at(file)).collect(),
        platform: platform(args.platform.platform.as_deref())?,
        endpoint: endpoint(args.endpoint)?,
        levels: levels(&args.lints)?,
        tags: args.tags,
        no_cache: args.no_cache,
        replace: args.replace,
        background: args.background,
        dry_run: args.dry_run,
        image_check: !args.no_image_check,
        timeout: duration(args.timeout.as_deref(), "--timeout")?,
        level: log_level(args.level),
        format: args.format,
        data: args.data,
        hash_cache: !args.hash_cache.no_hash_cache,
        jobs: usize::from(args.jobs),
    })
}

const fn log_level(level: cli::Level) -> LogLevel {
    match level {
        cli::Level::Debug => LogLevel::Debug,
        cli::Level::Info => LogLevel::Info,
        cli::Level::Warn => LogLevel::Warn,
        cli::Level::Error => LogLevel::Error,
    }
}

/// One word names a manifest, two a build, three both.
fn build_choice(args: cli::BuildArgs) -> Result<BuildChoice, UsageError> {
    let mut words = args.build.into_iter();
    let file = (words.len() % 2 == 1).then(|| words.next()).flatten();
    let ids = words.next().zip(words.next());
    for id in ids.iter().flat_map(|(template, build)| [template, build]) {
        // It becomes a part of a path, where a dot alone would mean another one.
        if id.is_empty() || id == "." || id == ".." {
            let help = "`sbx apply` prints both IDs when the build is registered";
            return Err(UsageError::new(format!("`{id}` is not an ID"), help));
        }
    }
    Ok(BuildChoice {
        file: file.map(|file| manifest_at(Path::new(&file))),
        ids,
        platform: platform(args.platform.platform.as_deref())?,
        endpoint: endpoint(args.endpoint)?,
        format: args.format,
        data: args.data,
    })
}

/// Refuses a key that was given as an argument.
///
/// # Errors
/// It was.
pub fn refuse_key(global: &cli::Global) -> Result<(), UsageError> {
    if global.key.is_none() {
        return Ok(());
    }
    let variables: Vec<_> = Platform::ALL
        .iter()
        .filter_map(|platform| platform.facts().access)
        .map(|access| access.key_variable)
        .collect();
    let message = "a key is not taken from the command line: other users of this machine can see \
                   it there, and shells remember it";
    let help = format!(
        "put it into {}, or name its file (mode 0600) in the variable with `_FILE` behind it; a \
         registry's is `{{ env = \"NAME\" }}` in the manifest",
        suggest::any_of(&variables)
    );
    Err(UsageError::new(message.to_owned(), help))
}

fn endpoint(args: cli::EndpointArgs) -> Result<EndpointChoice, UsageError> {
    let timeout = duration(args.request_timeout.as_deref(), "--request-timeout")?;
    if args.api_url.iter().chain(&args.domain).any(|text| text.contains('@')) {
        // It may be anywhere in a text that is no URL, so none of it is repeated.
        let message = "a user name or password is not taken from the command line: other users of \
                       this machine can see it there, and shells remember it";
        let help = "put the URL into the platform's variable, such as `NOVITA_API_URL`";
        return Err(UsageError::new(message.to_owned(), help));
    }
    Ok(EndpointChoice {
        api_url: args.api_url.map(|url| api_url(&url, "--api-url")).transpose()?,
        domain: args.domain,
        request_timeout: timeout.unwrap_or(REQUEST_TIMEOUT),
    })
}

/// The levels that the arguments set.
fn levels(args: &cli::LintArgs) -> Result<Levels, UsageError> {
    let mut levels = Levels::default();
    let given = [(&args.allow, Level::Allow), (&args.warn, Level::Warn), (&args.deny, Level::Deny)];
    for (words, level) in given {
        for word in words {
            let subject = subject(word)?;
            if levels.get(subject).is_some_and(|known| known != level) {
                let message = format!("`{word}` is given two levels");
                return Err(UsageError::new(message, "name it once only"));
            }
            levels.set(subject, level);
        }
    }
    Ok(levels)
}

/// What a level is set for.
fn subject(word: &str) -> Result<Subject, UsageError> {
    if word == Subject::WARNINGS {
        return Ok(Subject::Warnings);
    }
    match Code::find(word) {
        Some(code) if code.severity() == Severity::Warning => Ok(Subject::Code(code)),
        Some(_) => {
            let message = format!("`{word}` is an error, and errors are always reported");
            Err(UsageError::new(message, "`sbx explain` lists the warnings"))
        }
        None => {
            let known = Code::warnings().map(Code::name).chain([Subject::WARNINGS]);
            let help = match suggest::nearest(word, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`sbx explain` lists all of them".to_owned(),
            };
            Err(UsageError::new(format!("`{word}` is not a diagnostic code"), help))
        }
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

fn api_url(text: &str, origin: &str) -> Result<Url, UsageError> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some()).ok_or_else(
        || {
            let help = "write it whole, such as `https://api.example.com`";
            UsageError::new(format!("`{text}` from `{origin}` is not an HTTP URL"), help)
        },
    )
}

impl EndpointChoice {
    /// Where `platform` is: what the arguments say, else the environment, else its own domain.
    ///
    /// # Errors
    /// A domain or URL that cannot be used.
    pub fn api_url(&self, access: &Access, host: &dyn Host) -> Result<Url, UsageError> {
        if let Some(url) = &self.api_url {
            return Ok(url.clone());
        }
        if self.domain.is_none()
            && let Some(url) = host.variable(access.url_variable)
        {
            return api_url(&url, access.url_variable);
        }
        let domain = self.domain.clone().or_else(|| host.variable(access.domain_variable));
        let domain = domain.unwrap_or_else(|| access.domain.to_owned());
        if access.legacy_domains.contains(&domain.as_str()) {
            let message = format!("the domain `{domain}` cannot build templates of this kind");
            return Err(UsageError::new(message, format!("use `{}`", access.domain)));
        }
        let url = match access.addressing {
            Addressing::Below => format!("https://api.{domain}"),
            Addressing::Itself => {
                let plain = domain.rsplit_once(':').is_some_and(|(_, port)| port != "443");
                format!("{}://{domain}", if plain { "http" } else { "https" })
            }
        };
        api_url(&url, access.domain_variable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Env(&'static [(&'static str, &'static str)]);

    impl Host for Env {
        fn read(&self, _: &Path, _: usize) -> std::io::Result<Vec<u8>> {
            Err(std::io::ErrorKind::NotFound.into())
        }

        fn variable(&self, name: &str) -> Option<String> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    }

    fn url_of(domain: Option<&str>, env: &'static [(&str, &str)]) -> Result<String, UsageError> {
        let choice = EndpointChoice {
            api_url: None,
            domain: domain.map(str::to_owned),
            request_timeout: REQUEST_TIMEOUT,
        };
        let access = Platform::Novita.facts().access.expect("novita is reached over the network");
        choice.api_url(&access, &Env(env)).map(|url| url.to_string())
    }

    #[test]
    fn arguments_win_over_the_environment_and_both_over_the_default() {
        assert_eq!(url_of(None, &[]), Ok("https://api.us-phx-1.sandbox.novita.ai/".to_owned()));
        assert_eq!(
            url_of(None, &[("NOVITA_DOMAIN", "x.example")]),
            Ok("https://api.x.example/".to_owned())
        );
        assert_eq!(
            url_of(Some("y.example"), &[("NOVITA_API_URL", "http://127.0.0.1:1")]),
            Ok("https://api.y.example/".to_owned())
        );
        assert_eq!(
            url_of(None, &[("NOVITA_API_URL", "http://127.0.0.1:1"), ("NOVITA_DOMAIN", "x")]),
            Ok("http://127.0.0.1:1/".to_owned())
        );
    }

    #[test]
    fn a_domain_may_be_the_api_itself_and_name_a_port() {
        let access = Platform::Declaw.facts().access.expect("declaw is reached over the network");
        let url = |env| {
            let choice =
                EndpointChoice { api_url: None, domain: None, request_timeout: REQUEST_TIMEOUT };
            choice.api_url(&access, &Env(env)).map(|url| url.to_string())
        };
        assert_eq!(url(&[]), Ok("https://api.declaw.ai/".to_owned()));
        assert_eq!(url(&[("DECLAW_DOMAIN", "x.example")]), Ok("https://x.example/".to_owned()));
        assert_eq!(url(&[("DECLAW_DOMAIN", "x.example:443")]), Ok("https://x.example/".to_owned()));
        assert_eq!(
            url(&[("DECLAW_DOMAIN", "localhost:8080")]),
            Ok("http://localhost:8080/".to_owned())
        );
        assert_eq!(
            url(&[("DECLAW_API_URL", "https://y.example"), ("DECLAW_DOMAIN", "x")]),
            Ok("https://y.example/".to_owned())
        );
    }

    #[test]
    fn a_legacy_domain_is_refused_with_the_one_that_builds() {
        let error = url_of(Some("us-01.sandbox.novita.ai"), &[]).expect_err("refused");
        assert_eq!(error.help.as_deref(), Some("use `us-phx-1.sandbox.novita.ai`"));
    }
}
