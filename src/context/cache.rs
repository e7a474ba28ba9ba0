//! A persistent cache of hashes, so that an unchanged context costs only a walk.
//!
//! The key of a copy's hash consists of everything that identifies the state of its files without
//! reading them: path, mode, size, device, inode, `mtime` and `ctime`. The `ctime` cannot be set by
//! programs, so an edit is noticed even if it keeps the size and restores the `mtime`.
//!
//! Clocks have a limited resolution: a file may change twice within one tick with the same times.
//! So a hash is only stored if the last change was well before the metadata was read.
//!
//! The cache is a hint: packing hashes again what it packs. The only change that is not noticed is
//! a write through a memory map, until the system has written the page to the disk.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::FileSet;
use super::entry::{Entry, EntryKind};
use super::hash::{ContentHash, CopyHash, FilesHash};
use crate::scalar::hex;

/// The required age of the last change of a file: more than the coarsest resolution of a file
/// system, which is that of FAT.
const GRAIN: Duration = Duration::from_secs(4);

/// The first line of the file.
const HEADER: &str = "sbx files-hash 2";

/// The largest number of copies; each takes about 220 bytes in the file.
const MOST: usize = 2000;

/// The largest accepted file, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The cache of hashes, which may be off.
#[derive(Debug, Clone)]
pub struct HashCache {
    file: Option<PathBuf>,
    grain: Duration,
}

impl HashCache {
    /// A cache that stores nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self { file: None, grain: GRAIN }
    }

    /// A cache in a directory, which is created on demand. Errors are treated as an empty cache.
    #[must_use]
    pub fn within(directory: &Path) -> Self {
        Self { file: Some(directory.join("files-hash")), grain: GRAIN }
    }

    /// Assumes that the clock of the file system distinguishes changes that are `grain` apart.
    #[must_use]
    pub fn with_grain(self, grain: Duration) -> Self {
        Self { grain, ..self }
    }

    /// Reads the file.
    pub(super) fn open(&self) -> Session<'_> {
        let kept = self.file.as_deref().and_then(|file| read(file).ok()).unwrap_or_default();
        Session { cache: self, kept, changed: false }
    }

    /// Removes the hashes of these sets, because one of them was found to be wrong.
    pub fn forget<'a>(&self, sets: impl IntoIterator<Item = &'a FileSet>) {
        let mut session = self.open();
        for set in sets {
            let key = self.key(set);
            let before = session.kept.len();
            session.kept.retain(|kept| Some(&kept.key) != key.as_ref());
            session.changed |= session.kept.len() != before;
        }
        session.close();
    }

    /// The key of a set's hash; `None` if the cache is off.
    pub(super) fn key(&self, set: &FileSet) -> Option<String> {
        self.file.as_ref()?;
        let root = fs::canonicalize(&set.root).ok()?;
        let mut sha = Sha256::new();
        let mut line = Vec::new();
        for part in [root.as_os_str().as_encoded_bytes(), set.copy.source.as_bytes()] {
            put(&mut line, part);
        }
        put(&mut line, set.copy.target.as_bytes());
        let change = set.copy.mode_change.as_ref().map(ToString::to_string);
        put(&mut line, change.unwrap_or_default().as_bytes());
        for entry in set.entries.iter() {
            identity(entry, &mut line);
            if line.len() > 1 << 14 {
                sha.update(&line);
                line.clear();
            }
        }
        sha.update(&line);
        Some(hex(&sha.finalize()))
    }

    /// Whether the last change of each file is old enough that the next one has another time.
    fn is_settled(&self, set: &FileSet) -> bool {
        let since = set.since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = |time: Duration| i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
        let (since, grain) = (nanoseconds(since), nanoseconds(self.grain));
        set.entries.iter().filter(|entry| entry.is_file()).all(|entry| {
            // A time in the future was set by a program, and identifies the state as well.
            let near = (entry.version.modified - since).abs() <= grain;
            entry.version.changed < since - grain && !near
        })
    }
}

