//! The settings of `sbx verify`.

use std::path::PathBuf;

use super::destination::destination;
use super::reading::{Reading, reading};
use super::templates::{Remote, tags};
use super::{UsageError, manifest_at};
use crate::cli;
use crate::host::FileSystem;

/// `sbx verify`
#[derive(Debug)]
pub struct Verify {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The tags that are verified in addition to those of the manifests.
    pub tags: Vec<String>,
    /// The platform.
    pub remote: Remote,
    /// How the manifests are read.
    pub reading: Reading,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
}

pub(super) fn verify(args: cli::Verify, files: &dyn FileSystem) -> Result<Verify, UsageError> {
    let remote = Remote {
        destination: destination(args.target)?,
        manifest: None,
        format: args.format.into(),
    };
    Ok(Verify {
        files: args.files.iter().map(|file| manifest_at(file, files)).collect(),
        tags: tags(args.tags)?,
        remote,
        reading: reading(args.manifest),
        hash_cache: !args.hash_cache.no_hash_cache,
    })
}
