//! The build context: the same input gives the same bytes, and a change is never packed.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use sandbox_toml::context::{
    Context, ContextError, CopyHash, Effort, HashCache, IgnoreRules, hash_all,
};
use sandbox_toml::diagnostic::{Code, render};
use sandbox_toml::host::System;
use sandbox_toml::pipeline;
use sandbox_toml::scalar::ModeChange;
use sandbox_toml::template::Copy;

use crate::support::{Workspace, root, snapshot};

fn copy_of(source: &str) -> Copy {
    Copy::new(source, "/x/")
}

fn context(root: &Path) -> Context<'static> {
    Context::new(&System, root.to_owned(), IgnoreRules::default())
}

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
fn a_change_is_told_at_the_copy_that_takes_the_file() {
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

    /// After each event the hash that may be known from before is the one that is computed anew.
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

/// A manifest that copies `app` and `data` and nothing else.
const COPIES: &str = "name = \"x\"\nfrom = \"python:3.12\"\n\n[[steps]]\n\
                      copy = [\"app\", \"data\"]\nto = \"/home/user/\"\n";

/// A file that takes no space on the disk.
fn sparse(workspace: &Workspace, name: &str, mib: u64) {
    let path = workspace.write(name, "");
    let file = fs::File::options().write(true).open(path).expect("the file is opened");
    file.set_len(mib * 1024 * 1024).expect("it is made longer");
}

#[test]
fn very_large_copies_are_told_of_with_what_is_largest() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", COPIES);
    workspace.write("app/main.py", "x".repeat(2048));
    sparse(&workspace, "data/raw/a.bin", 39);
    sparse(&workspace, "data/raw/b.bin", 30);
    sparse(&workspace, "data/train.csv", 30);
    assert_eq!(workspace.run(&["check"]).ends(0).stdout, "");
    sparse(&workspace, "data/test.csv", 2);
    let ran = workspace.run(&["check"]).ends(0);
    snapshot("ui/large-context", "bytes", &ran.text());
    // Where nothing is uploaded, the limit is another one.
    let declaw = workspace.run(&["check", "--platform", "declaw"]).everything();
    assert!(!declaw.contains("large-context"), "{declaw}");
}

#[test]
fn very_many_files_are_told_of() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", COPIES);
    workspace.write("app/main.py", "x");
    for at in 0..10_000 {
        workspace.write(&format!("data/{}/{at}", at % 7), "x");
    }
    let ran = workspace.run(&["check"]).ends(0);
    snapshot("ui/large-context", "files", &ran.text());
}

#[test]
fn clutter_is_known_by_what_is_in_it() {
    let workspace = Workspace::empty();
    let manifest = "name = \"x\"\nfrom = \"node:22\"\n\n[[steps]]\ncopy = \".\"\n\
                    to = \"/home/user/app/\"\n";
    workspace.write("sandbox.toml", manifest);
    for name in ["web/node_modules/a/index.js", "target/notes.md", "venv/readme", ".git-keep"] {
        workspace.write(name, "x");
    }
    let quiet = workspace.run(&["check"]).ends(0);
    assert_eq!(quiet.stdout, "", "neither is what its name says");
    for name in [
        ".git/HEAD",
        "venv/pyvenv.cfg",
        "target/CACHEDIR.TAG",
        "a/__pycache__/x",
        "b/__pycache__/x",
    ] {
        workspace.write(name, "x");
    }
    workspace.write("a/.aws/credentials", "x");
    workspace.write("b/id_rsa.pub", "x");
    workspace.write("b/.env.example", "x");
    workspace.write("b/.env", "");
    let install = "\n[[steps]]\nrun = \"npm ci\"\n";
    workspace.write("sandbox.toml", format!("{manifest}{install}"));
    snapshot("ui/junk-in-context", "everything", &workspace.run(&["check"]).ends(0).text());
}

