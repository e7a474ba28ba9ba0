//! A whole outside world in memory, for tests, benchmarks and fuzzing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Directories, Environment, FileSystem, Metadata, PrivateFile, ReadDir, SecretSink};

/// Some files, such as those of an [`Overlay`](super::Overlay), some variables, and no directories
/// of a user.
pub struct Memory<F> {
    files: F,
    variables: BTreeMap<String, String>,
    secrets: Mutex<Vec<String>>,
}

impl<F: FileSystem> Memory<F> {
    /// A world with these files and no variable.
    #[must_use]
    pub const fn new(files: F) -> Self {
        Self { files, variables: BTreeMap::new(), secrets: Mutex::new(Vec::new()) }
    }

    /// With a variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The secrets that were registered, in their order.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<F: FileSystem> FileSystem for Memory<F> {
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

impl<F: FileSystem> Environment for Memory<F> {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

impl<F: FileSystem> Directories for Memory<F> {
    fn cache_directory(&self) -> Option<PathBuf> {
        None
    }
}

impl<F: FileSystem> SecretSink for Memory<F> {
    fn register_secret(&self, secret: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.push(secret.to_owned());
    }
}
