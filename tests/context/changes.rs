//! Files that change: a change is never packed, and no hash from before is taken for it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use sandbox_toml::context::{ContextError, CopyHash, Effort, HashCache, hash_all};
use sandbox_toml::diagnostic::{Code, render};
use sandbox_toml::host::System;
use sandbox_toml::pipeline;
use sandbox_toml::template::Copy;

use super::{context, copy_of};
use crate::support::{Workspace, root, snapshot};

/// Something that happens to a tree.
type Change = fn(&Path);

/// Hashes, lets `change` happen, and packs.
fn pack_after(change: impl FnOnce(&Path)) -> Result<(), ContextError> {
    let workspace = Workspace::empty();
    workspace.write("tree/file", "content");
    workspace.write("tree/other", "other");
    let files = context(workspace.path()).select(&copy_of("tree")).expect("it matches");
    let hash = files.hash().expect("it is hashed");
    change(&workspace.path().join("tree"));
    files.pack(&hash, Effort::Usual).map(drop)
}

#[test]
fn what_changed_after_it_was_hashed_is_not_packed() {
    pack_after(|_| {}).expect("nothing changed");
    let changes: [(&str, Change); 6] = [
        ("same length", |tree| fs::write(tree.join("file"), "CONTENT").expect("written")),
        ("longer", |tree| fs::write(tree.join("file"), "content and more").expect("written")),
        ("shorter", |tree| fs::write(tree.join("file"), "c").expect("written")),
        ("mode", |tree| {
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(tree.join("file"), mode).expect("set");
        }),
        ("gone", |tree| fs::remove_file(tree.join("file")).expect("removed")),
        ("now a link", |tree| {
            fs::remove_file(tree.join("file")).expect("removed");
            symlink("other", tree.join("file")).expect("linked");
        }),
    ];
    for (what, change) in changes {
        let error = pack_after(change).expect_err(what);
        assert!(
            matches!(error, ContextError::Changed(_) | ContextError::Unreadable { .. }),
            "{what}: {error:?}"
        );
    }
}

#[test]
fn a_change_is_reported_at_the_copy_that_takes_the_file() {
    let workspace = Workspace::fixture();
    let manifest = workspace.write(
        "sandbox.toml",
        "name = \"x\"\nfrom = \"python:3.12\"\n\n[[steps]]\ncopy = \"src\"\nto = \"/app/\"\n",
    );
    let analysis = pipeline::analyze(&System, &manifest, None);
    let (instruction, files) = analysis.files.first_key_value().expect("a copy");
    let hash = files.hash().expect("it is hashed");
    workspace.write("src/main.py", "import os\n");
    let error = files.pack(&hash, Effort::Usual).expect_err("it changed");
    let diagnostic = pipeline::packing_fault(&error, &analysis.template, *instruction);
    assert_eq!(diagnostic.code, Code::ContextChanged);
    let text = render::human(&diagnostic, &analysis.sources, render::Style::default());
    let directory = workspace.path().display().to_string();
    snapshot("ui/context-changed", "edited", &text.replace(&directory, "DIRECTORY"));
}

/// More than the grain of the clocks of file systems that tests run on.
const TICK: Duration = Duration::from_millis(20);

