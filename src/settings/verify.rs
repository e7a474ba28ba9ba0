//! The settings of `sbx verify`.

use std::path::PathBuf;

use super::endpoint::endpoint;
use super::local::local;
use super::templates::{Remote, tags};
use super::trust::{Trust, trust};
use super::{UsageError, imitated, manifest_at, platform};
use crate::cli;
use crate::host::FileSystem;
use crate::platform::Imitated;

/// `sbx verify`
#[derive(Debug)]
pub struct Verify {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The tags that are verified in addition to those of the manifests.
    pub tags: Vec<String>,
    /// The platform.
    pub remote: Remote,
    /// Whose rules the local platform follows, if the arguments say so.
    pub imitated: Option<Imitated>,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
    /// What the manifests may do.
    pub trust: Trust,
}

pub(super) fn verify(args: cli::Verify, files: &dyn FileSystem) -> Result<Verify, UsageError> {
    let remote = Remote {
        platform: platform(args.platform.platform.as_ref())?,
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
        manifest: None,
        format: args.format.into(),
    };
    Ok(Verify {
        files: args.files.iter().map(|file| manifest_at(file, files)).collect(),
        tags: tags(args.tags)?,
        remote,
        imitated: imitated(&args.imitated),
        hash_cache: !args.hash_cache.no_hash_cache,
        trust: trust(args.trust),
    })
}
