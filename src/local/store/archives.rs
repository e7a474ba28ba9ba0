//! The uploaded archives.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Store, disk};

const SUFFIX: &str = ".tar.gz";

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

    /// The hashes of all that is stored.
    pub(super) fn all(&self) -> Vec<String> {
        let Ok(directory) = fs::read_dir(self.root.join("files")) else {
            return Vec::new();
        };
        let names = directory.flatten().map(|entry| entry.file_name());
        let hashes =
            names.filter_map(|name| name.to_str()?.strip_suffix(SUFFIX).map(str::to_owned));
        hashes.collect()
    }

    /// Removes an archive. A build that reads it now reads it to its end.
    pub(super) fn remove(&self, files_hash: &str) {
        // What cannot be removed only takes up room.
        let _ = fs::remove_file(self.path(files_hash));
    }

    /// The caller has checked that the hash is 64 hexadecimal digits, so it cannot leave `files`.
    fn path(&self, files_hash: &str) -> PathBuf {
        self.root.join("files").join(format!("{files_hash}{SUFFIX}"))
    }
}

/// Which archives are needed, and how the others go.
impl Store {
    /// Notes that a template's builds may copy from an archive, so that it stays as long as the
    /// template does.
    pub(in crate::local) fn use_archive(
        &mut self,
        template_id: &str,
        files_hash: &str,
    ) -> io::Result<()> {
        let Some(template) = self.templates.get(template_id) else {
            return Ok(());
        };
        if template.archives.contains(files_hash) {
            return Ok(());
        }
        let mut template = template.clone();
        template.archives.insert(files_hash.to_owned());
        self.put(template)
    }

    /// Removes those of the archives that no template's builds may copy from. One that cannot be
    /// removed goes when the directory is opened.
    pub(in crate::local) fn collect_archives(&self, candidates: impl IntoIterator<Item = String>) {
        for files_hash in candidates {
            if !self.archive_is_used(&files_hash) {
                self.archives().remove(&files_hash);
            }
        }
    }

    fn archive_is_used(&self, files_hash: &str) -> bool {
        self.templates.values().any(|template| template.archives.contains(files_hash))
    }
}
