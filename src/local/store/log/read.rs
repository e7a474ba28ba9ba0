//! Pages of a log.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use super::index::Block;
use super::{BuildLog, Line};
use crate::wire::e2b::LogLevel;

/// Which entries a page has, and how many at most.
#[derive(Debug, Clone, Copy)]
pub(in crate::local) struct Page<'a> {
    /// The lowest level.
    pub(in crate::local) level: &'a LogLevel,
    pub(in crate::local) limit: usize,
}

impl BuildLog {
    /// The entries after the first `offset` ones of the page's level and above.
    pub(in crate::local) fn after(&self, offset: usize, page: Page<'_>) -> io::Result<Vec<Line>> {
        let (block, before) = self.written()?.index.block_of(offset, page.level);
        let mut skipped = before;
        self.forward(block, page, |_| {
            skipped += 1;
            skipped > offset
        })
    }

    /// The entries since a time, in milliseconds since the epoch.
    pub(in crate::local) fn since(&self, time: i64, page: Page<'_>) -> io::Result<Vec<Line>> {
        let block = self.written()?.index.block_since(time);
        self.forward(block, page, |line| milliseconds(line) >= time)
    }

    /// The entries up to a time, in milliseconds since the epoch, newest first.
    pub(in crate::local) fn until(&self, time: i64, page: Page<'_>) -> io::Result<Vec<Line>> {
        let last = self.written()?.index.block_until(time);
        let mut found = Vec::new();
        let Some(file) = self.open()? else { return Ok(found) };
        for number in (0..=last).rev() {
            if found.len() >= page.limit {
                break;
            }
            let Some(block) = self.lock()?.index.block(number) else { break };
            let lines = read(&file, block, page.level)?.into_iter().rev();
            let lines = lines.filter(|line| milliseconds(line) <= time);
            found.extend(lines.take(page.limit - found.len()));
        }
        Ok(found)
    }

    /// The accepted entries from a block on.
    fn forward(
        &self,
        first: usize,
        page: Page<'_>,
        mut accepts: impl FnMut(&Line) -> bool,
    ) -> io::Result<Vec<Line>> {
        let mut found = Vec::new();
        let Some(file) = self.open()? else { return Ok(found) };
        for number in first.. {
            let Some(block) = self.lock()?.index.block(number) else { break };
            let lines = read(&file, block, page.level)?.into_iter().filter(&mut accepts);
            found.extend(lines.take(page.limit - found.len()));
            // If entries were added to the last block meanwhile, they come before a next one.
            if block.is_last || found.len() >= page.limit {
                break;
            }
        }
        Ok(found)
    }

    /// The file; `None` if nothing was written, or the log was removed.
    fn open(&self) -> io::Result<Option<File>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The entries of a block that have at least a level. A block without such entries is not read.
fn read(file: &File, block: Block, level: &LogLevel) -> io::Result<Vec<Line>> {
    if !block.has(level) {
        return Ok(Vec::new());
    }
    let Range { start, end } = block.bytes();
    let mut bytes = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, start)?;
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(Line::read);
    // No level is below the lowest.
    let is_wanted = |line: &Line| *level == LogLevel::Debug || line.entry().level >= *level;
    Ok(lines.filter(is_wanted).collect())
}

fn milliseconds(line: &Line) -> i64 {
    line.entry().timestamp.map_or(0, jiff::Timestamp::as_millisecond)
}
