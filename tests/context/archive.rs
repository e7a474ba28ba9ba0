//! Archives and their hashes: the same input gives the same bytes.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use sandbox_toml::context::{ContextError, Effort};
use sandbox_toml::scalar::ModeChange;
use sandbox_toml::template::Copy;

use super::{context, copy_of};
use crate::support::Workspace;

fn packed(root: &Path, source: &str) -> Vec<u8> {
    let files = context(root).select(&copy_of(source)).expect("it matches");
    let hash = files.hash().expect("it is hashed");
    let mut packed = files.pack(&hash, Effort::Usual).expect("it is packed");
    let mut bytes = Vec::new();
    packed.file.read_to_end(&mut bytes).expect("the archive is read");
    assert_eq!(bytes.len() as u64, packed.bytes);
    bytes
}

#[test]
fn the_same_tree_elsewhere_and_later_is_the_same_archive() {
    let archives: Vec<_> = (0..2)
        .map(|at| {
            let workspace = Workspace::empty();
            // Created in another order, so that the directory lists them in another one.
            let names = ["b/x", "a", "b/y"];
            let order: Vec<_> =
                if at == 0 { names.to_vec() } else { names.into_iter().rev().collect() };
            for name in order {
                workspace.write(name, name);
            }
            symlink("../a", workspace.path().join("b/link")).expect("the link is made");
            let script = workspace.write("run.sh", "#!/bin/sh\n");
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("mode");
            let chmod = fs::Permissions::from_mode(0o755);
            fs::set_permissions(workspace.path(), chmod).expect("mode");
            packed(workspace.path(), ".")
        })
        .collect();
    assert_eq!(archives[0], archives[1]);
}

#[test]
fn an_archive_can_be_unpacked_by_tar() {
    let workspace = Workspace::empty();
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    workspace.write(&format!("tree/{long}"), "long");
    workspace.write("tree/empty", "");
    symlink("nowhere/at/all", workspace.path().join("tree/dangling")).expect("the link is made");
    symlink("t".repeat(150), workspace.path().join("tree/far")).expect("the link is made");
    let archive = workspace.write("archive.tar.gz", packed(workspace.path(), "tree"));
    let target = workspace.path().join("unpacked");
    fs::create_dir(&target).expect("the directory is made");
    let status = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(&target)
        .status()
        .expect("tar runs");
    assert!(status.success());
    let unpacked = target.join("tree");
    assert_eq!(fs::read_to_string(unpacked.join(long)).expect("it is there"), "long");
    let link = fs::read_link(unpacked.join("dangling")).expect("it is a link");
    assert_eq!(link, Path::new("nowhere/at/all"));
    assert_eq!(
        fs::read_link(unpacked.join("far")).expect("it is a link"),
        Path::new(&"t".repeat(150))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two trees that differ in a name, a mode or a byte never have one hash; a tree has one.
    #[test]
    fn a_hash_names_one_tree(
        files in prop::collection::btree_map("[a-c]{1,2}(/[a-c.]{1,2}x)?", ".{0,8}", 1..6),
        executable in any::<bool>(),
    ) {
        let hash_of = |executable: bool, extra: Option<&str>| {
            let workspace = Workspace::empty();
            let mut last = None;
            for (name, content) in &files {
                let path = workspace.path().join("tree").join(name);
                // A name may be both a file and a directory of another: the first one stays.
                if path.parent().is_some_and(|parent| fs::create_dir_all(parent).is_ok())
                    && !path.is_dir()
                    && fs::write(&path, content).is_ok()
                {
                    last = Some(path);
                }
            }
            let last = last.expect("the first file is always written");
            let mode = if executable { 0o755 } else { 0o644 };
            fs::set_permissions(&last, fs::Permissions::from_mode(mode)).expect("mode");
            if let Some(extra) = extra {
                let mut content = fs::read(&last).expect("it is there");
                content.extend_from_slice(extra.as_bytes());
                fs::write(&last, content).expect("written");
            }
            context(workspace.path()).select(&copy_of("tree")).expect("it matches").hash().expect("hashed")
        };
        prop_assert_eq!(hash_of(executable, None), hash_of(executable, None));
        prop_assert_ne!(hash_of(executable, None), hash_of(!executable, None));
        prop_assert_ne!(hash_of(executable, None), hash_of(executable, Some("!")));
    }
}

#[test]
fn permissions_are_changed_in_the_archive_and_in_its_hash() {
    let workspace = Workspace::empty();
    for (name, mode) in [("dir/a.txt", 0o640), ("dir/tool", 0o700)] {
        let file = workspace.write(name, name);
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("mode");
    }
    symlink("a.txt", workspace.path().join("dir/link")).expect("the link is made");
    let directory = workspace.path().join("dir");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).expect("mode");
    let context = context(workspace.path());
    let change = |change: &str| Copy { mode_change: ModeChange::parse(change), ..copy_of("dir") };
    let plain = context.select(&copy_of("dir")).expect("it matches");
    let files = context.select(&change("u=rwX,go=rX")).expect("it matches");
    assert_ne!(files.hash().expect("a hash"), plain.hash().expect("a hash"));
    let packed = files.pack(&files.hash().expect("a hash"), Effort::Usual).expect("it is packed");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.file));
    let modes: Vec<_> = archive
        .entries()
        .expect("entries")
        .map(|entry| entry.expect("an entry").header().mode().expect("a mode"))
        .collect();
    // The directory, the text, the link with its own, the tool.
    assert_eq!((modes[0], modes[1], modes[3]), (0o755, 0o644, 0o755), "{modes:?}");
    // What was changed for one copy is not changed for another.
    let again = context.select(&copy_of("dir")).expect("it matches");
    assert_eq!(again.hash().expect("a hash"), plain.hash().expect("a hash"));
    // A file that is changed on the disk is noticed, even if the copy's mode would be the same.
    let own = fs::Permissions::from_mode(0o600);
    fs::set_permissions(directory.join("a.txt"), own).expect("mode");
    let late = files.pack(&files.hash().expect("a hash"), Effort::Usual);
    assert!(matches!(late, Err(ContextError::Changed(_))), "{late:?}");
    let closed = context.select(&change("a-x"));
    assert!(closed.is_err_and(|error| matches!(*error, ContextError::Untraversable(_))));
}

/// What the SDK of E2B 2.63.0 sends, too.
#[test]
fn an_empty_directory_is_copied_with_every_pattern_that_matches_it() {
    let workspace = Workspace::empty();
    fs::create_dir_all(workspace.path().join("lib")).expect("made");
    for source in ["lib", "lib/", "lib/**", "lib/**/"] {
        let files = context(workspace.path()).select(&copy_of(source));
        assert!(files.is_ok(), "{source}");
    }
    for source in ["lib/*", "lib/**/*", "lib/a/**"] {
        let files = context(workspace.path()).select(&copy_of(source));
        let missing = |error: &ContextError| matches!(error, ContextError::NotFound { .. });
        assert!(files.is_err_and(|error| missing(&error)), "{source}");
    }
}
