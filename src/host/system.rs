//! The system that the process runs on.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use rustix::fs::{Mode, OFlags};

use super::{
    DirEntry, Directories, Environment, FileSystem, Metadata, PrivateFile, ReadDir, SecretSink,
    standard_input,
};

/// The system that the process runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

/// The bits of a mode that are permissions.
const PERMISSIONS: u32 = 0o7777;

impl FileSystem for System {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        if let Some(text) = standard_input::read(path, limit) {
            return text;
        }
        self.read_private(path, limit).map(|file| file.bytes)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        let file = open(path)?;
        // The metadata of the open file: another one may take its path at any time.
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        Ok(PrivateFile { bytes, permissions: Metadata::from(&metadata).mode & PERMISSIONS })
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::metadata(path).map(|metadata| Metadata::from(&metadata))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::symlink_metadata(path).map(|metadata| Metadata::from(&metadata))
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        Ok(Box::new(fs::read_dir(path)?.map(|entry| entry.map(DirEntry::system))))
    }
}

/// Opens a file to read it, without waiting for the writer of a named pipe.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

impl Environment for System {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }
}

impl Directories for System {
    fn cache_directory(&self) -> Option<PathBuf> {
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some(strategy.cache_dir().join("sbx"))
    }
}

impl SecretSink for System {
    /// The system itself prints nothing, so there is nothing to keep a secret from.
    fn register_secret(&self, _: &str) {}
}
