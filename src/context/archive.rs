//! The archive of a copy's files: a reproducible gzipped tar.
//!
//! The hash does not include owners and times, so neither does the archive: everything belongs to
//! 0:0 and has a fixed time. The packed content is hashed again, because the platform stores an
//! archive under the given hash without checking it: a file that changed between hashing and
//! packing would poison the cache for all users of the account.
//!
//! Several threads read and compress batches. The batches depend only on the entries, so the
//! archive does not depend on the number of threads.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Seek as _};
use std::ops::Range;
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::ContextError;
use super::batch::{self, Batch, Opener};
use super::entry::{Entry, EntryKind};
use super::gzip::{Compressor, Effort, Gzip};
use super::hash::{FilesHash, Hasher};
use crate::host::System;
use crate::parallel;
use crate::template::Copy;

/// 1 January 1985, in seconds since 1970: zip tools reject times before 1980.
const MTIME: u64 = 473_385_600;

/// An archive in a temporary file, which is deleted when this is dropped.
#[derive(Debug)]
pub struct Packed {
    /// The file, at its beginning.
    pub file: File,
    /// The archive's length in bytes.
    pub bytes: u64,
}

/// The end of a tar: two empty blocks.
const END: [u8; 1024] = [0; 1024];

/// The block size of a tar, in bytes.
const BLOCK: usize = 512;

pub(super) fn pack(
    root: &Path,
    copy: &Copy,
    entries: &[Entry],
    expected: &FilesHash,
    (effort, threads): (Effort, usize),
) -> Result<Packed, ContextError> {
    let spool = tempfile::tempfile().map_err(ContextError::Archive)?;
    let mut gzip = Gzip::new(spool).map_err(ContextError::Archive)?;
    let mut hasher = Hasher::of_archive(copy);
    let sizes = entries.iter().map(|entry| if entry.is_file() { entry.size } else { 0 });
    let batches = batch::divide(sizes);
    let fill = |batch: &Batch, packing: &mut Packing| {
        packing.fill(root, entries, batch)?;
        packing.compressor.block(&packing.raw, effort).map_err(ContextError::Archive)
    };
    parallel::pipe(&batches, threads, fill, |_, packing| {
        for part in &packing.parts {
            if part.begins {
                hasher.begin(&entries[part.entry]);
            }
            hasher.content(&packing.raw[part.content.clone()]);
        }
        gzip.append(&packing.compressor).map_err(ContextError::Archive)
    })?;
    if hasher.finish() != expected.as_str() {
        // It is unknown which file has changed, since each was consistent when it was packed.
        return Err(ContextError::Changed(copy.source.clone()));
    }
    let (mut spool, bytes) = gzip.finish(&END).map_err(ContextError::Archive)?;
    spool.rewind().map_err(ContextError::Archive)?;
    Ok(Packed { file: spool, bytes })
}

/// A batch that is being packed.
#[derive(Default)]
struct Packing {
    /// The batch as tar.
    raw: Vec<u8>,
    parts: Vec<Part>,
    compressor: Compressor,
}

/// Where the content of an entry is in a batch.
struct Part {
    entry: usize,
    /// Whether the entry begins in this batch.
    begins: bool,
    content: Range<usize>,
}

impl Packing {
    /// Appends a batch to nothing.
    fn fill<'a>(
        &mut self,
        root: &'a Path,
        entries: &'a [Entry],
        batch: &Batch,
    ) -> Result<(), ContextError> {
        self.raw.clear();
        self.parts.clear();
        let mut opener = Opener::new(root);
        match batch {
            Batch::Whole(range) => {
                for at in range.clone() {
                    self.append(root, entries, at, None, &mut opener)?;
                }
            }
            Batch::Part { at, bytes } => {
                self.append(root, entries, *at, Some(bytes), &mut opener)?;
            }
        }
        Ok(())
    }

    /// Appends an entry, or some bytes of a large one.
    fn append<'a>(
        &mut self,
        root: &Path,
        entries: &'a [Entry],
        at: usize,
        bytes: Option<&Range<u64>>,
        opener: &mut Opener<'a>,
    ) -> Result<(), ContextError> {
        let entry = &entries[at];
        // The entry must still be the one that was hashed.
        let now = Entry::read(&System, root, entry.path.clone(), entry.is_file())?;
        if (&now.kind, now.own_mode, now.size) != (&entry.kind, entry.own_mode, entry.size)
            && !(now.kind == EntryKind::Directory && now.own_mode == entry.own_mode)
        {
            return Err(ContextError::Changed(now.path));
        }
        let begins = bytes.is_none_or(|bytes| bytes.start == 0);
        if begins {
            self.raw.append(&mut head(entry).map_err(ContextError::Archive)?);
        }
        let start = self.raw.len();
        if entry.is_file() {
            let file = opener.open(entry)?;
            match bytes {
                None => batch::read_whole(root, entry, &file, &mut self.raw)?,
                Some(bytes) => batch::read_part(root, entry, &file, bytes, &mut self.raw)?,
            }
        }
        self.parts.push(Part { entry: at, begins, content: start..self.raw.len() });
        if bytes.is_none_or(|bytes| bytes.end == entry.size) {
            // Only the last part may end within a block.
            let content = self.raw.len() - start;
            self.raw.resize(self.raw.len() + content.next_multiple_of(BLOCK) - content, 0);
        }
        Ok(())
    }
}

/// The header of an entry.
fn head(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut header = Header::new_gnu();
    header.set_mode(entry.mode & 0o7777);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MTIME);
    header.set_size(0);
    let mut builder = Builder::new(Vec::with_capacity(BLOCK));
    match &entry.kind {
        EntryKind::Directory => {
            header.set_entry_type(EntryType::Directory);
            builder.append_data(&mut header, &entry.path, io::empty())?;
        }
        EntryKind::Link(target) => {
            header.set_entry_type(EntryType::Symlink);
            builder.append_link(&mut header, &entry.path, target)?;
        }
        EntryKind::File => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(entry.size);
            builder.append_data(&mut header, &entry.path, io::empty())?;
        }
    }
    // Take it before the builder writes the end of the archive.
    Ok(std::mem::take(builder.get_mut()))
}
