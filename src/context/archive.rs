//! The archive that carries a copy's files: a gzipped tar, the same bytes for the same input.
//!
//! Owners and times are no part of the hash, so they are none of the archive either: everything
//! belongs to 0:0 and has one fixed time. What is packed is hashed once more on its way, because
//! the platform keeps an archive under the hash it is told, and does not check it: content that
//! changed between hashing and packing would poison the cache for everybody.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::ContextError;
use super::entry::{Entry, EntryKind, unreadable};
use super::hash::{FilesHash, Hasher};
use crate::template::Copy;

/// 1 January 1985, in seconds since 1970: zip tools refuse what is older than 1980.
const MTIME: u64 = 473_385_600;

/// An archive in a temporary file, which is gone when this is dropped.
#[derive(Debug)]
pub struct Packed {
    /// The file, at its beginning.
    pub file: File,
    /// The archive's length in bytes.
    pub bytes: u64,
}

pub(super) fn pack(
    root: &Path,
    copy: &Copy,
    entries: &[Entry],
    expected: &FilesHash,
) -> Result<Packed, ContextError> {
    let file = tempfile::tempfile().map_err(ContextError::Archive)?;
    let gzip = GzBuilder::new().write(BufWriter::new(file), Compression::default());
    let mut packer = Packer { builder: Builder::new(gzip), hasher: Hasher::new(copy) };
    for entry in entries {
        packer.append(root, entry)?;
    }
    let Packer { builder, hasher } = packer;
    let actual = hasher.finish();
    if actual != *expected {
        // Which of them changed is not known; each was whole when it was packed.
        return Err(ContextError::Changed(copy.source.clone()));
    }
    let file = finish(builder).map_err(ContextError::Archive)?;
    let bytes = file.metadata().map_err(ContextError::Archive)?.len();
    Ok(Packed { file, bytes })
}

fn finish(builder: Builder<GzEncoder<BufWriter<File>>>) -> io::Result<File> {
    let mut writer = builder.into_inner()?.finish()?;
    writer.flush()?;
    let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

struct Packer<W: Write> {
    builder: Builder<W>,
    hasher: Hasher,
}

impl<W: Write> Packer<W> {
    fn append(&mut self, root: &Path, entry: &Entry) -> Result<(), ContextError> {
        // What the entry is now decides, not what it was: a change shows in the hash.
        let follow = entry.kind == EntryKind::File;
        let entry = Entry::read(root, entry.path.clone(), follow)?;
        self.hasher.begin(&entry);
        let mut header = Header::new_gnu();
        header.set_mode(entry.mode & 0o7777);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(MTIME);
        header.set_size(0);
        match &entry.kind {
            EntryKind::Directory => {
                header.set_entry_type(EntryType::Directory);
                self.builder.append_data(&mut header, &entry.path, io::empty())
            }
            EntryKind::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                self.builder.append_link(&mut header, &entry.path, target)
            }
            EntryKind::File => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(entry.size);
                let full = root.join(&entry.path);
                let file = File::open(&full).map_err(|error| unreadable(&full, error))?;
                let mut content =
                    Content { file, hasher: &mut self.hasher, left: entry.size, exact: true };
                let appended = self.builder.append_data(&mut header, &entry.path, &mut content);
                if !content.is_exact() {
                    return Err(ContextError::Changed(entry.path));
                }
                appended
            }
        }
        .map_err(ContextError::Archive)
    }
}

/// A file's content, hashed as it is read, and never more or less of it than the header says.
struct Content<'a> {
    file: File,
    hasher: &'a mut Hasher,
    left: u64,
    exact: bool,
}

impl Content<'_> {
    /// Whether the file had just the bytes that the header says.
    fn is_exact(&mut self) -> bool {
        self.exact && self.left == 0 && matches!(self.file.read(&mut [0]), Ok(0))
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.file.read(&mut buffer[..most])?;
        if count == 0 {
            self.exact = false;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.hasher.content(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }
}
