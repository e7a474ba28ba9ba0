//! A sparse index of a log: where to start reading for a page.
//!
//! Entries are grouped into blocks of [`STRIDE`]. For each block the index has the position in the
//! file, the number of entries before it by level, and the time of the last entry before it. A page
//! reads the block it starts in and those it extends over, whatever the length of the log: for
//! 500,000 entries, 50 MB of output, the index takes 160 KiB.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;

use super::entry::Line;
use crate::wire::e2b::LogLevel;

/// The number of entries in a block.
pub(super) const STRIDE: u32 = 128;

/// The number of levels that an entry can be asked for by: `debug`, `info`, `warn`, `error`.
const LEVELS: usize = 4;

/// What the index needs to know of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    rank: usize,
    time: Timestamp,
    /// The length of its line, in bytes with the line break.
    length: u64,
}

impl Mark {
    pub(super) fn new(level: &LogLevel, time: Timestamp, length: usize) -> Self {
        Self { rank: rank(level), time, length: length as u64 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

/// A place in a log, with the sums over all entries before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The position in the file, in bytes.
    pub(super) position: u64,
    /// The time of the latest entry before.
    pub(super) time: Timestamp,
    /// The number of entries that have at least the level of this rank.
    counts: [u32; LEVELS],
}

impl Place {
    const START: Self = Self { position: 0, time: Timestamp::MIN, counts: [0; LEVELS] };

    /// The number of entries that have at least a level.
    fn count(&self, level: &LogLevel) -> usize {
        self.counts[rank(level).min(LEVELS - 1)] as usize
    }

    fn pass(&mut self, mark: &Mark) {
        self.position += mark.length;
        self.time = self.time.max(mark.time);
        self.counts.iter_mut().take(mark.rank + 1).for_each(|count| *count += 1);
    }
}

/// Entries that are read at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    begin: Place,
    end: Place,
    /// Whether entries may be added to it.
    pub(super) is_last: bool,
}

impl Block {
    /// Its bytes in the file.
    pub(super) fn bytes(&self) -> Range<u64> {
        self.begin.position..self.end.position
    }

    /// Whether it has entries of at least a level.
    pub(super) fn has(&self, level: &LogLevel) -> bool {
        self.end.count(level) > self.begin.count(level)
    }
}

/// The blocks of a log.
#[derive(Debug)]
pub(super) struct Index {
    /// Where each block begins.
    blocks: Vec<Place>,
    /// The end of the last entry.
    end: Place,
}

impl Default for Index {
    fn default() -> Self {
        Self { blocks: Vec::new(), end: Place::START }
    }
}

impl Index {
    /// Indexes a file in one pass; one that does not exist is empty.
    ///
    /// An incomplete line at the end is left out: the process was killed while it wrote it, and no
    /// client has seen it. An unreadable line before is no entry.
    pub(super) fn scan(path: &Path) -> io::Result<Self> {
        let mut index = Self::default();
        let mut file = match File::open(path) {
            Ok(file) => BufReader::with_capacity(64 << 10, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(index),
            Err(error) => return Err(error),
        };
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            match Line::read(&line).map(|line| line.entry()) {
                Some(entry) => {
                    let time = entry.timestamp.unwrap_or(Timestamp::UNIX_EPOCH);
                    index.push(&Mark::new(&entry.level, time, line.len()));
                }
                None => index.end.position += line.len() as u64,
            }
            line.clear();
        }
        Ok(index)
    }

    /// Adds the next entry.
    pub(super) fn push(&mut self, mark: &Mark) {
        if self.end.counts[0].is_multiple_of(STRIDE) {
            self.blocks.push(self.end);
        }
        self.end.pass(mark);
    }

    /// The end of the last entry.
    pub(super) fn end(&self) -> Place {
        self.end
    }

    /// The block of the entry with the number `n`, counted from 0, among those that have at least a
    /// level; and how many of these are before the block.
    pub(super) fn block_of(&self, n: usize, level: &LogLevel) -> (usize, usize) {
        let block = self.last_block(|place| place.count(level) <= n);
        (block, self.blocks.get(block).map_or(0, |place| place.count(level)))
    }

    /// The first block that has an entry at a time, in milliseconds, or later.
    pub(super) fn block_since(&self, time: i64) -> usize {
        self.last_block(|place| place.time.as_millisecond() < time)
    }

    /// The last block that has an entry at a time, in milliseconds, or earlier.
    pub(super) fn block_until(&self, time: i64) -> usize {
        self.last_block(|place| place.time.as_millisecond() <= time)
    }

    /// A block by its number; `None` after the last one.
    pub(super) fn block(&self, number: usize) -> Option<Block> {
        let begin = *self.blocks.get(number)?;
        let next = self.blocks.get(number + 1);
        Some(Block { begin, end: *next.unwrap_or(&self.end), is_last: next.is_none() })
    }

    fn last_block(&self, before: impl Fn(&Place) -> bool) -> usize {
        self.blocks.partition_point(before).saturating_sub(1)
    }
}

/// The rank of a level, from 0. An unknown level is above all others.
fn rank(level: &LogLevel) -> usize {
    match level {
        LogLevel::Debug => 0,
        LogLevel::Info => 1,
        LogLevel::Warn => 2,
        LogLevel::Error => 3,
        LogLevel::Other(_) => LEVELS,
    }
}
