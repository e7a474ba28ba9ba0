//! The hash of an archive's content, as its client should have computed it.
//!
//! SHA-256 over `COPY {src} {dest}` and then for every entry, sorted by path as text: the path, the
//! decimal mode with the file type's bits, the decimal size (not of a directory), and the file's
//! bytes or the link's target, without separators.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Kind};
use super::reader::{Flow, Reader};
use super::{ArchiveCheck, Fault};
use crate::scalar::hex;

/// The largest number of passes over an archive whose entries are not in the order of the hash. One
/// in that order needs none of these: see [`Running`].
const MOST_PASSES: usize = 32;

const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;

/// Computes the hash while the entries come in its order.
pub(super) struct Running {
    hash: Sha256,
    /// The path of the last entry.
    last: Option<Vec<u8>>,
    in_order: bool,
}

impl Running {
    pub(super) fn new(check: ArchiveCheck<'_>) -> Self {
        Self { hash: begin(check), last: None, in_order: true }
    }

    /// Takes the next entry of the archive.
    pub(super) fn take(&mut self, entry: &Entry, content: &mut impl Read) -> io::Result<()> {
        let comes_next = self.last.as_ref().is_none_or(|last| key(last) < key(&entry.path));
        // The content of a hard link came earlier.
        self.in_order &= comes_next && !matches!(entry.kind, Kind::Hardlink(_));
        if !self.in_order {
            return Ok(());
        }
        self.last = Some(entry.path.clone());
        if let Kind::File(size) = entry.kind {
            head(&mut self.hash, entry, REGULAR, Some(size));
            io::copy(content, &mut Sink(&mut self.hash))?;
        } else {
            without_content(&mut self.hash, entry);
        }
        Ok(())
    }

    /// The hash in lower-case hexadecimal digits; `None` if the entries came in another order.
    pub(super) fn finish(self) -> Option<String> {
        self.in_order.then(|| digits(self.hash))
    }
}

/// The sort key of an entry. The context itself, whose relative path is `.`, comes first.
fn key(path: &[u8]) -> (bool, &[u8]) {
    (path != b".", path)
}

fn begin(check: ArchiveCheck<'_>) -> Sha256 {
    Sha256::new_with_prefix(format!("COPY {} {}", check.source, check.target))
}

/// Feeds everything of an entry but a file's content.
fn head(hash: &mut Sha256, entry: &Entry, file_type: u32, size: Option<u64>) {
    // Packers without modes for links write 0 instead of the system's 0777.
    let mode = if file_type == SYMLINK && entry.mode == 0 { 0o777 } else { entry.mode };
    hash.update(&entry.path);
    hash.update((file_type | mode).to_string());
    if let Some(size) = size {
        hash.update(size.to_string());
    }
}

/// Feeds a directory or a link; returns whether the entry was one.
fn without_content(hash: &mut Sha256, entry: &Entry) -> bool {
    match &entry.kind {
        Kind::Directory => head(hash, entry, DIRECTORY, None),
        Kind::Symlink(target) => {
            head(hash, entry, SYMLINK, Some(target.len() as u64));
            hash.update(target);
        }
        Kind::File(_) | Kind::Hardlink(_) => return false,
    }
    true
}

fn digits(hash: Sha256) -> String {
    hex(&hash.finalize())
}

/// The hash in lower-case hexadecimal digits; `None` if the order of the archive's entries is too
/// far from the hash's.
pub(super) fn digest(
    reader: &Reader<'_>,
    entries: &[Entry],
    check: ArchiveCheck<'_>,
) -> Result<Option<String>, Fault> {
    let mut feed = Feed::new(entries, check);
    for _ in 0..MOST_PASSES {
        feed.without_content();
        if feed.next().is_none() {
            return Ok(Some(feed.finish()));
        }
        reader.walk(|index, content| {
            feed.content(index, content).map_err(|error| reader.fault(&error))?;
            feed.without_content();
            Ok(if feed.next().is_none() { Flow::Stop } else { Flow::Continue })
        })?;
    }
    feed.without_content();
    Ok(feed.next().is_none().then(|| feed.finish()))
}

/// Feeds the hash with the entries in its order.
struct Feed<'a> {
    entries: &'a [Entry],
    /// The indices of the remaining entries, the next one last.
    order: Vec<usize>,
    hash: Sha256,
}

impl<'a> Feed<'a> {
    fn new(entries: &'a [Entry], check: ArchiveCheck<'_>) -> Self {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let key = |index: &usize| key(&entries[*index].path);
        order.sort_by(|a, b| key(b).cmp(&key(a)));
        Self { entries, order, hash: begin(check) }
    }

    fn next(&self) -> Option<&'a Entry> {
        self.order.last().map(|index| &self.entries[*index])
    }

    /// Feeds the directories and links that are next.
    fn without_content(&mut self) {
        while let Some(entry) = self.next()
            && without_content(&mut self.hash, entry)
        {
            self.order.pop();
        }
    }

    /// Feeds the file that is next if `index` holds its content.
    fn content(&mut self, index: usize, content: &mut impl Read) -> io::Result<()> {
        let (Some(entry), Some(next)) = (self.next(), self.order.last().copied()) else {
            return Ok(());
        };
        let source = self.content_of(next);
        if source != index {
            return Ok(());
        }
        let size = match self.entries[source].kind {
            Kind::File(size) => size,
            _ => 0,
        };
        head(&mut self.hash, entry, REGULAR, Some(size));
        io::copy(content, &mut Sink(&mut self.hash))?;
        self.order.pop();
        Ok(())
    }

    /// The entry with the content of a file: itself, or the target of a hard link.
    fn content_of(&self, mut index: usize) -> usize {
        // A hard link refers to an earlier entry, so this terminates.
        while let Kind::Hardlink(earlier) = self.entries[index].kind {
            index = earlier;
        }
        index
    }

    fn finish(self) -> String {
        digits(self.hash)
    }
}

struct Sink<'a>(&'a mut Sha256);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
