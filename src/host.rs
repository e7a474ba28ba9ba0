//! The outside world as one handle: files and environment.
//!
//! Tests and editors replace it. The build context is read by `context` itself, which is made of
//! file-system calls throughout.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// What the compiler asks of the outside.
pub trait Host: Sync {
    /// The content of a file, but no more than `limit` bytes and one: who gets more than `limit`
    /// knows that the file is larger.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;

    /// The value of an environment variable; `None` if it is not set, empty or not text.
    fn variable(&self, name: &str) -> Option<String>;

    /// The directory for what may be lost; `None` if there is none.
    fn cache_directory(&self) -> Option<PathBuf> {
        None
    }

    /// The content of a file as [`read`](Self::read) has it, and who may use the file.
    ///
    /// # Errors
    /// What the system says.
    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.read(path, limit).map(|bytes| PrivateFile { bytes, mode: None })
    }

    /// Is told each secret when it is read, so that no output repeats it.
    fn register_secret(&self, secret: &str) {
        let _ = secret;
    }
}

/// A file that nobody else should be able to read.
pub struct PrivateFile {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its permissions, where the system has such.
    pub mode: Option<u32>,
}

/// The system that the process runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Host for System {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        let file = File::open(path)?;
        // Of the file that is open, so that nobody can put another in its place meanwhile.
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        #[cfg(unix)]
        let mode = Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777);
        #[cfg(not(unix))]
        let mode = None;
        Ok(PrivateFile { bytes, mode })
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn cache_directory(&self) -> Option<PathBuf> {
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some(strategy.cache_dir().join("sbx"))
    }
}

/// What an I/O error says to people: lower case, without the system's number.
#[must_use]
pub fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
