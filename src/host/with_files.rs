//! A host with other files.

use std::io;
use std::path::{Path, PathBuf};

use super::{
    Directories, Environment, FileSystem, Host, Metadata, PrivateFile, ReadDir, SecretSink,
};

/// The files of one, and everything else of another.
pub struct WithFiles<'a> {
    files: &'a dyn FileSystem,
    host: &'a dyn Host,
}

impl<'a> WithFiles<'a> {
    /// `host` with `files` in place of its own.
    #[must_use]
    pub const fn new(files: &'a dyn FileSystem, host: &'a dyn Host) -> Self {
        Self { files, host }
    }
}

impl FileSystem for WithFiles<'_> {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.files.read(path, limit)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.files.read_private(path, limit)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.files.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.files.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        self.files.read_dir(path)
    }
}

impl Environment for WithFiles<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.host.variable(name)
    }
}

impl Directories for WithFiles<'_> {
    fn cache_directory(&self) -> Option<PathBuf> {
        self.host.cache_directory()
    }
}

impl SecretSink for WithFiles<'_> {
    fn register_secret(&self, secret: &str) {
        self.host.register_secret(secret);
    }
}
