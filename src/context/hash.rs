//! The hashes of a copy: `filesHash`, the key under which the platform keeps the archive, and the
//! content, which is the same in every clone of a repository.
//!
//! `filesHash` is SHA-256 over `COPY {src} {dest}` and then, for every entry in the order of their
//! paths: the path, the decimal mode, the decimal size (not for directories), and the content or
//! the link's target; all without separators.
//!
//! The content's hash is SHA-256 over what Git keeps, in the same order: of each file the path,
//! whether its owner can execute it, and its bytes; of each link the path and the target. Every part
//! has its length before it. Other permissions follow from the umask and times from the clone, and
//! directories that are empty, or hold ignored files alone, are not in a clone.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::entry::{Entry, EntryKind};
use crate::scalar::hex;
use crate::template::Copy;

/// The hash as the protocol has it: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilesHash(pub(super) String);

impl FilesHash {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilesHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hash of a copy's content: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub(super) String);

impl ContentHash {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Both hashes of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyHash {
    /// The key of its archive.
    pub archive: FilesHash,
    /// Its content.
    pub content: ContentHash,
}

/// What a hash is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Archive,
    Content,
}

/// The bit of a mode that says whether the owner can execute a file.
const OWNER_EXECUTES: u32 = 0o100;

/// A hash on its way. Packing feeds one too, with the very bytes it packs.
pub(super) struct Hasher {
    sha: Sha256,
    scheme: Scheme,
}

impl Hasher {
    /// The key of a copy's archive.
    pub(super) fn of_archive(copy: &Copy) -> Self {
        let mut sha = Sha256::new();
        sha.update(format!("COPY {} {}", copy.source, copy.target));
        Self { sha, scheme: Scheme::Archive }
    }

    /// The content of a copy, with the change that is made to its permissions.
    pub(super) fn of_content(copy: &Copy) -> Self {
        let mut hasher = Self::of_entry();
        if let Some(change) = &copy.mode_change {
            hasher.sized(b'm', &change.to_string());
        }
        hasher
    }

    /// The content of one file or link.
    pub(super) fn of_entry() -> Self {
        Self { sha: Sha256::new(), scheme: Scheme::Content }
    }

    /// Everything of an entry but a file's content.
    pub(super) fn begin(&mut self, entry: &Entry) {
        match self.scheme {
            Scheme::Archive => self.begin_archived(entry),
            Scheme::Content => self.begin_content(entry),
        }
    }

    fn begin_archived(&mut self, entry: &Entry) {
        self.sha.update(&entry.path);
        self.sha.update(entry.mode.to_string());
        match &entry.kind {
            EntryKind::Directory => {}
            EntryKind::File => self.sha.update(entry.size.to_string()),
            EntryKind::Link(target) => {
                self.sha.update(entry.size.to_string());
                self.sha.update(target);
            }
        }
    }

    fn begin_content(&mut self, entry: &Entry) {
        match &entry.kind {
            EntryKind::Directory => {}
            EntryKind::File => {
                let executes = entry.own_mode & OWNER_EXECUTES != 0;
                self.sized(if executes { b'x' } else { b'f' }, &entry.path);
                self.sha.update(entry.size.to_le_bytes());
            }
            EntryKind::Link(target) => {
                self.sized(b'l', &entry.path);
                self.sized(b't', target);
            }
        }
    }

    /// A text with its kind and its length before it.
    fn sized(&mut self, kind: u8, text: &str) {
        self.sha.update([kind]);
        self.sha.update((text.len() as u64).to_le_bytes());
        self.sha.update(text);
    }

    pub(super) fn content(&mut self, bytes: &[u8]) {
        self.sha.update(bytes);
    }

    /// The hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hex(&self.sha.finalize())
    }
}
