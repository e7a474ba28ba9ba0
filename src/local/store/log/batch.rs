//! Entries that are not written yet.

use std::fs::File;
use std::io::{self, Write as _};

use super::entry::NewEntry;
use super::index::{Index, Mark};

/// The number of bytes after which a batch is written.
const FULL: usize = 64 << 10;

/// Entries that are written with one call.
#[derive(Debug, Default)]
pub(super) struct Batch {
    lines: Vec<u8>,
    marks: Vec<Mark>,
}

impl Batch {
    pub(super) fn push(&mut self, entry: &NewEntry<'_>) -> io::Result<()> {
        let begin = self.lines.len();
        if let Err(error) = serde_json::to_writer(&mut self.lines, entry) {
            self.lines.truncate(begin);
            return Err(error.into());
        }
        self.lines.push(b'\n');
        let length = self.lines.len() - begin;
        self.marks.push(Mark::new(entry.level, entry.timestamp, length));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= FULL
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.marks.clear();
    }

    /// Appends the entries to a file that ends where the index does, and empties the batch.
    ///
    /// On a full disk, the entries that fit remain, and the part of the next one is truncated.
    pub(super) fn write(&mut self, file: &mut File, index: &mut Index) -> io::Result<()> {
        let (written, result) = write_all(file, &self.lines);
        let mut rest = written as u64;
        for mark in &self.marks {
            let Some(remaining) = rest.checked_sub(mark.length()) else { break };
            rest = remaining;
            index.push(mark);
        }
        self.clear();
        let truncated = if rest > 0 { file.set_len(index.end().position) } else { Ok(()) };
        result.and(truncated)
    }
}

/// As [`io::Write::write_all`], and says how many bytes were written.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}
