//! The settings of `sbx check` and `sbx compile`.

use std::path::{Path, PathBuf};

use super::levels::levels;
use super::manifest::{ManifestChoice, one_profile, selected};
use super::reading::{Reading, reading};
use super::{CheckFormat, UsageError, manifest_at, platform, readable_at};
use crate::cli;
use crate::diagnostic::Levels;
use crate::host::{FileSystem, STANDARD_INPUT};
use crate::platform::Platform;

/// `sbx check`
#[derive(Debug)]
pub struct Check {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The profiles to check, each once; without any, the manifests and all of theirs.
    pub profiles: Vec<Option<String>>,
    /// The platforms to check for.
    pub platforms: Platforms,
    /// How the manifests are read.
    pub reading: Reading,
    /// The format of the report.
    pub format: CheckFormat,
    /// Whether to query image registries.
    pub online: bool,
    /// Lint levels.
    pub levels: Levels,
    /// The fixes to apply.
    pub fixes: Fixes,
    /// Whether to check again after each change.
    pub watch: bool,
    /// The manifest that standard input is.
    pub stdin_path: Option<PathBuf>,
}

/// Which fixes a check applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixes {
    /// None.
    None,
    /// Those that cannot change meaning.
    Safe,
    /// Also those that may change meaning.
    All,
}

/// The platforms that a manifest is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platforms {
    /// The one that overrides the manifest's, or the manifest's own.
    One(Option<Platform>),
    /// Every platform.
    All,
}

/// `sbx compile`
#[derive(Debug)]
pub struct Compile {
    /// The manifest.
    pub manifest: ManifestChoice,
    /// The platform that overrides the manifest's.
    pub platform: Option<Platform>,
    /// How the manifests are read.
    pub reading: Reading,
    /// Lint levels.
    pub levels: Levels,
    /// Whether to print every request.
    pub requests: bool,
    /// Whether to print secrets in plain text.
    pub show_secrets: bool,
    /// The file to write; standard output if it is `None`.
    pub output: Option<PathBuf>,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
}

pub(super) fn check(args: cli::Check, files: &dyn FileSystem) -> Result<Check, UsageError> {
    let mut manifests: Vec<_> = args.files.iter().map(|file| readable_at(file, files)).collect();
    let stdin_path = args.stdin_path.as_deref().map(|path| manifest_at(path, files));
    let format = CheckFormat::from(args.format);
    let mut inputs = manifests.iter_mut().filter(|file| *file == Path::new(STANDARD_INPUT));
    let input = inputs.next();
    if input.is_some() && (args.fix || args.watch) {
        let (option, verb) = if args.fix { ("--fix", "change") } else { ("--watch", "watch") };
        let help = format!("name the file, or leave `{option}` out");
        return Err(UsageError::new(format!("`{option}` cannot {verb} standard input"), help));
    }
    match (&stdin_path, input) {
        (Some(path), Some(input)) => input.clone_from(path),
        (Some(_), None) => {
            let message = "`--stdin-path` is only for standard input".to_owned();
            return Err(UsageError::new(message, "write `sbx check - --stdin-path PATH`"));
        }
        (None, _) => {}
    }
    if args.watch && matches!(format, CheckFormat::Sarif | CheckFormat::Github) {
        let message = "`--watch` has no report in this format".to_owned();
        return Err(UsageError::new(message, "choose human, short or json"));
    }
    Ok(Check {
        files: manifests,
        profiles: selected(&args.manifest.profile),
        platforms: match &args.platform {
            Some(named) if named.name == "all" => Platforms::All,
            named => Platforms::One(platform(named.as_ref())?),
        },
        reading: reading(args.manifest),
        format,
        online: args.online,
        levels: levels(&args.lints)?,
        fixes: match (args.fix, args.unsafe_fixes) {
            (false, _) => Fixes::None,
            (true, false) => Fixes::Safe,
            (true, true) => Fixes::All,
        },
        watch: args.watch,
        stdin_path,
    })
}

pub(super) fn compile(args: cli::Compile, files: &dyn FileSystem) -> Result<Compile, UsageError> {
    Ok(Compile {
        manifest: ManifestChoice {
            file: readable_at(&args.file, files),
            profile: one_profile(&args.manifest.profile)?,
        },
        platform: platform(args.platform.platform.as_ref())?,
        reading: reading(args.manifest),
        levels: levels(&args.lints)?,
        requests: args.requests,
        show_secrets: args.show_secrets,
        output: args.output,
        hash_cache: !args.hash_cache.no_hash_cache,
    })
}
