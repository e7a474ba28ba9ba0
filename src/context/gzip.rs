//! Parallel gzip: one member with independently compressed blocks.
//!
//! Each block ends at a byte boundary and refers to nothing before it, so that blocks can be
//! compressed in any order and concatenated. There is a single header and checksum, because some
//! readers stop after the first member.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress};

/// The usual compression level. With blocks of this size, the result is as small as that of
/// `gzip -6`.
const LEVEL: u32 = 5;

/// How much an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As much as `gzip -6` does, for a platform on another machine.
    Usual,
    /// Little: in a quarter of the time, for a platform on this machine. An archive of source text
    /// is a quarter larger.
    Little,
}

/// A header without a name, a time or an operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The number of samples of a block to test for compressibility, and their size in bytes.
const SAMPLES: usize = 4;
const SAMPLE_BYTES: usize = 8 * 1024;

/// The largest stored block, in bytes.
const MOST_STORED: usize = 65_535;

/// Compresses blocks.
pub(super) struct Compressor {
    compress: Compress,
    /// Compresses samples, and what is compressed little.
    fast: Compress,
    /// The compressed block.
    pub(super) bytes: Vec<u8>,
    /// The checksum of the uncompressed data.
    pub(super) crc: Crc,
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            compress: Compress::new(Compression::new(LEVEL), false),
            fast: Compress::new(Compression::fast(), false),
            bytes: Vec::new(),
            crc: Crc::new(),
        }
    }
}

impl Compressor {
    /// Compresses a block, or stores it if it is incompressible.
    pub(super) fn block(&mut self, raw: &[u8], effort: Effort) -> io::Result<()> {
        self.crc.reset();
        self.crc.update(raw);
        self.bytes.clear();
        if self.is_compressible(raw)? {
            let compress = match effort {
                Effort::Usual => &mut self.compress,
                Effort::Little => &mut self.fast,
            };
            compress.reset();
            return deflate(compress, raw, &mut self.bytes, FlushCompress::Sync);
        }
        for stored in raw.chunks(MOST_STORED) {
            // The length of a stored block has 16 bits.
            let length = u16::try_from(stored.len()).unwrap_or(u16::MAX);
            self.bytes.push(0);
            self.bytes.extend(length.to_le_bytes());
            self.bytes.extend((!length).to_le_bytes());
            self.bytes.extend(stored);
        }
        Ok(())
    }

    /// Whether samples of the block are compressible.
    fn is_compressible(&mut self, raw: &[u8]) -> io::Result<bool> {
        if raw.len() < 2 * SAMPLES * SAMPLE_BYTES {
            return Ok(true);
        }
        self.fast.reset();
        let mut tasted = 0;
        for sample in raw.chunks(raw.len() / SAMPLES) {
            let sample = &sample[..sample.len().min(SAMPLE_BYTES)];
            deflate(&mut self.fast, sample, &mut self.bytes, FlushCompress::Sync)?;
            tasted += sample.len();
        }
        let compressible = self.bytes.len() * 100 < tasted * 98;
        self.bytes.clear();
        Ok(compressible)
    }
}

fn deflate(
    compress: &mut Compress,
    raw: &[u8],
    into: &mut Vec<u8>,
    flush: FlushCompress,
) -> io::Result<()> {
    let before = compress.total_in();
    loop {
        let taken = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
        // An upper bound of the compressed size.
        into.reserve(raw.len() + raw.len() / 16 + 256);
        compress.compress_vec(&raw[taken..], into, flush)?;
        if compress.total_in() - before == raw.len() as u64 && into.len() < into.capacity() {
            return Ok(());
        }
    }
}

/// A gzip file to which blocks are appended.
pub(super) struct Gzip<W: Write> {
    writer: W,
    crc: Crc,
    bytes: u64,
}

impl<W: Write> Gzip<W> {
    pub(super) fn new(mut writer: W) -> io::Result<Self> {
        writer.write_all(&HEADER)?;
        Ok(Self { writer, crc: Crc::new(), bytes: HEADER.len() as u64 })
    }

    pub(super) fn append(&mut self, block: &Compressor) -> io::Result<()> {
        self.crc.combine(&block.crc);
        self.bytes += block.bytes.len() as u64;
        self.writer.write_all(&block.bytes)
    }

    /// Appends the rest and finishes the file; returns its length.
    pub(super) fn finish(mut self, rest: &[u8]) -> io::Result<(W, u64)> {
        let mut last = Vec::new();
        let mut compress = Compress::new(Compression::new(LEVEL), false);
        deflate(&mut compress, rest, &mut last, FlushCompress::Finish)?;
        self.crc.update(rest);
        last.extend(self.crc.sum().to_le_bytes());
        last.extend(self.crc.amount().to_le_bytes());
        self.writer.write_all(&last)?;
        self.writer.flush()?;
        Ok((self.writer, self.bytes + last.len() as u64))
    }
}
