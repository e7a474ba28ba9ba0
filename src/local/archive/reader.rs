//! Reads a gzipped tar as a stream with limits.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry};

use super::Fault;

/// The largest number of bytes between the contents of two entries: headers and their extensions,
/// which are kept in memory.
const MOST_HEADER_BYTES: u64 = 1 << 20;

/// Whether to continue with the next entry.
pub(super) enum Flow {
    Continue,
    Stop,
}

/// A reader of an entry's content.
pub(super) type Content<'archive, 'file> = Entry<'archive, Metered<'file>>;

/// An archive that can be read several times.
pub(super) struct Reader<'a> {
    file: &'a File,
    most_bytes: u64,
    stopped: &'a dyn Fn() -> bool,
}

impl<'a> Reader<'a> {
    /// `most_bytes` limits the size of the unpacked archive.
    pub(super) fn new(file: &'a File, most_bytes: u64, stopped: &'a dyn Fn() -> bool) -> Self {
        Self { file, most_bytes, stopped }
    }

    /// Visits every entry with its index until the visitor stops. Reading to the end also verifies
    /// the checksum of the archive.
    pub(super) fn walk(
        &self,
        mut visit: impl FnMut(usize, &mut Content<'_, 'a>) -> Result<Flow, Fault>,
    ) -> Result<(), Fault> {
        let fail = |error: &io::Error| self.fault(error);
        let allowance = Rc::new(Cell::new(MOST_HEADER_BYTES));
        let mut file = self.file;
        file.seek(SeekFrom::Start(0)).map_err(|error| fail(&error))?;
        let mut magic = [0; 2];
        if file.read_exact(&mut magic).is_err() || magic != [0x1f, 0x8b] {
            return Err(Fault::Invalid("the archive is not gzipped".to_owned()));
        }
        file.seek(SeekFrom::Start(0)).map_err(|error| fail(&error))?;
        let mut archive = Archive::new(Metered {
            inner: MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)),
            bound: self.most_bytes,
            total: self.most_bytes,
            allowance: Rc::clone(&allowance),
            stopped: self.stopped,
        });
        for (index, entry) in archive.entries().map_err(|error| fail(&error))?.enumerate() {
            let mut entry = entry.map_err(|error| fail(&error))?;
            // Read the content that the visitor left, so that only headers remain until the next
            // entry.
            allowance.set(u64::MAX);
            if let Flow::Stop = visit(index, &mut entry)? {
                return Ok(());
            }
            io::copy(&mut entry, &mut io::sink()).map_err(|error| fail(&error))?;
            allowance.set(MOST_HEADER_BYTES);
        }
        allowance.set(u64::MAX);
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(|error| fail(&error))?;
        Ok(())
    }

    /// The fault for a read error.
    pub(super) fn fault(&self, error: &io::Error) -> Fault {
        if (self.stopped)() {
            return Fault::Stopped;
        }
        Fault::Invalid(format!("the archive cannot be read: {error}"))
    }
}

/// Counts the unpacked bytes, and fails at a limit or when the build is cancelled.
pub(super) struct Metered<'a> {
    inner: MultiGzDecoder<BufReader<&'a File>>,
    bound: u64,
    total: u64,
    allowance: Rc<Cell<u64>>,
    stopped: &'a dyn Fn() -> bool,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.stopped)() {
            return Err(io::Error::other("stopped"));
        }
        let read = self.inner.read(buffer)?;
        let count = |left: u64, bound: u64, what: &str| {
            left.checked_sub(read as u64)
                .ok_or_else(|| io::Error::other(format!("{what} larger than {bound} bytes")))
        };
        self.total = count(self.total, self.bound, "unpacked, it is")?;
        let left = count(self.allowance.get(), MOST_HEADER_BYTES, "an entry's header is")?;
        self.allowance.set(left);
        Ok(read)
    }
}
