//! The outside world as the compiler sees it, one trait for each kind of thing.
//!
//! A stage asks for the smallest one that it needs: the pipeline for a [`FileSystem`], the reader
//! of an API key for a [`FileSystem`] and an [`Environment`]. No trait has default bodies, so a
//! wrapper that forgets a method does not compile. [`System`] is the real world, [`Overlay`] a few
//! files in memory over another file system.

mod memory;
mod metadata;
mod overlay;
mod standard_input;
mod system;
mod with_files;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

pub use memory::Memory;
pub use metadata::{DirEntry, FileKind, FileVersion, Metadata};
pub use overlay::{NoFiles, Overlay};
pub use standard_input::STANDARD_INPUT;
pub use system::System;
pub use with_files::WithFiles;

/// What is in one directory, in any order, without `.` and `..`.
pub type ReadDir<'a> = Box<dyn Iterator<Item = io::Result<DirEntry>> + 'a>;

/// Files that can be read.
pub trait FileSystem: Sync {
    /// The content of a file: at most `limit` bytes and one more, which shows that the file is
    /// larger.
    ///
    /// # Errors
    /// Those of the system; a directory is [`io::ErrorKind::IsADirectory`], and a pipe, a socket or
    /// a device is [`io::ErrorKind::InvalidInput`].
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;

    /// The same, with the permissions of the file that was read.
    ///
    /// # Errors
    /// Those of [`FileSystem::read`].
    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile>;

    /// What stands at a path; links are followed.
    ///
    /// # Errors
    /// Those of the system.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// What stands at a path; a link is itself.
    ///
    /// # Errors
    /// Those of the system.
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// The target of a link, as it is written.
    ///
    /// # Errors
    /// Those of the system.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// Where a path leads: an absolute path without `.`, `..` and links.
    ///
    /// # Errors
    /// Those of the system.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// Lists a directory.
    ///
    /// # Errors
    /// Those of the system.
    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>>;
}

impl dyn FileSystem + '_ {
    /// Whether a directory is at a path, or behind a link there.
    #[must_use]
    pub fn is_dir(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|metadata| metadata.kind == FileKind::Directory)
    }
}

/// Environment variables.
pub trait Environment: Sync {
    /// The value of a variable; `None` if it is not set, empty or not UTF-8.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The directories of the user.
pub trait Directories: Sync {
    /// The directory for files that may be deleted at any time; `None` if there is none.
    fn cache_directory(&self) -> Option<PathBuf>;
}

/// Where secrets are registered as soon as they are read, so that no output repeats them.
pub trait SecretSink: Sync {
    /// Registers a secret.
    fn register_secret(&self, secret: &str);
}

/// All of the outside world that commands use.
pub trait Host: FileSystem + Environment + Directories + SecretSink {}

impl<T: FileSystem + Environment + Directories + SecretSink> Host for T {}

/// A file that only its owner should be able to read.
pub struct PrivateFile {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its permissions: the lowest twelve bits of its mode.
    pub permissions: u32,
}

/// The current time. A system clock outside of the years that a timestamp can have counts as the
/// last of them.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
}

/// What an I/O error says to people: lower case, without the system's number.
#[must_use]
pub fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        // An error of this program, which is written for people.
        _ if error.get_ref().is_some() => error.to_string(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
