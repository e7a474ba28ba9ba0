//! The settings of `sbx verify`.

use super::UsageError;
use super::destination::destination;
use super::manifest::{ManifestChoice, choices};
use super::reading::{Reading, reading};
use super::templates::{Remote, expanded, tags};
use crate::cli;
use crate::host::{Environment, FileSystem};

/// `sbx verify`
#[derive(Debug)]
pub struct Verify {
    /// The manifests.
    pub manifests: Vec<ManifestChoice>,
    /// The tags that are verified in addition to those of the manifests.
    pub tags: Vec<String>,
    /// The platform.
    pub remote: Remote,
    /// How the manifests are read.
    pub reading: Reading,
    /// Whether to use and to write the cache of files' hashes.
    pub hash_cache: bool,
}

pub(super) fn verify(
    args: cli::Verify,
    files: &dyn FileSystem,
    environment: &dyn Environment,
) -> Result<Verify, UsageError> {
    let remote = Remote {
        destination: destination(args.target)?,
        manifest: None,
        profile: None,
        format: args.format.into(),
    };
    Ok(Verify {
        manifests: choices(&args.files, &args.manifest.profile, files),
        tags: tags(expanded(&args.tags, environment)?)?,
        remote,
        reading: reading(args.manifest),
        hash_cache: !args.hash_cache.no_hash_cache,
    })
}
