//! An entry of a copy.

use std::io;
use std::path::{Path, PathBuf};

use super::ContextError;
use crate::host::{FileKind, FileSystem, FileVersion, Metadata};
use crate::scalar::{Mode, ModeChange};
use crate::trust::outside;

/// The kind of an [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or a link to one that is followed.
    File,
    /// A directory.
    Directory,
    /// A symbolic link with its target, unchanged.
    Link(String),
}

/// A file, a directory or a link of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path relative to the context, with `/`; the context itself is `.`.
    pub path: String,
    /// Its kind.
    pub kind: EntryKind,
    /// The complete `st_mode`, file type and permissions, that the entry is copied with.
    pub mode: u32,
    /// The `st_mode` on this machine, which shows a change.
    pub(super) own_mode: u32,
    /// The size of a file's content or of a link's target, in bytes.
    pub size: u64,
    /// The identity of the file, and the times of its last changes.
    pub(super) version: FileVersion,
}

impl Entry {
    /// The entry at `path` in `root`, following a link to a file if links are followed.
    pub(super) fn read(
        files: &dyn FileSystem,
        root: &Path,
        path: String,
        follow: bool,
    ) -> Result<Self, ContextError> {
        let full = root.join(&path);
        match files.symlink_metadata(&full) {
            Ok(own) => Self::seen(files, root, path, follow, &own),
            // The path was converted from a name that is not UTF-8.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && path.contains(char::REPLACEMENT_CHARACTER) =>
            {
                Err(ContextError::NotUtf8(path.into()))
            }
            Err(error) => Err(unreadable(&full, error)),
        }
    }

    /// The entry at `path`, whose own metadata was already read.
    pub(super) fn seen(
        files: &dyn FileSystem,
        root: &Path,
        path: String,
        follow: bool,
        own: &Metadata,
    ) -> Result<Self, ContextError> {
        match own.kind {
            FileKind::File => Ok(Self::of(path, EntryKind::File, own)),
            FileKind::Directory => Ok(Self::of(path, EntryKind::Directory, own)),
            FileKind::Other => Err(ContextError::Special(path)),
            FileKind::Symlink => {
                let full = root.join(&path);
                // A dangling link is copied as a link, even if links are followed.
                let target = if follow { followed(files, &full)? } else { None };
                match target {
                    Some(target) if target.kind == FileKind::Directory => {
                        Err(ContextError::DirectoryLink(path))
                    }
                    Some(target) if target.kind == FileKind::File => {
                        Ok(Self::of(path, EntryKind::File, &target))
                    }
                    _ => Self::link(files, &full, path, own),
                }
            }
        }
    }

    fn link(
        files: &dyn FileSystem,
        full: &Path,
        path: String,
        own: &Metadata,
    ) -> Result<Self, ContextError> {
        let target = files.read_link(full).map_err(|error| unreadable(full, error))?;
        match target.into_os_string().into_string() {
            Ok(target) => Ok(Self::of(path, EntryKind::Link(target), own)),
            Err(_) => Err(ContextError::NotUtf8(PathBuf::from(&path))),
        }
    }

    fn of(path: String, kind: EntryKind, metadata: &Metadata) -> Self {
        let Metadata { mode, size, version, .. } = *metadata;
        Self { path, kind, mode, own_mode: mode, size, version }
    }

    /// The entry with changed permissions. Those of a link are not used by any system.
    pub(super) fn changed(mut self, change: &ModeChange) -> Self {
        if !matches!(self.kind, EntryKind::Link(_)) {
            let own = Mode::of_file(self.own_mode);
            let mode = change.apply(own, self.kind == EntryKind::Directory);
            self.mode = self.own_mode & !u32::from(Mode::ALL) | u32::from(mode.bits);
        }
        self
    }

    /// Whether this is a file.
    pub(super) fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }
}

/// What a link leads to, if it leads anywhere.
fn followed(files: &dyn FileSystem, link: &Path) -> Result<Option<Metadata>, ContextError> {
    match files.metadata(link) {
        Err(error) if outside(&error).is_some() => Err(unreadable(link, error)),
        target => Ok(target.ok()),
    }
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> ContextError {
    ContextError::Unreadable { path: path.to_owned(), error }
}
