use std::fs;

use super::super::batch::MOST_BYTES;
use super::super::{Context, IgnoreRules};
use super::*;
use crate::host::System;
use crate::template::Copy;

fn copy_of(source: &str, follow_symlinks: bool) -> Copy {
    Copy { follow_symlinks, ..Copy::new(source, "/x/") }
}

#[test]
fn sets_that_share_files_have_the_hashes_that_each_has_alone() {
    let root = tempfile::tempdir().expect("a directory");
    for directory in ["a/b", "c", "empty"] {
        fs::create_dir_all(root.path().join(directory)).expect("made");
    }
    for at in 0..400 {
        let directory = ["a", "a/b", "c"][at % 3];
        let name = root.path().join(directory).join(format!("file{at}"));
        fs::write(name, format!("line {at}\n").repeat(at)).expect("written");
    }
    fs::write(root.path().join("a/large"), vec![1; 2 * MOST_BYTES + 5]).expect("written");
    std::os::unix::fs::symlink("file0", root.path().join("a/link")).expect("linked");
    let selecting = Context::new(&System, root.path().to_owned(), IgnoreRules::default());
    let sources = [
        (".", false),
        ("a", false),
        ("a", true),
        ("c", false),
        ("a/b/*1*", false),
        ("empty", false),
        ("a/large", false),
        ("**", true),
    ];
    let sets: Vec<_> = sources
        .into_iter()
        .map(|(source, follow)| selecting.select(&copy_of(source, follow)).expect("it matches"))
        .collect();
    let all: Vec<_> = sets.iter().collect();
    let together: Vec<_> = hash(&all).into_iter().map(|hash| hash.expect("hashed")).collect();
    for (set, hash) in sets.iter().zip(&together) {
        // One after another, as the hashes are defined.
        let one_after_another = |mut hasher: Hasher| {
            for entry in set.entries.iter() {
                hasher.begin(entry);
                if entry.is_file() {
                    hasher.content(&fs::read(root.path().join(&entry.path)).expect("read"));
                }
            }
            hasher.finish()
        };
        let source = &set.copy.source;
        let archive = one_after_another(Hasher::of_archive(&set.copy));
        assert_eq!(archive, hash.archive.as_str(), "{source}");
        let content = one_after_another(Hasher::of_content(&set.copy));
        assert_eq!(content, hash.content.as_str(), "{source}");
        assert_eq!(set.hashes().expect("hashed"), *hash);
    }
    assert_eq!(groups(&all), [vec![0, 1, 2, 3, 4, 6, 7], vec![5]]);
}

#[test]
fn a_file_that_cannot_be_read_is_the_fault_of_the_sets_that_hold_it() {
    let root = tempfile::tempdir().expect("a directory");
    for name in ["a", "b", "c"] {
        fs::write(root.path().join(name), name).expect("written");
    }
    let context = Context::new(&System, root.path().to_owned(), IgnoreRules::default());
    let sets = ["[ab]", "b", "[bc]"]
        .map(|source| context.select(&copy_of(source, false)).expect("it matches"));
    fs::write(root.path().join("c"), "another length").expect("written");
    let all: Vec<_> = sets.iter().collect();
    let hashes = hash(&all);
    assert_eq!(hashes[0].as_ref().ok(), sets[0].hashes().as_ref().ok());
    assert_eq!(hashes[1].as_ref().ok(), sets[1].hashes().as_ref().ok());
    assert!(hashes[0].is_ok() && hashes[1].is_ok());
    assert!(matches!(&hashes[2], Err(ContextError::Changed(path)) if path == "c"));
}
