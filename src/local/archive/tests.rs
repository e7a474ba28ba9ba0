use std::fs::File;
use std::io::{Seek as _, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use super::entry::{glob_base, leaves, normalized};
use super::{ArchiveCheck, ArchiveSummary, Fault, HashMatch, HashScheme, examine};

/// An entry to pack: its path as it is, its type, its link's target, its content.
type Item<'a> = (&'a str, EntryType, &'a str, &'a [u8]);

const FILE: EntryType = EntryType::Regular;
const DIRECTORY: EntryType = EntryType::Directory;
const SYMLINK: EntryType = EntryType::Symlink;
const HARDLINK: EntryType = EntryType::Link;

fn file<'a>(path: &'a str, content: &'a str) -> Item<'a> {
    (path, FILE, "", content.as_bytes())
}

/// Packs what a well-behaved packer would refuse to, too.
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

fn question<'a>(source: &'a str, files_hash: &'a str, habit: HashScheme) -> ArchiveCheck<'a> {
    ArchiveCheck { source, target: "/t", files_hash, habit, most_bytes: 64 << 20 }
}

fn judge(
    file: &File,
    source: &str,
    files_hash: &str,
    habit: HashScheme,
) -> Result<ArchiveSummary, Fault> {
    examine(file, question(source, files_hash, habit), &|| false)
}

/// The fault of an archive, whatever its hash.
fn fault(items: &[Item<'_>], source: &str) -> String {
    let judged = judge(&gzipped(&tar(items)), source, "", HashScheme::DirectorySizes);
    judged.unwrap_err().to_string()
}

#[test]
fn the_hash_is_that_of_the_recipe_in_any_order_of_the_archive() {
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
    let findings =
        ArchiveSummary { files: 3, directories: 2, links: 1, bytes: 3, verdict: HashMatch::Agrees };
    let judged = judge(&gzipped(&tar(&items)), ".", &expected, HashScheme::Exact);
    assert_eq!(judged.as_ref(), Ok(&findings));
    // A hard link must follow what it links to; the others may stand anywhere.
    items[..5].reverse();
    assert_eq!(judge(&gzipped(&tar(&items)), ".", &expected, HashScheme::Exact), judged);
}

#[test]
fn what_another_hash_means_depends_on_the_client() {
    let one = gzipped(&tar(&[file("a", "A")]));
    let two = gzipped(&tar(&[file("a", "A"), file("b", "B")]));
    let deep = gzipped(&tar(&[("d", DIRECTORY, "", b""), file("d/a", "A")]));
    let judge = |file, source, habit| judge(file, source, "other", habit).map(|f| f.verdict);
    for habit in [HashScheme::Exact, HashScheme::DirectorySizes, HashScheme::AnyOrder] {
        assert_eq!(judge(&one, "a", habit), Err(Fault::Disagrees));
    }
    assert_eq!(judge(&two, "*", HashScheme::DirectorySizes), Err(Fault::Disagrees));
    assert_eq!(judge(&two, "*", HashScheme::AnyOrder), Ok(HashMatch::Unknown));
    assert_eq!(judge(&deep, "d", HashScheme::Exact), Err(Fault::Disagrees));
    assert_eq!(judge(&deep, "d", HashScheme::DirectorySizes), Ok(HashMatch::Unknown));
}

#[test]
fn an_order_that_is_too_far_off_is_not_followed_for_ever() {
    let names: Vec<String> = (0..100).rev().map(|n| format!("f{n:03}")).collect();
    let items: Vec<Item<'_>> = names.iter().map(|name| file(name, "x")).collect();
    let file = gzipped(&tar(&items));
    let judge = |habit| judge(&file, "*", "other", habit).map(|findings| findings.verdict);
    assert_eq!(judge(HashScheme::DirectorySizes), Ok(HashMatch::Unknown));
    assert_eq!(judge(HashScheme::Exact), Err(Fault::Disagrees));
}

#[test]
fn what_cannot_be_unpacked_safely_is_a_fault() {
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
fn what_is_not_a_gzipped_tar_is_a_fault() {
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
fn a_header_cannot_claim_the_memory() {
    let name = vec![b'a'; 2 << 20];
    let bomb = [("././@LongLink", EntryType::GNULongName, "", &name[..]), file("a", "")];
    let expected = "failed to extract files: the archive cannot be read: an entry's header is \
                    larger than 1048576 bytes";
    let message = fault(&bomb, "a");
    assert!(message.contains("larger than 1048576 bytes"), "{message}, not {expected}");
}

#[test]
fn a_long_name_is_no_way_out() {
    // Names of this kind stand in an entry before the one that they name.
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
fn a_file_of_holes_is_not_read() {
    let mut header = Header::new_gnu();
    header.set_path("holes").unwrap();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_mode(0o644);
    header.set_size(0);
    // One hole of 8 GiB, which takes no room in the archive.
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
fn what_an_archive_expands_to_is_bounded() {
    let zeros = vec![0; 65 << 20];
    let bomb = gzipped(&tar(&[("zeros", FILE, "", &zeros[..])]));
    let packed = bomb.metadata().unwrap().len();
    assert!(packed < 1 << 20, "{packed}");
    let message = judge(&bomb, "zeros", "", HashScheme::Exact).unwrap_err().to_string();
    assert!(message.ends_with("unpacked, it is larger than 67108864 bytes"), "{message}");
    // What follows the archive's end is bounded too.
    let mut tail = tar(&[file("a", "A")]);
    tail.extend(&zeros);
    let message = judge(&gzipped(&tail), "a", "", HashScheme::Exact).unwrap_err().to_string();
    assert!(message.ends_with("unpacked, it is larger than 67108864 bytes"), "{message}");
}

#[test]
fn the_source_must_be_there() {
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
    let question = question("a", "", HashScheme::Exact);
    assert_eq!(examine(&file, question, &|| true), Err(Fault::Stopped));
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
fn links_lead_where_they_lead() {
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
