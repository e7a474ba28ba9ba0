use std::fs;
use std::io::Read as _;

use flate2::read::GzDecoder;

use super::super::{Context, FileSet, IgnoreRules};
use super::*;
use crate::host::System;

#[test]
fn any_number_of_threads_packs_the_same_archive() {
    let root = tempfile::tempdir().expect("a directory");
    for at in 0..700 {
        let name = root.path().join(format!("file{at}"));
        fs::write(name, format!("line {at}\n").repeat(at * 3)).expect("written");
    }
    // Large ones: of whole pieces, and of one byte more and less.
    for (name, size) in [("a", 3 * batch::MOST_BYTES), ("b", batch::MOST_BYTES + 1), ("c", 511)] {
        let bytes: Vec<u8> = (0..size).map(|at| (at / 7 % 251).to_le_bytes()[0]).collect();
        fs::write(root.path().join(name), bytes).expect("written");
    }
    std::os::unix::fs::symlink("file1", root.path().join("link")).expect("linked");
    let copy = Copy::new(".", "/x/");
    let context = Context::new(&System, root.path().to_owned(), IgnoreRules::default());
    let files = context.select(&copy).expect("it matches");
    let hash = files.hash().expect("it is hashed");
    let packed = |effort, threads| {
        let mut packed = files.pack_with(&hash, effort, threads).expect("it is packed");
        let mut bytes = Vec::new();
        packed.file.read_to_end(&mut bytes).expect("it is read");
        assert_eq!(bytes.len() as u64, packed.bytes);
        bytes
    };
    for effort in [Effort::Usual, Effort::Little] {
        let one = packed(effort, 1);
        for threads in [2, 3, 8] {
            assert!(packed(effort, threads) == one, "{effort:?}, {threads} threads");
        }
        assert_is_archive_of(&files, root.path(), &one);
    }
    assert!(packed(Effort::Little, 2).len() > packed(Effort::Usual, 2).len());
}

/// The archive has the entries of the files in their order, with their content.
fn assert_is_archive_of(files: &FileSet, root: &Path, gzip: &[u8]) {
    let mut archive = tar::Archive::new(GzDecoder::new(gzip));
    let mut names = Vec::new();
    for entry in archive.entries().expect("a tar") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a path").into_owned();
        if entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("its content");
            let original = fs::read(root.join(&name)).expect("the original");
            assert!(bytes == original, "{}", name.display());
        }
        names.push(name.to_string_lossy().into_owned());
    }
    let expected: Vec<_> = files.entries().iter().map(|entry| entry.path.as_str()).collect();
    let names: Vec<_> = names.iter().map(|name| name.trim_end_matches('/')).collect();
    assert_eq!(names, expected);
}
