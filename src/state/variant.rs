//! What a record is kept for.

use std::path::{Path, PathBuf};

/// A manifest in one of its profiles, each of which has records of its own.
#[derive(Debug, Clone, Copy)]
pub struct Variant<'a> {
    /// The manifest.
    pub manifest: &'a Path,
    /// The profile; `None` is the manifest without one.
    pub profile: Option<&'a str>,
}

impl<'a> From<&'a Path> for Variant<'a> {
    fn from(manifest: &'a Path) -> Self {
        Self { manifest, profile: None }
    }
}

impl<'a> From<&'a PathBuf> for Variant<'a> {
    fn from(manifest: &'a PathBuf) -> Self {
        manifest.as_path().into()
    }
}
