//! The build context: the files that a copy selects, their hash, and their archive.
//!
//! This stage reads the file system and nothing else: what a copy takes is found through a
//! [`FileSystem`], the bytes of an upload are read from the system's own files. Matching, ignoring and hashing follow what
//! the platforms' own client does (PyPI `e2b` 2.63.0), so that both find the same archive in the
//! platform's cache; `tests/conformance` compares them value by value.

mod archive;
mod batch;
mod cache;
mod compression;
mod contents;
mod each;
mod entry;
mod file_cache;
mod glob;
mod gzip;
mod hash;
mod ignore;
mod listing;
mod pattern;
mod read;
mod select;
mod unpack;
mod walk;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

pub use archive::Packed;
pub use cache::HashCache;
pub use compression::{Compression, Format};
pub use contents::Content;
pub use entry::{Entry, EntryKind};
pub use file_cache::FileCache;
pub use gzip::Effort;
pub use hash::{ContentHash, CopyHash, FilesHash};
pub use ignore::{IgnoreRule, IgnoreRules};

use crate::cancellation::Cancellation;
use crate::host::FileSystem;
use crate::parallel;
use crate::scalar::Mode;
use crate::template::Copy;

use file_cache::{Key, Selection};
use listing::Listing;
use walk::Walk;

/// A build context: a directory and its ignore rules.
pub struct Context<'a> {
    files: &'a dyn FileSystem,
    root: PathBuf,
    rules: IgnoreRules,
    cache: FileCache,
    cancellation: Cancellation,
}

/// The entries that a source selects, in the order of the hash.
#[derive(Debug, Clone)]
struct Selected {
    entries: Arc<Listing>,
    /// When the search for them began.
    since: SystemTime,
}

/// The selected files of one copy, in the order of the hash; clones share them.
#[derive(Debug, Clone)]
pub struct FileSet {
    root: PathBuf,
    copy: Copy,
    entries: Arc<Listing>,
    /// When the search for the entries began.
    since: SystemTime,
}

/// Why the files of a copy cannot be selected or read.
#[derive(Debug)]
pub enum ContextError {
    /// The source matches nothing.
    NotFound {
        /// A name in the context that is near, to propose it.
        near: Option<String>,
    },
    /// The source matches ignored files only.
    Ignored {
        /// One of them.
        path: String,
        /// Whether there are only manifests and ignore files, which are rarely meant to be copied.
        alone: bool,
        /// The pattern that ignores it.
        pattern: String,
        /// The place of that pattern among the rules.
        rule: usize,
    },
    /// The source is a pattern that cannot be read.
    Pattern(String),
    /// A link to a directory in a copy that follows links.
    DirectoryLink(String),
    /// Something that is neither a file, a directory nor a link.
    Special(String),
    /// A path that is not UTF-8 text, which the platforms' protocol cannot carry.
    NotUtf8(PathBuf),
    /// A directory is among the files, and the copy's mode would make it unusable.
    Untraversable(String),
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// A file has changed since it was hashed.
    Changed(String),
    /// The archive cannot be written.
    Archive(io::Error),
    /// The search was cancelled.
    Cancelled,
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { .. } => f.write_str("nothing in the build context matches"),
            Self::Ignored { path, pattern, .. } => write!(f, "`{path}` is ignored by `{pattern}`"),
            Self::Pattern(reason) => write!(f, "the pattern cannot be read: {reason}"),
            Self::DirectoryLink(path) => write!(f, "`{path}` is a link to a directory"),
            Self::Special(path) => write!(f, "`{path}` is neither a file, a directory nor a link"),
            Self::NotUtf8(path) => write!(f, "the path `{}` is not UTF-8 text", path.display()),
            Self::Untraversable(path) => write!(f, "`{path}` is a directory"),
            Self::Unreadable { path, error } => {
                write!(f, "cannot read `{}`: {error}", path.display())
            }
            Self::Changed(path) => write!(f, "`{path}` changed while it was packed"),
            Self::Archive(error) => write!(f, "cannot write the archive: {error}"),
            Self::Cancelled => f.write_str("the search was cancelled"),
        }
    }
}