/// Appends bytes with their length, so that different lists never serialize to the same bytes.
fn put(line: &mut Vec<u8>, bytes: &[u8]) {
    line.extend((bytes.len() as u64).to_le_bytes());
    line.extend(bytes);
}

/// Appends the metadata that identifies the state of an entry.
///
/// The state of directories and links is known completely from reading them.
fn identity(entry: &Entry, line: &mut Vec<u8>) {
    put(line, entry.path.as_bytes());
    line.extend(entry.mode.to_le_bytes());
    match &entry.kind {
        EntryKind::Directory => line.push(b'd'),
        EntryKind::Link(target) => {
            line.push(b'l');
            line.extend(entry.size.to_le_bytes());
            put(line, target.as_bytes());
        }
        EntryKind::File => {
            line.push(b'f');
            let version = &entry.version;
            for number in [entry.size, version.device, version.inode] {
                line.extend(number.to_le_bytes());
            }
            line.extend(version.modified.to_le_bytes());
            line.extend(version.changed.to_le_bytes());
        }
    }
}

/// The hashes of a copy with their key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    key: String,
    archive: String,
    content: String,
    /// A checksum of the line, to detect corruption.
    check: String,
}

impl Kept {
    fn new(key: String, hash: &CopyHash) -> Self {
        let (archive, content) = (hash.archive.as_str(), hash.content.as_str());
        let check = Self::check(&key, archive, content);
        Self { key, archive: archive.to_owned(), content: content.to_owned(), check }
    }

    fn check(key: &str, archive: &str, content: &str) -> String {
        let digest = Sha256::digest(format!("{key} {archive} {content}"));
        hex(&digest[..8])
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ').map(str::to_owned);
        Some(Self {
            key: words.next()?,
            archive: words.next()?,
            content: words.next()?,
            check: words.next()?,
        })
    }

    fn hash(&self) -> Option<CopyHash> {
        let sound = Self::check(&self.key, &self.archive, &self.content) == self.check;
        sound.then(|| CopyHash {
            archive: FilesHash(self.archive.clone()),
            content: ContentHash(self.content.clone()),
        })
    }
}

/// The open cache: least recently used first.
pub(super) struct Session<'a> {
    cache: &'a HashCache,
    kept: Vec<Kept>,
    changed: bool,
}

impl Session<'_> {
    /// The hashes with a key.
    pub(super) fn get(&mut self, key: &str) -> Option<CopyHash> {
        let at = self.kept.iter().rposition(|kept| kept.key == key)?;
        let hash = self.kept[at].hash();
        // Do not rewrite the file for every use of a recent hash.
        if at < self.kept.len() / 2 {
            let kept = self.kept.remove(at);
            self.kept.push(kept);
            self.changed = true;
        }
        hash
    }

    /// Stores the hashes of a set, if its key will notice the next change.
    pub(super) fn put(&mut self, set: &FileSet, key: String, hash: &CopyHash) {
        if self.cache.is_settled(set) {
            self.kept.retain(|kept| kept.key != key);
            self.kept.push(Kept::new(key, hash));
            self.changed = true;
        }
    }

    /// Writes the file if anything changed.
    pub(super) fn close(self) {
        if let (true, Some(file)) = (self.changed, &self.cache.file) {
            let oldest = self.kept.len().saturating_sub(MOST);
            // Without the cache, hashes are computed again.
            let _ = write(file, &self.kept[oldest..]);
        }
    }
}

fn read(file: &Path) -> io::Result<Vec<Kept>> {
    if fs::metadata(file)?.len() > MOST_BYTES {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(file)?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Ok(Vec::new());
    }
    Ok(lines.filter_map(Kept::parse).collect())
}

/// Writes the file atomically.
fn write(file: &Path, kept: &[Kept]) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut new = tempfile::NamedTempFile::new_in(directory)?;
    let mut text = format!("{HEADER}\n");
    for Kept { key, archive, content, check } in kept {
        text.extend([key, " ", archive, " ", content, " ", check, "\n"]);
    }
    new.write_all(text.as_bytes())?;
    new.persist(file)?;
    Ok(())
}
