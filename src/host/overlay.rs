//! Files in memory over another file system: the open buffers of an editor, and the files of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{DirEntry, FileKind, FileSystem, FileVersion, Metadata, PrivateFile, ReadDir};

/// The mode of a file that only the overlay has.
const FILE_MODE: u32 = 0o100_644;

/// The mode of a directory that only the overlay has.
const DIRECTORY_MODE: u32 = 0o040_755;

/// A file system without any file.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl FileSystem for NoFiles {
    fn read(&self, _: &Path, _: usize) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read_private(&self, _: &Path, _: usize) -> io::Result<PrivateFile> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn metadata(&self, _: &Path) -> io::Result<Metadata> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn symlink_metadata(&self, _: &Path) -> io::Result<Metadata> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read_link(&self, _: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn canonicalize(&self, _: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read_dir(&self, _: &Path) -> io::Result<ReadDir<'_>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Files in memory that hide those of another file system, with the directories that they need.
///
/// Paths are compared as they are written, apart from `.`. What is read under another spelling, or
/// behind a link, is found if the file below is there and the overlay has its canonical path.
pub struct Overlay<'a> {
    base: &'a dyn FileSystem,
    files: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl<'a> Overlay<'a> {
    /// An overlay without files of its own.
    #[must_use]
    pub const fn new(base: &'a dyn FileSystem) -> Self {
        Self { base, files: BTreeMap::new() }
    }

    /// With a file.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.insert(path.as_ref(), content.into().as_slice());
        self
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: &Path, content: impl Into<Arc<[u8]>>) {
        self.files.insert(plain(path), content.into());
    }

    /// Removes a file, so that the one below it shows again.
    pub fn remove(&mut self, path: &Path) {
        self.files.remove(&plain(path));
    }

    /// The overlay's files below a directory.
    fn below(&self, directory: &Path) -> impl Iterator<Item = (&Path, &[u8])> {
        let directory = plain(directory);
        let files = self.files.range(directory.clone()..);
        let files = files.map(|(path, bytes)| (path.as_path(), bytes.as_ref()));
        let inside = files.map_while(move |(path, bytes)| {
            path.strip_prefix(&directory).ok().map(|rest| (rest, bytes))
        });
        inside.filter(|(rest, _)| !rest.as_os_str().is_empty())
    }

    /// The overlay's own file or directory at a path.
    fn own(&self, path: &Path) -> Option<Metadata> {
        if let Some(bytes) = self.files.get(&plain(path)) {
            let below = self.base.metadata(path).ok().filter(|below| below.kind == FileKind::File);
            return Some(file(bytes, below.map_or(FILE_MODE, |below| below.mode)));
        }
        self.below(path).next().map(|_| directory())
    }

    /// The content of the overlay's own file where a path leads.
    fn content(&self, path: &Path) -> Option<&[u8]> {
        let path = plain(path);
        if let Some(bytes) = self.files.get(&path) {
            return Some(bytes);
        }
        // Most paths of a walk have other names, and are not looked up any further.
        let name = path.file_name()?;
        self.files.keys().find(|file| file.file_name() == Some(name))?;
        self.files.get(&self.base.canonicalize(&path).ok()?).map(AsRef::as_ref)
    }

    fn read_own(&self, path: &Path, limit: usize) -> Option<Vec<u8>> {
        let bytes = self.content(path)?;
        Some(bytes[..bytes.len().min(limit.saturating_add(1))].to_vec())
    }
}

/// A path without `.`.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

fn file(bytes: &[u8], mode: u32) -> Metadata {
    Metadata {
        kind: FileKind::File,
        mode,
        size: bytes.len() as u64,
        version: FileVersion::default(),
    }
}

fn directory() -> Metadata {
    let version = FileVersion::default();
    Metadata { kind: FileKind::Directory, mode: DIRECTORY_MODE, size: 0, version }
}

impl FileSystem for Overlay<'_> {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        match self.read_own(path, limit) {
            Some(bytes) => Ok(bytes),
            None => self.base.read(path, limit),
        }
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        match (self.read_own(path, limit), self.metadata(path)) {
            (Some(bytes), Ok(own)) => Ok(PrivateFile { bytes, permissions: own.mode & 0o7777 }),
            _ => self.base.read_private(path, limit),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let own = self.own(path);
        match own {
            Some(own) if own.kind == FileKind::File => Ok(own),
            // A directory that both have is the one below.
            _ => self.base.metadata(path).or_else(|error| own.ok_or(error)),
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let own = self.own(path);
        match own {
            Some(own) if own.kind == FileKind::File => Ok(own),
            _ => self.base.symlink_metadata(path).or_else(|error| own.ok_or(error)),
        }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self.files.get(&plain(path)) {
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => self.base.read_link(path),
        }
    }

    /// What only the overlay has is where it is written.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let error = match self.base.canonicalize(path) {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        self.own(path).ok_or(error)?;
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => Ok(self.canonicalize(parent)?.join(name)),
            _ => Ok(plain(path)),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        let own: BTreeMap<OsString, Metadata> = self
            .below(path)
            .filter_map(|(rest, _)| {
                let name = rest.components().next()?.as_os_str().to_owned();
                let metadata = self.own(&path.join(&name))?;
                Some((name, metadata))
            })
            .collect();
        let base = match self.base.read_dir(path) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
            Err(error) if own.is_empty() => return Err(error),
            Err(_) => Vec::new(),
        };
        let names: BTreeSet<_> = base.iter().map(DirEntry::file_name).collect();
        // A directory that both have is listed once.
        let hidden = |name: &OsString| own.get(name).is_some_and(|own| own.kind == FileKind::File);
        let below: Vec<_> =
            base.into_iter().filter(|entry| !hidden(&entry.file_name())).map(Ok).collect();
        let own = own
            .into_iter()
            .filter(|(name, own)| own.kind == FileKind::File || !names.contains(name))
            .map(|(name, metadata)| Ok(DirEntry::known(name, metadata)));
        let own: Vec<_> = own.collect();
        Ok(Box::new(below.into_iter().chain(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::*;

    /// Names and kinds in a directory, in the order of the names.
    fn listed(files: &dyn FileSystem, path: &Path) -> Vec<(String, FileKind)> {
        let mut names: Vec<_> = files
            .read_dir(path)
            .expect("it is listed")
            .map(|entry| {
                let entry = entry.expect("an entry");
                let name = entry.file_name().into_string().expect("text");
                (name, entry.kind().expect("a kind"))
            })
            .collect();
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        names
    }

    #[test]
    fn files_in_memory_bring_their_directories() {
        let files = Overlay::new(&NoFiles).with("a/b/c.txt", "c").with("./a/d", "dd").with("e", "");
        let kinds = |path: &str| listed(&files, Path::new(path));
        let owned = |name: &str, kind| (name.to_owned(), kind);
        assert_eq!(kinds("."), [owned("a", FileKind::Directory), owned("e", FileKind::File)]);
        assert_eq!(kinds("a"), [owned("b", FileKind::Directory), owned("d", FileKind::File)]);
        assert_eq!(files.read(Path::new("a/./d"), 9).expect("read"), b"dd");
        assert_eq!(files.read(Path::new("a/d"), 0).expect("read"), b"d", "the limit and one byte");
        assert_eq!(files.metadata(Path::new("a/d")).expect("there").size, 2);
        assert!(files.metadata(Path::new("a/x")).is_err());
        assert!(files.read_dir(Path::new("ab")).is_err());
    }

    #[test]
    fn another_spelling_of_a_file_in_memory_is_read_as_that_file() {
        let root = tempfile::tempdir().expect("a directory");
        let real = root.path().canonicalize().expect("a path");
        std::fs::create_dir(real.join("dir")).expect("made");
        std::fs::write(real.join("file"), "disk").expect("written");
        std::os::unix::fs::symlink("dir", real.join("link")).expect("linked");
        let files = Overlay::new(&System).with(real.join("file"), "memory");
        for path in ["dir/../file", "link/.././file", "./file"] {
            assert_eq!(files.read(&real.join(path), 99).expect("read"), b"memory", "{path}");
        }
        assert!(files.read(&real.join("dir/file"), 99).is_err());
    }

    #[test]
    fn a_file_in_memory_hides_the_one_below_and_no_other() {
        let root = tempfile::tempdir().expect("a directory");
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir(at("dir")).expect("made");
        for name in ["one", "two", "dir/three"] {
            std::fs::write(at(name), "disk").expect("written");
        }
        let mut files = Overlay::new(&System).with(at("one"), "memory").with(at("dir/new"), "");
        let text = |files: &Overlay<'_>, name: &str| files.read(&at(name), 99).expect("read");
        assert_eq!(text(&files, "one"), b"memory");
        assert_eq!(text(&files, "two"), b"disk");
        let names: Vec<_> = listed(&files, root.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["dir", "one", "two"]);
        let names: Vec<_> = listed(&files, &at("dir")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["new", "three"]);
        files.remove(&at("one"));
        assert_eq!(text(&files, "one"), b"disk");
    }
}