impl std::error::Error for ContextError {}

impl<'a> Context<'a> {
    /// The context in `root`, in which `rules` ignore files.
    #[must_use]
    pub fn new(files: &'a dyn FileSystem, root: PathBuf, rules: IgnoreRules) -> Self {
        let (cache, cancellation) = (FileCache::default(), Cancellation::default());
        Self { files, root, rules, cache, cancellation }
    }

    /// With what earlier analyses selected, and a token that stops the search.
    #[must_use]
    pub fn with(self, cache: FileCache, cancellation: Cancellation) -> Self {
        Self { cache, cancellation, ..self }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path leads, if anything is there.
    #[must_use]
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        self.files.canonicalize(path).ok()
    }

    /// What is ignored.
    #[must_use]
    pub const fn rules(&self) -> &IgnoreRules {
        &self.rules
    }

    /// The files that a copy takes.
    ///
    /// # Errors
    /// Nothing matches, or something does that cannot be copied; see [`ContextError`].
    pub fn select(&self, copy: &Copy) -> Result<FileSet, Arc<ContextError>> {
        let Selected { entries, since } = self.selection(copy)?;
        if copy.mode.is_some() || copy.mode_change.is_some() {
            let closed = entries.iter().find(|entry| is_closed(copy, entry));
            if let Some(directory) = closed {
                return Err(Arc::new(ContextError::Untraversable(directory.path.clone())));
            }
        }
        Ok(FileSet { root: self.root.clone(), copy: copy.clone(), entries, since })
    }

    /// What a file is, by its first bytes. One that cannot be read is reported when it is hashed.
    #[must_use]
    pub fn format(&self, file: &Entry) -> Format {
        let head = self.files.read(&self.root.join(&file.path), compression::HEAD);
        Format::of(&file.path, &head.unwrap_or_default())
    }

    /// The text of a file of at most `limit` bytes; `None` if it is larger or cannot be read.
    #[must_use]
    pub fn text(&self, file: &Entry, limit: usize) -> Option<String> {
        let content = self.files.read(&self.root.join(&file.path), limit).ok()?;
        String::from_utf8(content).ok().filter(|text| text.len() <= limit)
    }

    /// What the source of a copy selects, with the permissions that the copy gives to it.
    fn selection(&self, copy: &Copy) -> Selection {
        let mut key = Key {
            root: self.root.clone(),
            patterns: self.rules.patterns().map(str::to_owned).collect(),
            source: copy.source.clone(),
            follow_symlinks: copy.follow_symlinks,
            mode_change: None,
        };
        let selected = self.cache.get(key.clone(), || {
            let walk = Walk {
                files: self.files,
                root: &self.root,
                rules: &self.rules,
                follow: copy.follow_symlinks,
                cancellation: &self.cancellation,
            };
            let since = SystemTime::now();
            let entries = select::select(walk, &copy.source)?;
            Ok(Selected { entries: Arc::new(Listing::new(entries)), since })
        });
        let Some(change) = &copy.mode_change else { return selected };
        let Selected { entries, since } = selected?;
        key.mode_change = Some(change.clone());
        self.cache.get(key, || {
            let changed = entries.iter().map(|entry| entry.clone().changed(change));
            Ok(Selected { entries: Arc::new(Listing::new(changed.collect())), since })
        })
    }
}

/// Whether an entry is a directory that the copy makes unusable.
fn is_closed(copy: &Copy, entry: &Entry) -> bool {
    let changed = copy.mode_change.as_ref().map(|_| Mode::of_file(entry.mode));
    let mode = copy.mode.or(changed);
    entry.kind == EntryKind::Directory && mode.is_some_and(|mode| !mode.is_traversable())
}

impl FileSet {
    /// The same without the files of which `leaves_out` says so.
    #[must_use]
    pub fn without(self, leaves_out: impl Fn(&Entry) -> bool) -> Self {
        let kept = self.entries.iter().filter(|entry| !leaves_out(entry)).cloned().collect();
        Self { entries: Arc::new(Listing::new(kept)), ..self }
    }

