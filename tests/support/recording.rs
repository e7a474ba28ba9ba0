//! A file system that remembers what it was asked for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use sandbox_toml::cancellation::Cancellation;
use sandbox_toml::host::{FileSystem, Metadata, PrivateFile, ReadDir, System};

/// The disk, and each call to it; clones share the record.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    calls: Arc<Mutex<Calls>>,
    /// What is cancelled as soon as a directory is listed.
    cancels: Option<Cancellation>,
}

/// The paths that were asked for, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Files whose content was read.
    pub files: Vec<PathBuf>,
    /// Directories that were listed.
    pub directories: Vec<PathBuf>,
    /// Paths of which only the metadata, or the target of a link, was read.
    pub metadata: Vec<PathBuf>,
}

impl Recording {
    /// The calls since the last time, and forgets them.
    pub fn take(&self) -> Calls {
        std::mem::take(&mut *self.calls())
    }

    /// Cancels an analysis as soon as it lists a directory.
    pub fn cancelling(cancellation: Cancellation) -> Self {
        Self { cancels: Some(cancellation), ..Self::default() }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().expect("no thread panics while it holds the record")
    }
}

impl FileSystem for Recording {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.calls().files.push(path.to_owned());
        System.read(path, limit)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.calls().files.push(path.to_owned());
        System.read_private(path, limit)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.calls().metadata.push(path.to_owned());
        System.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.calls().metadata.push(path.to_owned());
        System.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.calls().metadata.push(path.to_owned());
        System.read_link(path)
    }

    /// Finds where a path leads, and reads nothing there.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        System.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        self.calls().directories.push(path.to_owned());
        if let Some(cancellation) = &self.cancels {
            cancellation.cancel();
        }
        System.read_dir(path)
    }
}
