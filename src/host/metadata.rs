//! What a file system says about a path.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A socket, a pipe or a device.
    Other,
}

impl From<fs::FileType> for FileKind {
    fn from(kind: fs::FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_symlink() {
            Self::Symlink
        } else {
            Self::Other
        }
    }
}

/// Identifies one version of a file to the operating system.
///
/// Changing a file's content, mode or name changes the last field, which no program can set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileVersion {
    /// The device that the file is on.
    pub device: u64,
    /// The file's number on its device.
    pub inode: u64,
    /// When the content changed (`mtime`), in nanoseconds since 1970; programs can set it.
    pub modified: i128,
    /// When anything about the file changed (`ctime`), in nanoseconds since 1970.
    pub changed: i128,
}

/// The metadata of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// The whole `st_mode`: the bits of the type and the permissions.
    pub mode: u32,
    /// The size in bytes: of a file's content, or of a link's target.
    pub size: u64,
    /// Which state of which file it is.
    pub version: FileVersion,
}

impl From<&fs::Metadata> for Metadata {
    fn from(metadata: &fs::Metadata) -> Self {
        let nanoseconds = |s: i64, ns: i64| i128::from(s) * 1_000_000_000 + i128::from(ns);
        Self {
            kind: metadata.file_type().into(),
            mode: metadata.mode(),
            size: metadata.size(),
            version: FileVersion {
                device: metadata.dev(),
                inode: metadata.ino(),
                modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
                changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            },
        }
    }
}

/// One name in a directory.
///
/// An entry of the system's own is asked for its metadata only when that is wanted, relative to the
/// open directory: a walk over thousands of files resolves no whole path.
#[derive(Debug)]
pub struct DirEntry(Inner);

#[derive(Debug)]
enum Inner {
    System(fs::DirEntry),
    Known { name: OsString, metadata: Metadata },
}

impl DirEntry {
    /// An entry whose metadata is known.
    #[must_use]
    pub const fn known(name: OsString, metadata: Metadata) -> Self {
        Self(Inner::Known { name, metadata })
    }

    pub(super) const fn system(entry: fs::DirEntry) -> Self {
        Self(Inner::System(entry))
    }

    /// The name without its directory.
    #[must_use]
    pub fn file_name(&self) -> OsString {
        match &self.0 {
            Inner::System(entry) => entry.file_name(),
            Inner::Known { name, .. } => name.clone(),
        }
    }

    /// What it is; links are not followed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn kind(&self) -> io::Result<FileKind> {
        match &self.0 {
            Inner::System(entry) => entry.file_type().map(FileKind::from),
            Inner::Known { metadata, .. } => Ok(metadata.kind),
        }
    }

    /// Its metadata; links are not followed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match &self.0 {
            Inner::System(entry) => entry.metadata().map(|metadata| Metadata::from(&metadata)),
            Inner::Known { metadata, .. } => Ok(*metadata),
        }
    }
}