/// Something that happens to a tree of files which are all of one length, and to the clock.
#[derive(Debug, Clone)]
enum Event {
    /// Time passes, so that hashes are kept.
    Settle,
    /// A file's content changes, its length and its time do not.
    Overwrite(usize, u8),
    /// A file grows.
    Append(usize),
    /// A file is replaced by another of the same length and time.
    Replace(usize, u8),
    /// Two files change their names.
    Swap(usize, usize),
    /// A file gets another name.
    Rename(usize),
    /// A file may be executed, or not any more.
    Chmod(usize),
    /// A file has another time.
    Touch(usize),
    /// A file is removed.
    Remove(usize),
    /// A directory may not be written any more, or may.
    ChmodDirectory,
    /// The link leads elsewhere.
    Relink(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let file = 0..4_usize;
    prop_oneof![
        4 => Just(Event::Settle),
        4 => (file.clone(), any::<u8>()).prop_map(|(at, byte)| Event::Overwrite(at, byte)),
        2 => file.clone().prop_map(Event::Append),
        2 => (file.clone(), any::<u8>()).prop_map(|(at, byte)| Event::Replace(at, byte)),
        2 => (file.clone(), file.clone()).prop_map(|(one, other)| Event::Swap(one, other)),
        1 => file.clone().prop_map(Event::Rename),
        2 => file.clone().prop_map(Event::Chmod),
        1 => file.clone().prop_map(Event::Touch),
        1 => file.clone().prop_map(Event::Remove),
        1 => Just(Event::ChmodDirectory),
        1 => file.prop_map(Event::Relink),
    ]
}

impl Event {
    fn happen(&self, tree: &Path) -> std::io::Result<()> {
        let file = |at: usize| tree.join(format!("file{at}"));
        let write = |path: &Path, bytes: &[u8], time: SystemTime| {
            fs::write(path, bytes)?;
            fs::File::open(path)?.set_modified(time)
        };
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(1_000_000 / 24);
        let flip = |path: &Path, bit: u32| {
            let mode = fs::metadata(path)?.permissions().mode();
            fs::set_permissions(path, fs::Permissions::from_mode(mode ^ bit))
        };
        match *self {
            Self::Settle => std::thread::sleep(TICK * 2),
            Self::Overwrite(at, byte) => write(&file(at), &[byte; 8], long_ago)?,
            Self::Append(at) => {
                let mut bytes = fs::read(file(at))?;
                bytes.push(b'+');
                write(&file(at), &bytes, long_ago)?;
            }
            Self::Replace(at, byte) => {
                let new = tree.with_extension("new");
                write(&new, &[byte; 8], long_ago)?;
                fs::rename(new, file(at))?;
            }
            Self::Swap(one, other) => {
                let aside = tree.with_extension("aside");
                fs::rename(file(one), &aside)?;
                // Another file may be missing; then this one is only renamed.
                let _ = fs::rename(file(other), file(one));
                fs::rename(aside, file(other))?;
            }
            Self::Rename(at) => fs::rename(file(at), tree.join(format!("renamed{at}")))?,
            Self::Chmod(at) => flip(&file(at), 0o100)?,
            Self::Touch(at) => fs::File::open(file(at))?.set_modified(SystemTime::now())?,
            Self::Remove(at) => fs::remove_file(file(at))?,
            Self::ChmodDirectory => flip(tree, 0o020)?,
            Self::Relink(at) => {
                fs::remove_file(tree.join("link"))?;
                symlink(format!("file{at}"), tree.join("link"))?;
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// After each event the hash that may be known from before is the one that is computed again.
    #[test]
    fn no_edit_is_ever_missed(events in prop::collection::vec(event(), 1..24), follow in any::<bool>()) {
        let workspace = Workspace::empty();
        for at in 0..4 {
            workspace.write(&format!("tree/file{at}"), [at; 8]);
        }
        let tree = workspace.path().join("tree");
        symlink("file0", tree.join("link")).expect("the link is made");
        let cache = HashCache::within(&workspace.path().join("cache")).with_grain(TICK);
        for event in &events {
            // A file may be gone already; then nothing happens.
            let _ = event.happen(&tree);
            let copy = Copy { follow_symlinks: follow, ..copy_of("tree") };
            let files = context(workspace.path()).select(&copy).expect("it matches");
            let known: Vec<CopyHash> =
                hash_all(&[&files], &cache).into_iter().map(|hash| hash.expect("hashed")).collect();
            prop_assert_eq!(known, vec![files.hashes().expect("hashed")]);
        }
    }
}

#[test]
fn a_hash_is_kept_between_runs_unless_it_is_not_wanted() {
    let workspace = Workspace::empty();
    let kept = workspace.path().join("home/.cache/sbx/files-hash");
    // The files of the repository are old enough for their hash to be kept.
    let example = root().join("examples/fastapi");
    let example = example.to_str().expect("the path is text");
    let compile = |arguments: &[&str]| {
        let arguments = [&["compile", example, "--platform", "e2b"], arguments].concat();
        workspace.run(&arguments).ends(0).stdout
    };
    let first = compile(&["--no-hash-cache"]);
    assert!(!kept.exists(), "it is switched off");
    assert_eq!(compile(&[]), first);
    let hash = first.split('"').find(|text| is_hash(text)).expect("a hash");
    let known = fs::read_to_string(&kept).expect("it is kept");
    assert!(known.contains(hash), "{known}");
    assert_eq!(compile(&[]), first);
    assert_eq!(fs::read_to_string(&kept).expect("it is kept"), known, "it is not hashed again");
}

/// Whether a text is a SHA-256 sum.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
