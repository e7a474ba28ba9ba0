//! `sandbox.lock`: what a manifest leaves open, as it was when `sbx lock` was last run.
//!
//! It stands beside the manifest, `NAME.lock` beside `NAME.toml`, and holds inputs alone: digests of
//! images with what the images declare, builds of parent templates, versions of packages. No name,
//! tag, time, or version of `sbx` is in it, so that it changes only if an input does. Only `sbx lock`
//! writes it; every other command reads it.
//!
//! Its text depends on its content alone: entries and variables are sorted, and each fact has its own
//! line, so that two branches that lock different things can be merged line by line.

mod change;
mod conflict;
mod image;
mod needs;
pub mod package;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use change::{image_changes, short_digest};
pub use conflict::recover;
pub use image::{ImageKey, LockedImage};
pub use needs::Needs;
pub use read::{MAX_BYTES, read};
pub use write::write;

/// The version of the format.
const VERSION: i64 = 1;

/// The content of a lock. All of it is sorted by its keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Each image, by the reference without the digest that it is pinned to.
    pub images: BTreeMap<ImageKey, LockedImage>,
    /// The tag of each parent template's build: its digest, or else the build's ID.
    pub templates: BTreeMap<TemplateKey, String>,
    /// The image that was built and pushed of each set of inputs, by their digest.
    pub builds: BTreeMap<String, String>,
    /// The packages with their versions of each step, by the step's words.
    pub packages: BTreeMap<String, Vec<String>>,
}

/// A template that another one starts from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateKey {
    /// `name` or `name:tag`, as the manifest has it.
    pub reference: String,
    /// The name of its platform.
    pub platform: String,
}

impl Lock {
    /// Whether nothing is locked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the lock of a manifest is.
#[must_use]
pub fn path_of(manifest: &Path) -> PathBuf {
    if manifest.extension().is_some_and(|extension| extension == "toml") {
        return manifest.with_extension("lock");
    }
    let mut name = manifest.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
