//! One thing that a copy takes.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::ContextError;

/// What an [`Entry`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or a link to one that is followed.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, with its target as it is written.
    Link(String),
}

/// A file, a directory or a link of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path relative to the context, with `/`; the context itself is `.`.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The whole `st_mode`: the type's bits and the permissions.
    pub mode: u32,
    /// The size in bytes: of a file's content, or of a link's target.
    pub size: u64,
    /// Which file it was, and when it changed.
    pub(super) version: Version,
}

/// By what the system tells one state of a file from another.
///
/// Whoever changes a file's content, mode or name changes the last field, and cannot set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) device: u64,
    pub(super) inode: u64,
    /// When the content changed, in nanoseconds since 1970, as far as anybody may say so.
    pub(super) modified: i128,
    /// When anything of it changed, in nanoseconds since 1970.
    pub(super) changed: i128,
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |s: i64, ns: i64| i128::from(s) * 1_000_000_000 + i128::from(ns);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether a file is still in this state.
    pub(super) fn is_of(&self, metadata: &Metadata) -> bool {
        *self == Self::of(metadata)
    }
}

impl Entry {
    /// Looks at `path` below `root`, through a link to a file if links are followed.
    pub(super) fn read(root: &Path, path: String, follow: bool) -> Result<Self, ContextError> {
        let full = root.join(&path);
        match fs::symlink_metadata(&full) {
            Ok(own) => Self::seen(root, path, follow, &own),
            // The path was made of a name that is no text, so it names nothing.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && path.contains(char::REPLACEMENT_CHARACTER) =>
            {
                Err(ContextError::NotUtf8(path.into()))
            }
            Err(error) => Err(unreadable(&full, error)),
        }
    }

    /// What `path` is, whose own metadata was read already.
    pub(super) fn seen(
        root: &Path,
        path: String,
        follow: bool,
        own: &Metadata,
    ) -> Result<Self, ContextError> {
        if own.is_symlink() {
            let full = root.join(&path);
            // A link that leads nowhere is copied as a link, followed or not.
            let target = if follow { fs::metadata(&full).ok() } else { None };
            return match target {
                Some(target) if target.is_dir() => Err(ContextError::DirectoryLink(path)),
                Some(target) if target.is_file() => Ok(Self::of(path, EntryKind::File, &target)),
                _ => {
                    let link = fs::read_link(&full).map_err(|error| unreadable(&full, error))?;
                    let link = link.into_os_string().into_string();
                    let link = link.map_err(|_| ContextError::NotUtf8(PathBuf::from(&path)))?;
                    Ok(Self::of(path, EntryKind::Link(link), own))
                }
            };
        }
        if own.is_dir() {
            Ok(Self::of(path, EntryKind::Directory, own))
        } else if own.is_file() {
            Ok(Self::of(path, EntryKind::File, own))
        } else {
            Err(ContextError::Special(path))
        }
    }

    fn of(path: String, kind: EntryKind, metadata: &Metadata) -> Self {
        let (mode, size) = (metadata.mode(), metadata.size());
        Self { path, kind, mode, size, version: Version::of(metadata) }
    }

    /// Whether this is a file, whose content counts.
    pub(super) fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> ContextError {
    ContextError::Unreadable { path: path.to_owned(), error }
}
