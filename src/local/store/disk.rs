//! Atomic file operations.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::local::error::LocalError;

/// Creates a directory that only its owner can access, since logs and archives may contain secrets.
pub(super) fn create_private(path: &Path) -> Result<(), LocalError> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|source| LocalError::Store { path: path.to_owned(), source })
}

/// Creates a directory, or empties it.
pub(super) fn create_empty(path: &Path) -> Result<(), LocalError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(LocalError::Store { path: path.to_owned(), source })
        }
        _ => create_private(path),
    }
}

/// Replaces the file at `path` atomically: after a crash, it has either the old or the new content.
pub(in crate::local) fn replace(root: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(root.join("tmp"))?;
    file.write_all(content)?;
    put_in_place(file, path)
}

/// Replaces the file at `path` with a temporary file.
pub(super) fn put_in_place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failure| failure.error)?;
    sync_parent(path)
}

/// Removes a file durably.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_parent(path)
}

/// Syncs a directory, without which a rename may not survive a power failure.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
