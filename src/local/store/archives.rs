//! The uploaded archives.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Store, disk};

const SUFFIX: &str = ".tar.gz";

/// The uploaded archives.
///
/// Like on the real server, uploads are not checked: an archive is stored under the hash of its
/// link, and the build verifies it.
#[derive(Debug, Clone)]
pub(in crate::local) struct Archives {
    root: PathBuf,
}

impl Archives {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Whether an archive is stored under a hash.
    pub(in crate::local) fn has(&self, files_hash: &str) -> bool {
        self.path(files_hash).is_file()
    }

    /// Opens the archive that is stored under a hash. A later upload does not change it.
    pub(in crate::local) fn open(&self, files_hash: &str) -> io::Result<File> {
        File::open(self.path(files_hash))
    }

    /// A temporary file for an upload, which is deleted when it is dropped.
    pub(in crate::local) fn receive(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.root.join("tmp"))
    }

    /// Stores a received upload.
    pub(in crate::local) fn keep(&self, file: NamedTempFile, files_hash: &str) -> io::Result<()> {
        disk::put_in_place(file, &self.path(files_hash))
    }

    /// The hashes of all archives.
    pub(super) fn all(&self) -> Vec<String> {
        let Ok(directory) = fs::read_dir(self.root.join("files")) else {
            return Vec::new();
        };
        let names = directory.flatten().map(|entry| entry.file_name());
        let hashes =
            names.filter_map(|name| name.to_str()?.strip_suffix(SUFFIX).map(str::to_owned));
        hashes.collect()
    }

    /// Removes an archive. A build that is reading it is not affected.
    pub(super) fn remove(&self, files_hash: &str) {
        // A file that cannot be removed only wastes space.
        let _ = fs::remove_file(self.path(files_hash));
    }

    /// The caller has checked that the hash is 64 hexadecimal digits, so it cannot leave `files`.
    fn path(&self, files_hash: &str) -> PathBuf {
        self.root.join("files").join(format!("{files_hash}{SUFFIX}"))
    }
}

/// The use of archives by templates, and the removal of unused ones.
impl Store {
    /// Records that a template uses an archive, so that it is kept as long as the template.
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

    /// Removes those of the archives that no template uses. If that fails, opening the directory
    /// removes them.
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