#[test]
fn the_configuration_of_npm_is_a_secret_if_a_token_is_written_into_it() {
    const TOKEN: &str = "6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61";
    let workspace = Workspace::empty();
    let manifest = |copy: &str| {
        format!(
            "name = \"x\"\nfrom = \"node:22\"\n\n[[steps]]\ncopy = \"{copy}\"\nto = \"/app/\"\n"
        )
    };
    let warned = |copy: &str| {
        workspace.write("sandbox.toml", manifest(copy));
        let ran = workspace.run(&["check"]).ends(0);
        assert!(!ran.everything().contains(TOKEN), "{}", ran.text());
        ran.stdout
    };
    workspace.write("web/package.json", "{}");
    for harmless in [
        "registry=https://npm.acme.dev/\n".to_owned(),
        "//npm.acme.dev/:_authToken=${NPM_TOKEN}\n".to_owned(),
        format!("# //npm.acme.dev/:_authToken={TOKEN}\n"),
        format!("//localhost:4873/:_authToken={TOKEN}\n"),
    ] {
        workspace.write("web/.npmrc", &harmless);
        assert_eq!(warned("web"), "", "{harmless}");
    }
    workspace.write("web/.npmrc", format!("//npm.acme.dev/:_authToken={TOKEN}\n"));
    let shown = warned("web");
    assert!(shown.contains("secret-in-context"), "{shown}");
    assert!(shown.contains("the copy of `web` includes `web/.npmrc`"), "{shown}");
    assert_eq!(warned("web/.npmrc"), "", "it is copied on purpose");
    workspace.write(".dockerignore", "**/.npmrc\n");
    assert_eq!(warned("web"), "");
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

#[test]
fn sources_of_one_step_need_a_directory() {
    let reported = |steps: &str| {
        let workspace = Workspace::empty();
        for file in ["a.txt", "b.txt", "c.md", "dir/d.txt", "[e].txt"] {
            workspace.write(file, file);
        }
        let manifest = format!("name = \"x\"\nfrom = \"python:3.12\"\nsteps = [\n{steps}\n]\n");
        workspace.write("sandbox.toml", manifest);
        let ran = workspace.run(&["check"]).text();
        ran.contains("several sources are copied to the one file")
    };
    for wrong in [
        r#"{ copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "dir"], to = "/x" }"#,
        r#"{ copy = ["./a.txt", "*.md"], to = "x/y" }"#,
        r#"{ workdir = "/srv/application" }, { copy = ["a.txt", "b.txt"], to = "/srv/app" }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "/x" }, { run = "mkdir /x" }"#,
        r#"{ copy = ["a.txt", "*.txt", "./a.txt"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "./a.txt", "b.txt"], to = "/x" }"#,
    ] {
        assert!(reported(wrong), "{wrong}");
    }
    for right in [
        r#"{ copy = ["a.txt", "b.txt"], to = "/x/" }"#,
        r#"{ copy = ["a.txt", "./a.txt", "a.*"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "." }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "x/.." }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "/etc" }"#,
        r#"{ env = { D = "/etc" } }, { copy = ["a.txt", "b.txt"], to = "$D" }"#,
        r#"{ env = { D = "/x/" } }, { copy = ["a.txt", "b.txt"], to = "${D}" }"#,
        r#"{ copy = ["dir", "a.txt"], to = "/x" }"#,
        r#"{ copy = ["dir"], to = "/x" }"#,
        r#"{ copy = ["*.txt", "c.md"], to = "/x" }"#,
        r#"{ copy = ["a.txt"], to = "/x" }"#,
        r#"{ workdir = "/srv/app/src" }, { copy = ["a.txt", "b.txt"], to = "/srv/app" }"#,
        r#"{ copy = "c.md", to = "/x/" }, { copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ mkdir = "/x", user = "root" }, { copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ copy = "a.txt", to = "/x" }, { copy = "b.txt", to = "/x" }"#,
    ] {
        assert!(!reported(right), "{right}");
    }
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

#[test]
fn no_ignore_file_is_proposed_for_a_copy() {
    let ran = |files: &[&str]| {
        let workspace = Workspace::empty();
        for file in files {
            workspace.write(file, "");
        }
        workspace.write(".dockerignore", "*\n");
        let manifest =
            "name = \"a\"\nfrom = \"debian:12\"\nsteps = [{ copy = \".\", to = \"/x\" }]\n";
        workspace.write("sandbox.toml", manifest);
        workspace.run(&["check", "--format", "short"]).stdout
    };
    let alone = ran(&[]);
    assert!(alone.contains("remove the pattern `*`"), "{alone}");
    let others = ran(&["app.py"]);
    assert!(others.contains("`ignore = [\"!app.py\"]`"), "{others}");
}

#[test]
fn a_name_that_reads_like_a_pattern_is_proposed_with_escapes() {
    let workspace = Workspace::empty();
    workspace.write("notes[1].txt", "");
    let manifest = |source: &str| {
        format!(
            "name = \"a\"\nfrom = \"debian:12\"\nsteps = [{{ copy = '{source}', to = \"/x\" }}]\n"
        )
    };
    workspace.write("sandbox.toml", manifest("notes[1].txt"));
    let ran = workspace.run(&["check", "--format", "short"]).stdout;
    assert!(ran.contains(r"did you mean `notes\[1].txt`?"), "{ran}");
    workspace.write("sandbox.toml", manifest(r"notes\[1].txt"));
    assert_eq!(workspace.run(&["check", "--format", "short"]).stdout, "");
}
