//! What was hashed before, so that a context that has not changed costs a walk.
//!
//! A copy's hash is kept under all that it was computed from, as far as the system tells one state
//! of a file from another without reading it: path, mode, size, device, inode, and the times of
//! the last changes. Nobody can set the last of these, the `ctime`, so an edit shows even if it
//! leaves the size and restores the other time.
//!
//! A clock has a grain: a file may change twice within one tick, and look the same after each.
//! So the hash of a file is kept only if its last change lay well before the file was looked at.
//!
//! What is kept is a hint: packing hashes once more what it packs. The one change that does not
//! show is that of a program which writes through a memory map, until the system has written the
//! page to the disk.

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
use super::hash::{FilesHash, hex};

/// How old the last change of a file must be: more than the coarsest clock of a file system in
/// use, which is FAT's.
const GRAIN: Duration = Duration::from_secs(4);

/// The first line of the file.
const HEADER: &str = "sbx files-hash 1";

/// The most hashes that are kept; the file is about 150 bytes for each.
const MOST: usize = 2000;

/// The most bytes of the file that are read.
const MOST_BYTES: u64 = 1 << 20;

/// A place where hashes are kept, or none.
#[derive(Debug, Clone)]
pub struct HashCache {
    file: Option<PathBuf>,
    grain: Duration,
}

impl HashCache {
    /// Keeps nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self { file: None, grain: GRAIN }
    }

    /// Keeps hashes in a directory, which is made when there is something to keep. What cannot be
    /// read or written there is as good as absent.
    #[must_use]
    pub fn within(directory: &Path) -> Self {
        Self { file: Some(directory.join("files-hash")), grain: GRAIN }
    }

    /// Trusts the clock of the context's file system to tell changes apart that are `grain` apart.
    #[must_use]
    pub fn with_grain(self, grain: Duration) -> Self {
        Self { grain, ..self }
    }

    /// Reads what is kept.
    pub(super) fn open(&self) -> Session<'_> {
        let kept = self.file.as_deref().and_then(|file| read(file).ok()).unwrap_or_default();
        Session { cache: self, kept, changed: false }
    }

    /// Forgets the hashes of these sets, because one of them was found to be wrong.
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

    /// Under what a set's hash is kept; `None` if nothing is kept.
    pub(super) fn key(&self, set: &FileSet) -> Option<String> {
        self.file.as_ref()?;
        let root = fs::canonicalize(&set.root).ok()?;
        let mut sha = Sha256::new();
        let mut line = Vec::new();
        for part in [root.as_os_str().as_encoded_bytes(), set.copy.source.as_bytes()] {
            put(&mut line, part);
        }
        put(&mut line, set.copy.target.as_bytes());
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

    /// Whether each file's last change lies so far back that the next one will have another time.
    fn is_settled(&self, set: &FileSet) -> bool {
        let since = set.since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = |time: Duration| i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
        let (since, grain) = (nanoseconds(since), nanoseconds(self.grain));
        set.entries.iter().filter(|entry| entry.is_file()).all(|entry| {
            // A time that somebody has set to the future tells as much as one of the past.
            let near = (entry.version.modified - since).abs() <= grain;
            entry.version.changed < since - grain && !near
        })
    }
}

/// Appends something of any length, so that no two lists of them read the same.
fn put(line: &mut Vec<u8>, bytes: &[u8]) {
    line.extend((bytes.len() as u64).to_le_bytes());
    line.extend(bytes);
}

/// Appends what tells one state of an entry from another.
///
/// Directories and links have nothing that was not just read whole.
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

/// A hash and what it is kept under.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    key: String,
    hash: String,
    /// Tells a line that somebody or something has damaged.
    check: String,
}

impl Kept {
    fn new(key: String, hash: &FilesHash) -> Self {
        let check = Self::check(&key, hash.as_str());
        Self { key, hash: hash.as_str().to_owned(), check }
    }

    fn check(key: &str, hash: &str) -> String {
        let digest = Sha256::digest(format!("{key} {hash}"));
        hex(&digest[..8])
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ').map(str::to_owned);
        Some(Self { key: words.next()?, hash: words.next()?, check: words.next()? })
    }

    fn hash(&self) -> Option<FilesHash> {
        let sound = Self::check(&self.key, &self.hash) == self.check;
        sound.then(|| FilesHash(self.hash.clone()))
    }
}

/// What is kept, while it is used: the hash used last stands last.
pub(super) struct Session<'a> {
    cache: &'a HashCache,
    kept: Vec<Kept>,
    changed: bool,
}

impl Session<'_> {
    /// The hash that is kept under a key.
    pub(super) fn get(&mut self, key: &str) -> Option<FilesHash> {
        let at = self.kept.iter().rposition(|kept| kept.key == key)?;
        let hash = self.kept[at].hash();
        // One that is used often is not always written anew.
        if at < self.kept.len() / 2 {
            let kept = self.kept.remove(at);
            self.kept.push(kept);
            self.changed = true;
        }
        hash
    }

    /// Keeps the hash of a set under its key, if that will tell the next change.
    pub(super) fn put(&mut self, set: &FileSet, key: String, hash: &FilesHash) {
        if self.cache.is_settled(set) {
            self.kept.retain(|kept| kept.key != key);
            self.kept.push(Kept::new(key, hash));
            self.changed = true;
        }
    }

    /// Writes what changed.
    pub(super) fn close(self) {
        if let (true, Some(file)) = (self.changed, &self.cache.file) {
            let oldest = self.kept.len().saturating_sub(MOST);
            // Whoever cannot keep hashes computes them anew.
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

/// Writes the file whole or not at all.
fn write(file: &Path, kept: &[Kept]) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut new = tempfile::NamedTempFile::new_in(directory)?;
    let mut text = format!("{HEADER}\n");
    for Kept { key, hash, check } in kept {
        text.extend([key, " ", hash, " ", check, "\n"]);
    }
    new.write_all(text.as_bytes())?;
    new.persist(file)?;
    Ok(())
}
