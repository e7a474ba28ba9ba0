//! The settings of `sbx plan`.

use std::path::PathBuf;

use super::endpoint::endpoint;
use super::local::local;
use super::templates::{Remote, new_tags};
use super::trust::{Trust, trust};
use super::{Format, UsageError, imitated, manifest_at, platform};
use crate::cli;
use crate::host::FileSystem;
use crate::platform::Imitated;

/// `sbx plan`
#[derive(Debug)]
pub struct Plan {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// Whether the exit code says that something would change.
    pub exit_code: bool,
    /// Whether to look up if an image or a template that a build starts from has changed.
    pub online: bool,
    /// The tags in addition to those of the manifests.
    pub tags: Vec<String>,
    /// The platform.
    pub remote: Remote,
    /// Whose rules the local platform follows, if the arguments say so.
    pub imitated: Option<Imitated>,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
    /// What the manifests may do.
    pub trust: Trust,
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

pub(super) fn plan(args: cli::Plan, files: &dyn FileSystem) -> Result<Plan, UsageError> {
    let format = match args.format {
        cli::PlanFormat::Human => PlanFormat::Human,
        cli::PlanFormat::Json => PlanFormat::Json,
        cli::PlanFormat::Markdown => PlanFormat::Markdown,
    };
    let remote = Remote {
        platform: platform(args.platform.platform.as_ref())?,
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
        manifest: None,
        format: Format::Human,
    };
    Ok(Plan {
        files: args.files.iter().map(|file| manifest_at(file, files)).collect(),
        exit_code: args.exit_code,
        online: args.online,
        tags: new_tags(args.tags)?,
        remote,
        imitated: imitated(&args.imitated),
        hash_cache: !args.hash_cache.no_hash_cache,
        trust: trust(args.trust),
        format,
    })
}
