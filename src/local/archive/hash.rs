//! The hash of an archive's content, computed as its client should have.
//!
//! SHA-256 over `COPY {src} {dest}` and then for every entry, sorted by path as text: the path, the
//! decimal mode with the file type's bits, the decimal size (not of a directory), and the file's
//! bytes or the link's target; nothing stands between them.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Kind};
use super::reader::{Flow, Reader};
use super::{Fault, Question};

/// How often an archive is read to take contents in an order that is not its own. In the order
/// that the hash wants, which is the one that clients pack in, it is read once.
const MOST_PASSES: usize = 32;

const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;

/// The hash in lower-case hexadecimal digits; `None` if the order of the archive's entries is too
/// far from the hash's.
pub(super) fn digest(
    reader: &Reader<'_>,
    entries: &[Entry],
    question: Question<'_>,
) -> Result<Option<String>, Fault> {
    let mut feed = Feed::new(entries, question);
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
    /// The indexes of the entries that are still to come, the next one last.
    order: Vec<usize>,
    hash: Sha256,
}

impl<'a> Feed<'a> {
    fn new(entries: &'a [Entry], question: Question<'_>) -> Self {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        // Sorted by full path the context itself, whose relative path is `.`, comes first.
        let key = |index: &usize| (entries[*index].path != b".", &entries[*index].path);
        order.sort_by(|a, b| key(b).cmp(&key(a)));
        let mut hash = Sha256::new();
        hash.update(format!("COPY {} {}", question.source, question.target));
        Self { entries, order, hash }
    }

    fn next(&self) -> Option<&'a Entry> {
        self.order.last().map(|index| &self.entries[*index])
    }

    /// Feeds the directories and links that are next.
    fn without_content(&mut self) {
        while let Some(entry) = self.next() {
            match &entry.kind {
                Kind::Directory => self.head(entry, DIRECTORY, None),
                Kind::Symlink(target) => {
                    self.head(entry, SYMLINK, Some(target.len() as u64));
                    self.hash.update(target);
                }
                Kind::File(_) | Kind::Hardlink(_) => return,
            }
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
        self.head(entry, REGULAR, Some(size));
        io::copy(content, &mut Sink(&mut self.hash))?;
        self.order.pop();
        Ok(())
    }

    /// The entry that holds the content of a file: its own, or the one that it is a link to.
    fn content_of(&self, mut index: usize) -> usize {
        // A hard link leads to an earlier entry, so this ends.
        while let Kind::Hardlink(earlier) = self.entries[index].kind {
            index = earlier;
        }
        index
    }

    fn head(&mut self, entry: &Entry, file_type: u32, size: Option<u64>) {
        // Packers that know no mode for links write 0 where the system says 0777.
        let mode = if file_type == SYMLINK && entry.mode == 0 { 0o777 } else { entry.mode };
        self.hash.update(&entry.path);
        self.hash.update((file_type | mode).to_string());
        if let Some(size) = size {
            self.hash.update(size.to_string());
        }
    }

    fn finish(self) -> String {
        let digest = self.hash.finalize();
        digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
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
