//! Archives among the files, recognized by their content as Docker's `ADD` does.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// How many bytes of a file are read to see what it is.
pub(super) const HEAD: usize = 64 * 1024;

/// The size of a header in a tar, and where its checksum is.
const HEADER: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// It is not.
    None,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A tar, which may be compressed.
    Archive(Compression),
    /// Compressed in a way that is not read here, and its name is not that of a tar.
    Compressed(Compression),
    /// Anything else.
    Other,
}

/// The names of tars that are compressed in a way that is not read here.
const NAMES: &[&str] =
    &[".tar.bz2", ".tbz2", ".tbz", ".tb2", ".tar.xz", ".txz", ".tar.zst", ".tar.zstd", ".tzst"];

impl Compression {
    /// The compression of a file that begins like this.
    fn of(head: &[u8]) -> Self {
        const MAGIC: &[(&[u8], Compression)] = &[
            (b"\x1f\x8b\x08", Compression::Gzip),
            (b"BZh", Compression::Bzip2),
            (b"\xfd7zXZ\0", Compression::Xz),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
        ];
        let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        found.map_or(Self::None, |(_, compression)| *compression)
    }

    /// The letter of `tar` for it: not every `tar` sees it by itself. Zstandard has no letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::None | Self::Zstd => "",
            Self::Gzip => "z",
            Self::Bzip2 => "j",
            Self::Xz => "J",
        }
    }

    /// The program that `tar` needs beside itself, unless each base has it.
    #[must_use]
    pub const fn program(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Gzip => None,
            Self::Bzip2 => Some("bzip2"),
            Self::Xz => Some("xz"),
            Self::Zstd => Some("zstd"),
        }
    }
}

impl Format {
    /// What a file of this name is, if it begins like this.
    pub(super) fn of(name: &str, head: &[u8]) -> Self {
        let compression = Compression::of(head);
        let is_archive = match compression {
            Compression::None => is_header(head),
            Compression::Gzip => {
                let mut header = [0; HEADER];
                MultiGzDecoder::new(head).read_exact(&mut header).is_ok() && is_header(&header)
            }
            Compression::Bzip2 | Compression::Xz | Compression::Zstd => {
                let name = name.to_lowercase();
                if !NAMES.iter().any(|ending| name.ends_with(ending)) {
                    return Self::Compressed(compression);
                }
                true
            }
        };
        if is_archive { Self::Archive(compression) } else { Self::Other }
    }
}

/// Whether a text begins with the header of a tar's entry, which has a checksum of itself.
fn is_header(head: &[u8]) -> bool {
    let Some(header) = head.get(..HEADER) else { return false };
    let written = String::from_utf8_lossy(&header[CHECKSUM]);
    let written = written.trim_matches([' ', '\0']);
    let Ok(written) = i64::from_str_radix(written, 8) else { return false };
    let bytes = header.iter().enumerate();
    let bytes = bytes.map(|(at, byte)| if CHECKSUM.contains(&at) { b' ' } else { *byte });
    // Some old programs took the bytes for signed numbers.
    let (unsigned, signed) = bytes.fold((0, 0), |(unsigned, signed), byte| {
        (unsigned + i64::from(byte), signed + i64::from(byte.cast_signed()))
    });
    written == unsigned || written == signed
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;

    use super::*;

    fn tar() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.set_mode(0o644);
        builder.append_data(&mut header, "a.txt", &b"a\n"[..]).expect("an entry");
        builder.into_inner().expect("an archive")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("compressed");
        encoder.finish().expect("compressed")
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        let of = |head: &[u8]| Format::of("a.txt", head);
        assert_eq!(of(&tar()), Format::Archive(Compression::None));
        assert_eq!(of(&gzip(&tar())), Format::Archive(Compression::Gzip));
        for other in [&b""[..], b"text", &[0; 2048], &gzip(b"text"), &tar()[..511], b"\x1f\x8b\x08"]
        {
            assert_eq!(Format::of("a.tar.gz", other), Format::Other);
        }
        let mut damaged = tar();
        damaged[0] ^= 1;
        assert_eq!(of(&damaged), Format::Other);
    }

    #[test]
    fn the_name_decides_where_the_content_is_not_read() {
        assert_eq!(Format::of("A.TXZ", b"\xfd7zXZ\0x"), Format::Archive(Compression::Xz));
        assert_eq!(Format::of("a.tar.bz2", b"BZh9"), Format::Archive(Compression::Bzip2));
        let zstd = b"\x28\xb5\x2f\xfd";
        assert_eq!(Format::of("a.csv.zst", zstd), Format::Compressed(Compression::Zstd));
        assert_eq!(Format::of("a.tar.xz", b"text"), Format::Other);
    }
}
