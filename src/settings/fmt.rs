//! The settings of `sbx fmt`.

use std::path::PathBuf;

use super::{UsageError, readable_at};
use crate::cli;
use crate::host::FileSystem;

/// `sbx fmt`
#[derive(Debug)]
pub struct Fmt {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// Whether the exit code says if all of them are formatted.
    pub check: bool,
    /// Whether to print what would change.
    pub diff: bool,
}

impl Fmt {
    /// Whether the formatted texts are written.
    #[must_use]
    pub const fn writes(&self) -> bool {
        !self.check && !self.diff
    }
}

pub(super) fn fmt(args: &cli::Fmt, files: &dyn FileSystem) -> Result<Fmt, UsageError> {
    let is_lock = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "lock");
    if let Some(lock) = args.files.iter().find(is_lock) {
        let message = format!("`{}` is not a manifest", lock.display());
        return Err(UsageError::new(message, "a lock keeps the format that `sbx` writes"));
    }
    let files = args.files.iter().map(|file| readable_at(file, files)).collect();
    Ok(Fmt { files, check: args.check, diff: args.diff })
}
