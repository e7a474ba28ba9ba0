//! What is built, and which build is meant: `sbx apply`, `sbx status` and `sbx logs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::endpoint::{EndpointChoice, endpoint};
use super::levels::levels;
use super::{UsageError, duration, manifest_at, platform};
use crate::check::tag_fault;
use crate::cli;
use crate::diagnostic::Levels;
use crate::platform::Platform;
use crate::wire::e2b::LogLevel;

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

pub(super) fn apply(args: cli::Apply) -> Result<Apply, UsageError> {
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

pub(super) fn logs(args: cli::Logs) -> Result<Logs, UsageError> {
    Ok(Logs {
        build: build_choice(args.build)?,
        follow: args.follow,
        timeout: duration(args.timeout.as_deref(), "--timeout")?,
        level: log_level(args.level),
    })
}

/// One word names a manifest, two a build, three both.
pub(super) fn build_choice(args: cli::BuildArgs) -> Result<BuildChoice, UsageError> {
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

const fn log_level(level: cli::Level) -> LogLevel {
    match level {
        cli::Level::Debug => LogLevel::Debug,
        cli::Level::Info => LogLevel::Info,
        cli::Level::Warn => LogLevel::Warn,
        cli::Level::Error => LogLevel::Error,
    }
}
