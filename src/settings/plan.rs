//! The settings of `sbx plan`.

use super::destination::destination;
use super::manifest::{ManifestChoice, choices};
use super::reading::{Reading, reading};
use super::templates::{Remote, expanded, new_tags};
use super::{Format, UsageError};
use crate::cli;
use crate::host::{Environment, FileSystem};

/// `sbx plan`
#[derive(Debug)]
pub struct Plan {
    /// The manifests.
    pub manifests: Vec<ManifestChoice>,
    /// Whether the exit code says that something would change.
    pub exit_code: bool,
    /// Whether to look up if an image or a template that a build starts from has changed.
    pub online: bool,
    /// The tags in addition to those of the manifests.
    pub tags: Vec<String>,
    /// The platform.
    pub remote: Remote,
    /// How the manifests are read.
    pub reading: Reading,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
    /// The format of the plan.
    pub format: PlanFormat,
}

/// The format of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFormat {
    /// Lines, for people.
    Human,
    /// One JSON object for each manifest.
    Json,
    /// A comment on a pull request.
    Markdown,
}

pub(super) fn plan(
    args: cli::Plan,
    files: &dyn FileSystem,
    environment: &dyn Environment,
) -> Result<Plan, UsageError> {
    let format = match args.format {
        cli::PlanFormat::Human => PlanFormat::Human,
        cli::PlanFormat::Json => PlanFormat::Json,
        cli::PlanFormat::Markdown => PlanFormat::Markdown,
    };
    let remote = Remote {
        destination: destination(args.target)?,
        manifest: None,
        profile: None,
        format: Format::Human,
    };
    Ok(Plan {
        manifests: choices(&args.files, &args.manifest.profile, files),
        exit_code: args.exit_code,
        online: args.online,
        tags: new_tags(expanded(&args.tags, environment)?)?,
        remote,
        reading: reading(args.manifest),
        hash_cache: !args.hash_cache.no_hash_cache,
        format,
    })
}
