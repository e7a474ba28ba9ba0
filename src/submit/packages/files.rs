//! The configuration of tools on this machine: their files and variables.

use std::io;
use std::path::{Path, PathBuf};

use super::error::PackageError;
use crate::host::{Host, describe};
use crate::secrets::Redaction;

/// The longest file of a configuration that is read, in bytes.
const MAX_FILE: usize = 1024 * 1024;

/// Reads files and variables, and registers the secrets that are found in them.
pub(super) struct Files<'a> {
    host: &'a dyn Host,
    redaction: &'a Redaction,
}

impl<'a> Files<'a> {
    pub(super) const fn new(host: &'a dyn Host, redaction: &'a Redaction) -> Self {
        Self { host, redaction }
    }

    /// A variable of the environment; `None` if it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.host.variable(name)
    }

    /// A variable that is a path.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// The home directory.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// The text of a file; `None` if there is none.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, PackageError> {
        let cannot = |reason: &str| {
            PackageError::Config(format!("cannot read `{}`: {reason}", path.display()))
        };
        match self.host.read(path, MAX_FILE) {
            Ok(bytes) if bytes.len() > MAX_FILE => Err(cannot("it is longer than 1 MiB")),
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(cannot(&describe(&error))),
        }
    }

    /// Whether a file is there.
    pub(super) fn exists(&self, path: &Path) -> bool {
        self.host.metadata(path).is_ok()
    }

    /// Where a path leads.
    pub(super) fn canonical(&self, path: &Path) -> Option<PathBuf> {
        self.host.canonicalize(path).ok()
    }

    /// Registers a secret, so that no output repeats it.
    pub(super) fn hide(&self, secret: &str) {
        self.host.register_secret(secret);
        self.redaction.register(secret);
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
