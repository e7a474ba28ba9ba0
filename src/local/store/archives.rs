//! The uploaded archives.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::disk;

/// The uploaded archives.
///
/// As on the real server nothing is checked when one arrives: an archive is stored under the hash
/// that its link was made for, and whether it agrees is found out by the build.
#[derive(Debug, Clone)]
pub(in crate::local) struct Archives {
    root: PathBuf,
}

impl Archives {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Whether something is stored under a hash.
    pub(in crate::local) fn has(&self, files_hash: &str) -> bool {
        self.path(files_hash).is_file()
    }

    /// Opens the archive that is stored under a hash. A later upload does not change it.
    pub(in crate::local) fn open(&self, files_hash: &str) -> io::Result<File> {
        File::open(self.path(files_hash))
    }

    /// A file to receive an upload; it is gone if it is dropped.
    pub(in crate::local) fn receive(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.root.join("tmp"))
    }

    /// Stores what was received.
    pub(in crate::local) fn keep(&self, file: NamedTempFile, files_hash: &str) -> io::Result<()> {
        disk::put_in_place(file, &self.path(files_hash))
    }

    /// The caller has checked that the hash is 64 hexadecimal digits, so it cannot leave `files`.
    fn path(&self, files_hash: &str) -> PathBuf {
        self.root.join("files").join(format!("{files_hash}.tar.gz"))
    }
}