    /// The files, directories and links, in the order of the hash.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entries.totals().bytes
    }

    /// The number of files, without directories and links.
    #[must_use]
    pub fn files(&self) -> usize {
        self.entries.totals().files
    }

    /// The largest paths directly below the source, such as directories in it, at most 16, each with
    /// the bytes of its files.
    #[must_use]
    pub fn largest(&self) -> &[(String, u64)] {
        self.entries.largest(&self.copy.source)
    }

    /// The entries whose last component is one of `names`, in the order of the hash.
    #[must_use]
    pub fn named(&self, names: &[&str]) -> Vec<&Entry> {
        self.entries.named(names)
    }

    /// The key under which the platform keeps the archive.
    ///
    /// # Errors
    /// A file cannot be read, or is not what it was when it was matched.
    pub fn hash(&self) -> Result<FilesHash, ContextError> {
        Ok(self.hashes()?.archive)
    }

    /// The key of the archive and the hash of the content.
    ///
    /// # Errors
    /// Those of [`FileSet::hash`].
    pub fn hashes(&self) -> Result<CopyHash, ContextError> {
        let hash = hash_all(&[self], &HashCache::off()).pop();
        hash.unwrap_or_else(|| Err(ContextError::Changed(self.copy.source.clone())))
    }

    /// The content's hash of each file and link by its path, to say which of them changed.
    ///
    /// # Errors
    /// Those of [`FileSet::hash`].
    pub fn hash_each(&self) -> Result<BTreeMap<String, ContentHash>, ContextError> {
        each::hash(&self.root, &self.entries)
    }

    /// Reads the files, for a platform that takes no archive.
    ///
    /// # Errors
    /// A file cannot be read, or is not as long as it was when it was matched: never more is read
    /// than [`FileSet::bytes`] says.
    pub fn contents(&self) -> Result<Vec<Content>, ContextError> {
        contents::read(&self.root, &self.entries)
    }

    /// Writes the archive to a temporary file and checks its content against `expected`.
    ///
    /// The platform gets the same files, whatever the effort.
    ///
    /// # Errors
    /// A file cannot be read or is not what it was when it was hashed, or the archive cannot be
    /// written; nothing is left behind then.
    pub fn pack(&self, expected: &FilesHash, effort: Effort) -> Result<Packed, ContextError> {
        self.pack_with(expected, effort, parallel::threads())
    }

    /// Writes the files into an existing directory, and checks their content against `expected`.
    ///
    /// Like in an archive, all of them have the same fixed time.
    ///
    /// # Errors
    /// Those of [`FileSet::pack`]; some files may have been written then.
    pub fn write_to(&self, directory: &Path, expected: &FilesHash) -> Result<(), ContextError> {
        unpack::unpack(self.pack(expected, Effort::Little)?, directory)
    }

    fn pack_with(
        &self,
        expected: &FilesHash,
        effort: Effort,
        threads: usize,
    ) -> Result<Packed, ContextError> {
        archive::pack(&self.root, &self.copy, &self.entries, expected, (effort, threads))
    }
}

/// The hashes of each set of files, of which none or some are known to `cache` already.
///
/// A file that several sets hold is read once. The errors are those of [`FileSet::hash`].
#[must_use]
pub fn hash_all(sets: &[&FileSet], cache: &HashCache) -> Vec<Result<CopyHash, ContextError>> {
    let mut session = cache.open();
    let looked_up: Vec<_> = sets
        .iter()
        .map(|set| {
            let key = cache.key(set);
            let hash = key.as_deref().and_then(|key| session.get(key));
            (key, hash)
        })
        .collect();
    let unknown = sets.iter().zip(&looked_up).filter(|(_, (_, hash))| hash.is_none());
    let unknown: Vec<_> = unknown.map(|(set, _)| *set).collect();
    let mut computed = read::hash(&unknown).into_iter();
    let hashes = sets.iter().zip(looked_up).filter_map(|(set, (key, known))| {
        if let Some(known) = known {
            return Some(Ok(known));
        }
        let hash = computed.next()?;
        if let (Some(key), Ok(hash)) = (key, &hash) {
            session.put(set, key, hash);
        }
        Some(hash)
    });
    let all = hashes.collect();
    session.close();
    all
}
