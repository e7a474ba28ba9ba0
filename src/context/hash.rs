//! `filesHash`: the key under which the platform keeps an archive.
//!
//! SHA-256 over `COPY {src} {dest}` and then, for every entry in the order of their paths: the
//! path, the decimal mode, the decimal size (not for directories), and the content or the link's
//! target; all without separators.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::entry::{Entry, EntryKind};
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

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A hash on its way. Packing feeds one too, with the very bytes it packs.
pub(super) struct Hasher {
    sha: Sha256,
}

impl Hasher {
    pub(super) fn new(copy: &Copy) -> Self {
        let mut sha = Sha256::new();
        sha.update(format!("COPY {} {}", copy.source, copy.target));
        Self { sha }
    }

    /// Everything of an entry but a file's content.
    pub(super) fn begin(&mut self, entry: &Entry) {
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

    pub(super) fn content(&mut self, bytes: &[u8]) {
        self.sha.update(bytes);
    }

    pub(super) fn finish(self) -> FilesHash {
        let digest = self.sha.finalize();
        FilesHash(hex(&digest))
    }
}
