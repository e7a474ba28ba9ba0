//! What a check has read of the files, to compare it later.
//!
//! Only fingerprints are kept. The first one of a path counts, and it is taken before the path is
//! read, so a change during the check shows as well.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::host::{DirEntry, FileKind, FileSystem, Metadata, PrivateFile, ReadDir, STANDARD_INPUT};

/// The state of one path or one directory.
type Fingerprint = u64;

/// What was asked about files, and how they were.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Paths that were looked at by themselves.
    paths: BTreeMap<PathBuf, Fingerprint>,
    /// Directories that were listed.
    listings: BTreeMap<PathBuf, Fingerprint>,
    lens: Lens,
}

impl Seen {
    /// The paths whose state is another one now.
    pub(super) fn changed(&self, files: &dyn FileSystem) -> Vec<PathBuf> {
        let paths =
            self.paths.iter().filter(|(path, before)| self.lens.state(files, path) != **before);
        let listings = self.listings.iter();
        let listings =
            listings.filter(|(path, before)| self.lens.listing(files, path).1 != **before);
        let changed: BTreeSet<_> = paths.chain(listings).map(|(path, _)| path.clone()).collect();
        changed.into_iter().collect()
    }

    /// The directories in which these paths are, or would be.
    pub(super) fn directories(&self, files: &dyn FileSystem) -> BTreeSet<PathBuf> {
        let canonical = self.paths.keys().filter_map(|path| files.canonicalize(path).ok());
        let paths = self.paths.keys().cloned().chain(canonical);
        let above = paths.filter_map(|path| path.parent().map(Path::to_owned));
        let wanted = above.chain(self.listings.keys().cloned());
        let wanted: BTreeSet<_> = wanted.collect();
        wanted.into_iter().filter_map(|path| existing(files, &path)).collect()
    }
}

/// The nearest directory at or above a path.
fn existing(files: &dyn FileSystem, path: &Path) -> Option<PathBuf> {
    let named = |path: &Path| {
        if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() }
    };
    path.ancestors().map(named).find(|path| files.is_dir(path))
}

/// Files that note what is asked.
pub(super) struct Observed<'a> {
    files: &'a dyn FileSystem,
    lens: Lens,
    seen: Mutex<Seen>,
}

impl<'a> Observed<'a> {
    /// `output` are the devices and numbers of files that the check itself writes to.
    pub(super) fn new(files: &'a dyn FileSystem, output: Vec<(u64, u64)>) -> Self {
        let lens = Lens { output };
        let seen = Seen { lens: lens.clone(), ..Seen::default() };
        Self { files, lens, seen: Mutex::new(seen) }
    }

    /// What was asked.
    pub(super) fn seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a path is, unless that is known.
    fn note(&self, path: &Path) {
        if path == Path::new(STANDARD_INPUT) {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.paths.contains_key(path) {
            seen.paths.insert(path.to_owned(), self.lens.state(self.files, path));
        }
    }
}

impl FileSystem for Observed<'_> {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.note(path);
        self.files.read(path, limit)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.note(path);
        self.files.read_private(path, limit)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.note(path);
        self.files.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.note(path);
        self.files.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(path);
        self.files.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(path);
        self.files.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        let (entries, fingerprint) = self.lens.listing(self.files, path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.listings.entry(path.to_owned()).or_insert(fingerprint);
        Ok(Box::new(entries?.into_iter()))
    }
}

/// How fingerprints are taken.
#[derive(Debug, Clone, Default)]
struct Lens {
    /// The devices and numbers of files whose content does not count.
    output: Vec<(u64, u64)>,
}

impl Lens {
    /// How a path is, and where it leads if it is a link.
    fn state(&self, files: &dyn FileSystem, path: &Path) -> Fingerprint {
        let mut hasher = DefaultHasher::new();
        for found in [files.symlink_metadata(path), files.metadata(path)] {
            self.add(&mut hasher, &found);
        }
        hasher.finish()
    }

    /// What is in a directory.
    fn listing(
        &self,
        files: &dyn FileSystem,
        path: &Path,
    ) -> (io::Result<Vec<io::Result<DirEntry>>>, Fingerprint) {
        let mut hasher = DefaultHasher::new();
        let entries = match files.read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                error.kind().hash(&mut hasher);
                return (Err(error), hasher.finish());
            }
        };
        let mut states = Vec::new();
        let entries = entries.map(|entry| {
            let entry = entry?;
            let (name, found) = (entry.file_name(), entry.metadata());
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            self.add(&mut hasher, &found);
            states.push(hasher.finish());
            // It is not asked a second time.
            Ok(found.map_or(entry, |metadata| DirEntry::known(name, metadata)))
        });
        let entries: Vec<_> = entries.collect();
        // A system lists names in any order.
        states.sort_unstable();
        states.hash(&mut hasher);
        (Ok(entries), hasher.finish())
    }

    /// Adds what is known of a path. What is in a directory changes its times and its size, which
    /// says nothing about the directory itself.
    fn add(&self, hasher: &mut DefaultHasher, found: &io::Result<Metadata>) {
        match found {
            Ok(Metadata { kind: FileKind::Directory, mode, .. }) => mode.hash(hasher),
            Ok(Metadata { mode, size, version, .. }) => {
                mode.hash(hasher);
                let file = (version.device, version.inode);
                if !self.output.contains(&file) {
                    (size, file, version.modified, version.changed).hash(hasher);
                }
            }
            Err(error) => error.kind().hash(hasher),
        }
    }
}
