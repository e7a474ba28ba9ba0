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
}

impl Entry {
    /// Looks at `path` below `root`, through a link to a file if links are followed.
    pub(super) fn read(root: &Path, path: String, follow: bool) -> Result<Self, ContextError> {
        let full = root.join(&path);
        let own = match fs::symlink_metadata(&full) {
            Ok(own) => own,
            // The path was made of a name that is no text, so it names nothing.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && path.contains(char::REPLACEMENT_CHARACTER) =>
            {
                return Err(ContextError::NotUtf8(path.into()));
            }
            Err(error) => return Err(unreadable(&full, error)),
        };
        if own.is_symlink() {
            // A link that leads nowhere is copied as a link, followed or not.
            let target = if follow { fs::metadata(&full).ok() } else { None };
            return match target {
                Some(target) if target.is_dir() => Err(ContextError::DirectoryLink(path)),
                Some(target) if target.is_file() => Ok(Self::of(path, EntryKind::File, &target)),
                _ => {
                    let link = fs::read_link(&full).map_err(|error| unreadable(&full, error))?;
                    let link = link.into_os_string().into_string();
                    let link = link.map_err(|_| ContextError::NotUtf8(PathBuf::from(&path)))?;
                    Ok(Self::of(path, EntryKind::Link(link), &own))
                }
            };
        }
        if own.is_dir() {
            Ok(Self::of(path, EntryKind::Directory, &own))
        } else if own.is_file() {
            Ok(Self::of(path, EntryKind::File, &own))
        } else {
            Err(ContextError::Special(path))
        }
    }

    fn of(path: String, kind: EntryKind, metadata: &Metadata) -> Self {
        Self { path, kind, mode: metadata.mode(), size: metadata.size() }
    }
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> ContextError {
    ContextError::Unreadable { path: path.to_owned(), error }
}
