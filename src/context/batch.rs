//! The content of a copy's files in batches of bounded size.
//!
//! The division depends only on the entries, so it is the same for any number of
//! threads. Files are opened relative to their directories and read into shared buffers, which no
//! [`FileSystem`](crate::host::FileSystem) offers: what is hashed and packed are the system's files.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use super::ContextError;
use super::entry::{Entry, unreadable};
use crate::host::{FileVersion, Metadata};

/// The largest number of bytes of files in one batch.
pub(super) const MOST_BYTES: usize = 512 * 1024;

/// The largest number of entries in one batch: each costs a system call and a header.
pub(super) const MOST_ENTRIES: usize = 256;

/// A batch of the content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Whole entries.
    Whole(Range<usize>),
    /// A part of a large file.
    Part {
        /// The index of the file among the entries.
        at: usize,
        /// The range of its bytes.
        bytes: Range<u64>,
    },
}

/// Divides entries into batches by the sizes of their content.
pub(super) fn divide(sizes: impl Iterator<Item = u64>) -> Vec<Batch> {
    let most = MOST_BYTES as u64;
    let mut batches = Vec::new();
    let (mut first, mut end, mut bytes) = (0, 0, 0);
    for (at, size) in sizes.enumerate() {
        if first < end && (bytes + size > most || end - first == MOST_ENTRIES) {
            batches.push(Batch::Whole(first..end));
            (first, bytes) = (at, 0);
        }
        if size > most {
            let mut from = 0;
            while from < size {
                let to = size.min(from + most);
                batches.push(Batch::Part { at, bytes: from..to });
                from = to;
            }
            (first, bytes) = (at + 1, 0);
        }
        bytes += if size > most { 0 } else { size };
        end = at + 1;
    }
    if first < end {
        batches.push(Batch::Whole(first..end));
    }
    batches
}

/// Opens the files of a context in order.
///
/// Consecutive files in the same directory are opened relative to it, to save path lookups.
pub(super) struct Opener<'a> {
    root: &'a Path,
    /// The directory of the last file.
    directory: &'a str,
    /// Its handle, opened for the second file in it.
    handle: Option<OwnedFd>,
}

impl<'a> Opener<'a> {
    pub(super) const fn new(root: &'a Path) -> Self {
        Self { root, directory: "", handle: None }
    }

    /// Opens a file, which may have changed since `entry` was read.
    pub(super) fn open(&mut self, entry: &'a Entry) -> Result<File, ContextError> {
        let (directory, name) = entry.path.rsplit_once('/').unwrap_or((".", &entry.path));
        if self.directory != directory {
            (self.directory, self.handle) = (directory, None);
        } else if self.handle.is_none() {
            self.handle = open_directory(&self.root.join(directory)).ok();
        }
        let full = || self.root.join(&entry.path);
        let file = match &self.handle {
            Some(handle) => {
                let flags = OFlags::RDONLY | OFlags::CLOEXEC;
                let opened = retry_on_intr(|| openat(handle, name, flags, Mode::empty()));
                opened.map(File::from).map_err(io::Error::from)
            }
            None => File::open(full()),
        };
        let file = file.map_err(|error| unreadable(&full(), error))?;
        // A link may have taken its place, and lead out of the project.
        let metadata = file.metadata().map_err(|error| unreadable(&full(), error))?;
        let FileVersion { device, inode, .. } = Metadata::from(&metadata).version;
        if (device, inode) != (entry.version.device, entry.version.inode) {
            return Err(ContextError::Changed(entry.path.clone()));
        }
        Ok(file)
    }
}

fn open_directory(path: &Path) -> rustix::io::Result<OwnedFd> {
    // `O_PATH` needs no permission to list the directory.
    #[cfg(target_os = "linux")]
    let flags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let flags = OFlags::RDONLY;
    rustix::fs::open(path, flags | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Appends the content of a file, which must have the size of the entry.
pub(super) fn read_whole(
    root: &Path,
    entry: &Entry,
    file: &File,
    into: &mut Vec<u8>,
) -> Result<(), ContextError> {
    let before = into.len();
    let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
    let count = loop {
        let count = into.len() - before;
        // Read one byte more to notice that the file has grown.
        into.reserve((size + 1).saturating_sub(count).max(1));
        match rustix::io::read(file, spare_capacity(into)) {
            Ok(0) => break count,
            // The end of the file.
            Ok(more) if count + more >= size => break count + more,
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(unreadable(&root.join(&entry.path), error.into())),
        }
    };
    if count == size { Ok(()) } else { Err(ContextError::Changed(entry.path.clone())) }
}

/// Appends a part of a file, which must be unchanged since the entry was read.
pub(super) fn read_part(
    root: &Path,
    entry: &Entry,
    file: &File,
    bytes: &Range<u64>,
    into: &mut Vec<u8>,
) -> Result<(), ContextError> {
    let full = root.join(&entry.path);
    let changed = || ContextError::Changed(entry.path.clone());
    let metadata = file.metadata().map_err(|error| unreadable(&full, error))?;
    // Otherwise, parts of different states would be combined.
    if metadata.len() != entry.size || entry.version != Metadata::from(&metadata).version {
        return Err(changed());
    }
    let before = into.len();
    into.resize(before + usize::try_from(bytes.end - bytes.start).unwrap_or(usize::MAX), 0);
    match file.read_exact_at(&mut into[before..], bytes.start) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(changed()),
        Err(error) => Err(unreadable(&full, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_combined_and_large_ones_divided() {
        let most = MOST_BYTES as u64;
        assert_eq!(divide([].into_iter()), []);
        assert_eq!(divide([0, 1, most - 1].into_iter()), [Batch::Whole(0..3)]);
        assert_eq!(divide([1, most].into_iter()), [Batch::Whole(0..1), Batch::Whole(1..2)]);
        assert_eq!(
            divide([5, most * 2 + 1, 7, 8].into_iter()),
            [
                Batch::Whole(0..1),
                Batch::Part { at: 1, bytes: 0..most },
                Batch::Part { at: 1, bytes: most..most * 2 },
                Batch::Part { at: 1, bytes: most * 2..most * 2 + 1 },
                Batch::Whole(2..4),
            ]
        );
        assert_eq!(divide(std::iter::repeat_n(0, 600)).len(), 3);
    }

    #[test]
    fn every_entry_occurs_exactly_once() {
        let most = MOST_BYTES as u64;
        let sizes = [0, most / 2, most / 2 + 1, most + 1, most + 1, 0, most, 3 * most, 1];
        let mut covered = vec![0; sizes.len()];
        for batch in divide(sizes.into_iter()) {
            match batch {
                Batch::Whole(range) => {
                    assert!(sizes[range.clone()].iter().sum::<u64>() <= most);
                    range.for_each(|at| covered[at] += sizes[at] + 1);
                }
                Batch::Part { at, bytes } => {
                    covered[at] += bytes.end - bytes.start + u64::from(bytes.start == 0);
                }
            }
        }
        assert_eq!(covered, sizes.map(|size| size + 1));
    }
}
