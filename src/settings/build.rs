//! The settings of `sbx apply`, `sbx status` and `sbx logs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::destination::{Destination, destination};
use super::levels::levels;
use super::manifest::{DEFAULT, ManifestChoice, choices, one_profile, profiles};
use super::reading::{Reading, sending};
use super::templates::{expanded, new_tags};
use super::trust::{Trust, consent};
use super::{Format, UsageError, duration, manifest_at};
use crate::cli;
use crate::diagnostic::Levels;
use crate::host::{Environment, FileSystem};
use crate::scalar::LogLevel;

/// `sbx apply`
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    /// The manifests.
    pub manifests: Vec<ManifestChoice>,
    /// Where the templates are built.
    pub destination: Destination,
    /// Lint levels.
    pub levels: Levels,
    /// How the manifests are read.
    pub reading: Reading,
    /// Tags to add to those of the manifest.
    pub tags: Vec<String>,
    /// Whether to build what is up to date.
    pub rebuild: bool,
    /// Whether to run the tests of the manifests.
    pub test: bool,
    /// Whether to move tags that another client has moved meanwhile.
    pub force: bool,
    /// Whether to rebuild every layer.
    pub no_cache: bool,
    /// Whether to delete an existing template of the same name.
    pub replace: bool,
    /// Whether to return when the build has started.
    pub background: bool,
    /// Whether to send nothing.
    pub dry_run: bool,
    /// Whether to check that the image exists in its registry.
    pub image_check: bool,
    /// How long to wait for the build.
    pub timeout: Option<Duration>,
    /// The lowest level of log entries to print.
    pub level: LogLevel,
    /// The format of what is reported.
    pub format: Format,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
    /// How many manifests are built at once, at most.
    pub jobs: usize,
}

/// The build that arguments select.
#[derive(Debug, Clone)]
pub struct BuildChoice {
    /// The manifest, if one was given.
    pub file: Option<PathBuf>,
    /// Its profile.
    pub profile: Option<String>,
    /// The IDs of the template and the build; `None` selects the manifest's last build.
    pub ids: Option<(String, String)>,
    /// Where the template is built.
    pub destination: Destination,
    /// What the manifest may do.
    pub trust: Trust,
    /// The format of what is reported.
    pub format: Format,
}

/// `sbx logs`
#[derive(Debug)]
pub struct Logs {
    /// The build.
    pub build: BuildChoice,
    /// Whether to follow the log to the end of the build.
    pub follow: bool,
    /// How long to wait for the build.
    pub timeout: Option<Duration>,
    /// The lowest level of log entries to print.
    pub level: LogLevel,
}

pub(super) fn apply(
    args: cli::Apply,
    files: &dyn FileSystem,
    environment: &dyn Environment,
) -> Result<Apply, UsageError> {
    if args.files.iter().any(|file| file == Path::new("-")) {
        // The record of a build is kept by its manifest's path.
        let help = "write the manifest into a file; `sbx check -` and `sbx compile -` read it";
        return Err(UsageError::new("cannot apply standard input".to_owned(), help));
    }
    let tags = new_tags(expanded(&args.tags, environment)?)?;
    let manifests = choices(&args.files, &args.manifest.profile, files);
    let mut reading = sending(args.manifest, args.consent);
    reading.trust.push = args.allow_push;
    Ok(Apply {
        manifests,
        destination: destination(args.target)?,
        levels: levels(&args.lints)?,
        reading,
        tags,
        rebuild: args.rebuild || args.no_cache,
        test: !args.no_test,
        force: args.force,
        no_cache: args.no_cache,
        replace: args.replace,
        background: args.background,
        dry_run: args.dry_run,
        image_check: !args.no_image_check,
        timeout: duration(args.timeout.as_deref(), "--timeout")?,
        level: log_level(&args.level),
        format: args.format.into(),
        hash_cache: !args.hash_cache.no_hash_cache,
        jobs: usize::from(args.jobs),
    })
}

pub(super) fn logs(args: cli::Logs, files: &dyn FileSystem) -> Result<Logs, UsageError> {
    Ok(Logs {
        build: one_build(args.build, files)?,
        follow: args.follow,
        timeout: duration(args.timeout.as_deref(), "--timeout")?,
        level: log_level(&args.level),
    })
}

/// Several manifests select their last builds; else the words are those of one build.
pub(super) fn builds(
    mut args: cli::BuildArgs,
    files: &dyn FileSystem,
) -> Result<Vec<BuildChoice>, UsageError> {
    let are_manifests = args.build.iter().all(|word| is_manifest(word, files));
    let several = args.build.len() > 1 || profiles(&args.profile).len() > 1;
    if !(several && are_manifests) {
        return Ok(vec![one_build(args, files)?]);
    }
    let mut given: Vec<_> = std::mem::take(&mut args.build).iter().map(PathBuf::from).collect();
    if given.is_empty() {
        given.push(PathBuf::from(DEFAULT));
    }
    let manifests = choices(&given, &args.profile, files);
    args.profile.profiles.clear();
    let choice = one_build(args, files)?;
    let of = |manifest: ManifestChoice| BuildChoice {
        file: Some(manifest.file),
        profile: manifest.profile,
        ..choice.clone()
    };
    Ok(manifests.into_iter().map(of).collect())
}

/// Whether a word is the path of a manifest: it looks like a path, or something is there.
fn is_manifest(word: &str, files: &dyn FileSystem) -> bool {
    let path = Path::new(word);
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    is_toml || word.contains('/') || files.metadata(path).is_ok()
}

/// One word selects a manifest, two words a build, three words both.
fn one_build(args: cli::BuildArgs, files: &dyn FileSystem) -> Result<BuildChoice, UsageError> {
    if args.build.len() > 3 {
        let help = "give manifests, or the two IDs of a build, optionally after its manifest";
        return Err(UsageError::new("too many arguments for one build".to_owned(), help));
    }
    let mut words = args.build.into_iter();
    let file = (words.len() % 2 == 1).then(|| words.next()).flatten();
    let ids = words.next().zip(words.next());
    for id in ids.iter().flat_map(|(template, build)| [template, build]) {
        // An ID becomes a segment of a URL's path, where a dot alone has another meaning.
        if id.is_empty() || id == "." || id == ".." {
            let help = "`sbx apply` prints both IDs when the build is registered";
            return Err(UsageError::new(format!("`{id}` is not an ID"), help));
        }
        if Path::new(id).extension().is_some_and(|extension| extension == "toml") {
            let help = "give one manifest, or the two IDs of a build";
            return Err(UsageError::new(format!("`{id}` is a manifest, not an ID"), help));
        }
        if id.contains('/') {
            let help = "an ID contains no `/`; give one manifest, or the two IDs of a build";
            return Err(UsageError::new(format!("`{id}` is not an ID"), help));
        }
        if files.metadata(Path::new(id)).is_ok() {
            let help =
                "give manifests, or the two IDs of a build; if one is missing, check its path";
            return Err(UsageError::new(format!("`{id}` is a path, not an ID"), help));
        }
    }
    Ok(BuildChoice {
        file: file.map(|file| manifest_at(Path::new(&file), files)),
        profile: one_profile(&args.profile)?,
        ids,
        destination: destination(args.target)?,
        trust: consent(args.trust, args.consent),
        format: args.format.into(),
    })
}

const fn log_level(arg: &cli::LevelArg) -> LogLevel {
    match arg.level {
        cli::Level::Debug => LogLevel::Debug,
        cli::Level::Info => LogLevel::Info,
        cli::Level::Warn => LogLevel::Warn,
        cli::Level::Error => LogLevel::Error,
    }
}
