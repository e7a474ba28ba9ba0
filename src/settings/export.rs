//! The settings of `sbx export`.

use std::path::PathBuf;

use super::levels::levels;
use super::manifest::{ManifestChoice, one_profile};
use super::reading::{Reading, reading};
use super::{Format, UsageError, platform, readable_at};
use crate::cli;
use crate::diagnostic::Levels;
use crate::export::Target;
use crate::host::FileSystem;
use crate::platform::Platform;

/// `sbx export`
#[derive(Debug)]
pub struct Export {
    /// What the manifest is exported to.
    pub target: Target,
    /// The manifest.
    pub manifest: ManifestChoice,
    /// The platform that overrides the manifest's.
    pub platform: Option<Platform>,
    /// How the manifest is read.
    pub reading: Reading,
    /// Lint levels.
    pub levels: Levels,
    /// The file to write; standard output if it is `None`.
    pub output: Option<PathBuf>,
    /// Whether an existing file is overwritten.
    pub force: bool,
    /// The format of the report.
    pub format: Format,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
}

pub(super) fn export(args: cli::Export, files: &dyn FileSystem) -> Result<Export, UsageError> {
    Ok(Export {
        target: match args.target {
            cli::ExportTarget::Dockerfile => Target::Dockerfile,
            cli::ExportTarget::Python => Target::Python,
            cli::ExportTarget::TypeScript => Target::TypeScript,
            cli::ExportTarget::Declaw => Target::Declaw,
        },
        manifest: ManifestChoice {
            file: readable_at(&args.file, files),
            profile: one_profile(&args.manifest.profile)?,
        },
        platform: platform(args.platform.platform.as_ref())?,
        reading: reading(args.manifest),
        levels: levels(&args.lints)?,
        output: args.output,
        force: args.force,
        format: args.format.into(),
        hash_cache: !args.hash_cache.no_hash_cache,
    })
}
