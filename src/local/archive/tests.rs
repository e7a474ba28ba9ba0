use std::fs::File;
use std::io::{Seek as _, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use super::entry::{glob_base, leaves, normalized};
use super::{ArchiveCheck, ArchiveSummary, Fault, HashMatch, HashScheme, examine};

/// An entry to pack: its path, its type, its link's target, its content.
type Item<'a> = (&'a str, EntryType, &'a str, &'a [u8]);

const FILE: EntryType = EntryType::Regular;
const DIRECTORY: EntryType = EntryType::Directory;
const SYMLINK: EntryType = EntryType::Symlink;
const HARDLINK: EntryType = EntryType::Link;

fn file<'a>(path: &'a str, content: &'a str) -> Item<'a> {
    (path, FILE, "", content.as_bytes())
}

/// Packs entries, including those that a well-behaved packer would reject.
fn tar(items: &[Item<'_>]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, kind, target, content) in items {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..path.len()].copy_from_slice(path.as_bytes());
        gnu.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn stored(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn gzipped(bytes: &[u8]) -> File {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    stored(&gzip.finish().unwrap())
}

fn hash(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.concat());
    digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn check<'a>(source: &'a str, files_hash: &'a str, scheme: HashScheme) -> ArchiveCheck<'a> {
    ArchiveCheck { source, target: "/t", files_hash, scheme, most_bytes: 64 << 20 }
}

fn judge(
    file: &File,
    source: &str,
    files_hash: &str,
    scheme: HashScheme,
) -> Result<ArchiveSummary, Fault> {
    examine(file, check(source, files_hash, scheme), &|| false)
}

/// The fault of an archive, whatever its hash.
fn fault(items: &[Item<'_>], source: &str) -> String {
    let judged = judge(&gzipped(&tar(items)), source, "", HashScheme::DirectorySizes);
    judged.unwrap_err().to_string()
}

#[test]
fn the_hash_does_not_depend_on_the_order_of_the_archive() {
    let mut items = vec![
        (".", DIRECTORY, "", &b""[..]),
        file("a.txt", "A"),
        ("a/", DIRECTORY, "", b""),
        file("./a/x", "XX"),
        ("a/y", SYMLINK, "../a.txt", b""),
        ("b", HARDLINK, "a/x", b""),
    ];
    let expected = hash(&[
        "COPY . /t",
        ".16804",
        "a16804",
        "a.txt331881A",
        "a/x331882XX",
        "a/y413808../a.txt",
        "b331882XX",
    ]);
    let summary = ArchiveSummary {
        files: 3,
        directories: 2,
        links: 1,
        bytes: 3,
        hash_match: HashMatch::Verified,
    };
    let judged = judge(&gzipped(&tar(&items)), ".", &expected, HashScheme::Exact);
    assert_eq!(judged.as_ref(), Ok(&summary));
    // A hard link must follow its target; the others may be anywhere.
    items[..5].reverse();
    assert_eq!(judge(&gzipped(&tar(&items)), ".", &expected, HashScheme::Exact), judged);
}

#[test]
fn a_hash_mismatch_is_an_error_for_exact_clients_only() {
    let one = gzipped(&tar(&[file("a", "A")]));
    let two = gzipped(&tar(&[file("a", "A"), file("b", "B")]));
    let deep = gzipped(&tar(&[("d", DIRECTORY, "", b""), file("d/a", "A")]));
    let judge = |file, source, scheme| judge(file, source, "other", scheme).map(|f| f.hash_match);
    for scheme in [HashScheme::Exact, HashScheme::DirectorySizes, HashScheme::AnyOrder] {
        assert_eq!(judge(&one, "a", scheme), Err(Fault::HashMismatch));
    }
    assert_eq!(judge(&two, "*", HashScheme::DirectorySizes), Err(Fault::HashMismatch));
    assert_eq!(judge(&two, "*", HashScheme::AnyOrder), Ok(HashMatch::Unknown));
    assert_eq!(judge(&deep, "d", HashScheme::Exact), Err(Fault::HashMismatch));
    assert_eq!(judge(&deep, "d", HashScheme::DirectorySizes), Ok(HashMatch::Unknown));
}

#[test]
fn the_number_of_passes_is_limited() {
    let names: Vec<String> = (0..100).rev().map(|n| format!("f{n:03}")).collect();
    let items: Vec<Item<'_>> = names.iter().map(|name| file(name, "x")).collect();
    let file = gzipped(&tar(&items));
    let judge = |scheme| judge(&file, "*", "other", scheme).map(|summary| summary.hash_match);
    assert_eq!(judge(HashScheme::DirectorySizes), Ok(HashMatch::Unknown));
    assert_eq!(judge(HashScheme::Exact), Err(Fault::HashMismatch));
}

#[test]
fn unsafe_entries_are_rejected() {
    for (item, why) in [
        (file("/etc/passwd", ""), "is not a relative path that stays in the archive"),
        (file("a/../../b", ""), "is not a relative path that stays in the archive"),
        (("dev", EntryType::Char, "", &b""[..]), "is neither a file nor a directory nor a link"),
        (("disk", EntryType::Block, "", b""), "is neither a file nor a directory nor a link"),
        (("pipe", EntryType::Fifo, "", b""), "is neither a file nor a directory nor a link"),
        (("l", SYMLINK, "", b""), "is a link to nothing"),
        (("l", HARDLINK, "later", b""), "is a hard link to nothing before it"),
        (("l", HARDLINK, "/etc/passwd", b""), "is a hard link to nothing before it"),
    ] {
        let expected = format!("failed to extract files: `{}` {why}", item.0);
        assert_eq!(fault(&[item], "*"), expected);
    }
    for target in ["/etc", "..", "x/../../y"] {
        let items = [("d", SYMLINK, target, &b""[..]), file("d/e/f", "")];
        let expected = "failed to extract files: `d/e/f` lies behind the link `d`, which leads \
                        out of the archive";
        assert_eq!(fault(&items, "d"), expected);
    }
}

#[test]
fn anything_but_a_gzipped_tar_is_rejected() {
    let whole = tar(&[file("a", &"A".repeat(2000))]);
    let fault = |file: &File| judge(file, "a", "", HashScheme::Exact).unwrap_err().to_string();
    for bytes in [&b""[..], b"x", &whole] {
        let expected = "failed to extract files: the archive is not gzipped";
        assert_eq!(fault(&stored(bytes)), expected);
    }
    let unreadable = "failed to extract files: the archive cannot be read: ";
    for file in [gzipped(&whole[..1000]), gzipped(&[b'x'; 2000]), stored(b"\x1f\x8bgarbage")] {
        let message = fault(&file);
        assert!(message.starts_with(unreadable), "{message}");
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&whole).unwrap();
    let mut bytes = gzip.finish().unwrap();
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    assert!(fault(&stored(&bytes)).starts_with(unreadable), "the checksum is checked");
}

#[test]
fn the_size_of_headers_is_limited() {
    let name = vec![b'a'; 2 << 20];
    let bomb = [("././@LongLink", EntryType::GNULongName, "", &name[..]), file("a", "")];
    let expected = "failed to extract files: the archive cannot be read: an entry's header is \
                    larger than 1048576 bytes";
    let message = fault(&bomb, "a");
    assert!(message.contains("larger than 1048576 bytes"), "{message}, not {expected}");
}

#[test]
fn a_long_name_cannot_leave_the_archive() {
    // Such a name is in an entry before the one that it belongs to.
    let up = [b"../".repeat(60).as_slice(), b"etc/passwd\0"].concat();
    let message = fault(&[("././@LongLink", EntryType::GNULongName, "", &up), file("a", "")], "a");
    assert!(message.ends_with("etc/passwd` is not a relative path that stays in the archive"));
    let link = [
        ("././@LongLink", EntryType::GNULongLink, "", &up[..]),
        ("d", SYMLINK, "d", b""),
        file("d/x", ""),
    ];
    let message = fault(&link, "d");
    assert!(message.ends_with("lies behind the link `d`, which leads out of the archive"));
    for (key, value, why) in [
        ("path", "/etc/passwd", "is not a relative path"),
        ("path", "a/../../b", "is not a relative path"),
        ("path", "a\0b", "is not a relative path"),
    ] {
        let record = format!(" {key}={value}\n");
        let length = (record.len() + 2).to_string();
        let record = format!("{length}{record}");
        let items = [("pax", EntryType::XHeader, "", record.as_bytes()), file("a", "")];
        let message = fault(&items, "a");
        assert!(message.contains(why), "{key}={value:?}: {message}");
    }
}

#[test]
fn a_sparse_file_is_rejected() {
    let mut header = Header::new_gnu();
    header.set_path("holes").unwrap();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_mode(0o644);
    header.set_size(0);
    // One hole of 8 GiB, which takes no space in the archive.
    let gnu = header.as_gnu_mut().unwrap();
    gnu.realsize.copy_from_slice(b"77777777777\0");
    gnu.sparse[0].offset.copy_from_slice(b"77777777777\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000000000\0");
    header.set_cksum();
    let mut tar = Builder::new(Vec::new());
    tar.append(&header, &b""[..]).unwrap();
    let file = gzipped(&tar.into_inner().unwrap());
    let message = judge(&file, "holes", "", HashScheme::Exact).unwrap_err().to_string();
    assert_eq!(
        message,
        "failed to extract files: `holes` is neither a file nor a directory nor a link"
    );
}

#[test]
fn the_unpacked_size_is_limited() {
    let zeros = vec![0; 65 << 20];
    let bomb = gzipped(&tar(&[("zeros", FILE, "", &zeros[..])]));
    let packed = bomb.metadata().unwrap().len();
    assert!(packed < 1 << 20, "{packed}");
    let message = judge(&bomb, "zeros", "", HashScheme::Exact).unwrap_err().to_string();
    assert!(message.ends_with("unpacked, it is larger than 67108864 bytes"), "{message}");
    // Data behind the end of the archive counts, too.
    let mut tail = tar(&[file("a", "A")]);
    tail.extend(&zeros);
    let message = judge(&gzipped(&tail), "a", "", HashScheme::Exact).unwrap_err().to_string();
    assert!(message.ends_with("unpacked, it is larger than 67108864 bytes"), "{message}");
}

#[test]
fn the_source_must_exist() {
    let items = [file("d/e/f", ""), ("l", SYMLINK, "d", b"")];
    let there = |source: &str| {
        let judged = judge(&gzipped(&tar(&items)), source, "", HashScheme::AnyOrder);
        !matches!(judged, Err(Fault::NoSource(_)))
    };
    for source in ["d", "d/", "./d/e", "d/e/f", "d/e/*.f", "*", ".", "l", "l/e", "d//e"] {
        assert!(there(source), "{source}");
    }
    for source in ["e", "d/e/f/g", "d/f*/x", "x/*", "../d", "/d", "d/e/ff"] {
        assert_eq!(there(source), source == "d/f*/x", "{source}");
    }
    let message = fault(&items, "x/*");
    assert_eq!(message, "failed to move files in sandbox: source path does not exist: x");
}

#[test]
fn a_stopped_build_stops_reading() {
    let file = gzipped(&tar(&[file("a", "A")]));
    let check = check("a", "", HashScheme::Exact);
    assert_eq!(examine(&file, check, &|| true), Err(Fault::Stopped));
}

#[test]
fn paths_are_normalized() {
    for (path, expected) in [
        ("a", Some("a")),
        ("./a//b/./c/", Some("a/b/c")),
        (".", Some(".")),
        ("./", Some(".")),
        ("..a/b..", Some("..a/b..")),
        ("", None),
        ("/a", None),
        ("a/..", None),
        ("a\0b", None),
    ] {
        assert_eq!(normalized(path.as_bytes()).as_deref(), expected.map(str::as_bytes), "{path}");
    }
}

#[test]
fn a_source_is_cut_before_its_glob() {
    for (source, base) in [
        ("a", "a"),
        ("a/b/", "a/b"),
        ("a/*.py", "a"),
        ("a*/b", "."),
        ("a/b[0]/c", "a"),
        ("**", "."),
        ("a/{b,c}", "a"),
        ("a\\*", "."),
        (".", "."),
    ] {
        assert_eq!(glob_base(source), base, "{source}");
    }
}

#[test]
fn links_out_of_the_archive_are_recognized() {
    for (path, target, out) in [
        ("l", "a", false),
        ("a/l", "../b", false),
        ("a/l", "../../b", true),
        ("l", "/a", true),
        ("l", "a/../..", true),
        ("a/b/l", "./../../c", false),
    ] {
        assert_eq!(leaves(path.as_bytes(), target.as_bytes()), out, "{path} -> {target}");
    }
}
