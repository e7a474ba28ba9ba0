use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::host::System;
use crate::pipeline::{Options, Secrets, analyze_text};
use crate::platform::{Imitated, Platform};
use crate::source::Source;

/// A manifest with each part that decides the content, and those that do not.
const TEXT: &str = r#"name = "laws"
tags = ["v1", "default"]
start = "python app.py"
ready = { port = 8000 }

[from]
image = "ghcr.io/team/base:1"
auth = { type = "basic", username = "robot", password = { env = "PASSWORD" } }

[resources]
cpu = 2
memory = "1GiB"

[env]
APP_ENV = "production"

[[steps]]
apt = ["git"]

[[steps]]
copy = "tree"
to = "/srv/"
mode = 0o755

[[steps]]
workdir = "/srv"
"#;

fn plan(root: &Path, text: &str, platform: Platform) -> Plan {
    let source = Source::new(&root.join("sandbox.toml"), text.to_owned());
    let options = Options { imitated: platform.imitated(), ..Options::from(Some(platform)) };
    let analysis = analyze_text(&System, source, options);
    let plan = analysis.plan(&Secrets::Hidden);
    plan.unwrap_or_else(|faults| panic!("{faults:?} {:?}", analysis.diagnostics))
}

fn digest(root: &Path, text: &str, platform: Platform) -> String {
    Digest::of(&plan(root, text, platform)).to_string()
}

/// The files that the manifest copies.
fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    let tree = root.path().join("tree");
    fs::create_dir_all(tree.join("bin")).expect("made");
    fs::write(tree.join("app.py"), "print()\n").expect("written");
    fs::write(tree.join("bin/run"), "#!/bin/sh\n").expect("written");
    set_mode(&tree.join("bin/run"), 0o755);
    symlink("app.py", tree.join("link")).expect("linked");
    root
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
}

/// A change of these is a new [`SCHEME`] and a line in the changelog.
#[test]
fn digests_stay_what_they_are() {
    let root = workspace();
    let minimal = "name = \"a\"\nfrom = { image = \"debian:12\" }\n";
    let parent = "name = \"a\"\nfrom = { template = \"base:v1\" }\n";
    let copied = format!("{minimal}[[steps]]\ncopy = \"tree\"\nto = \"/srv/\"\n");
    let (novita, e2b) = (Platform::Novita, Platform::E2b);
    let (local, declaw) = (Platform::Local, Platform::Declaw);
    let as_e2b = local.imitating(Imitated::E2b);
    for (text, platform, expected) in [
        (minimal, novita, "sbx-015badbe88315008"),
        (minimal, e2b, "sbx-f61fa91149a07c5f"),
        (minimal, local, "sbx-319d1a2bdb666a99"),
        (minimal, as_e2b, "sbx-341f80067a18e6aa"),
        (minimal, declaw, "sbx-3f6c784e91def253"),
        (parent, novita, "sbx-ab8404b3e44775a7"),
        (&copied, novita, "sbx-5e1e59e21ed8301e"),
        (TEXT, novita, "sbx-6c67dbb188270a75"),
        (TEXT, e2b, "sbx-6c67dbb188270a75"),
    ] {
        let found = digest(root.path(), text, platform);
        assert_eq!(found, expected, "{platform}: {text}");
    }
}

#[test]
fn the_digest_is_of_canonical_json() {
    let root = workspace();
    let mut inputs = plan(root.path(), TEXT, Platform::Novita).inputs();
    inputs["steps"][2][2] = json!("CONTENT");
    inputs.sort_all_objects();
    insta::assert_snapshot!(inputs.to_string());
}

#[test]
fn what_does_not_change_the_content_does_not_change_the_digest() {
    let root = workspace();
    let before = digest(root.path(), TEXT, Platform::Novita);
    for (from, to) in [
        ("name = \"laws\"", "name = \"other\""),
        ("tags = [\"v1\", \"default\"]\n", ""),
        ("name = \"laws\"", "name = \"laws\"\npublic = true"),
        ("\"robot\"", "\"person\""),
        (
            "auth = { type = \"basic\", username = \"robot\", password = { env = \"PASSWORD\" } }\n",
            "",
        ),
        ("mode = 0o755\n", "mode = 0o755\nforce_upload = true\n"),
        ("apt = [\"git\"]\n", "apt = [\"git\"]\nno_cache = true\n"),
        // Novita's default.
        ("cpu = 2\n", ""),
    ] {
        let text = TEXT.replace(from, to);
        assert_ne!(text, TEXT, "{from}");
        assert_eq!(digest(root.path(), &text, Platform::Novita), before, "{to}");
    }
    let mut forced = plan(root.path(), TEXT, Platform::Novita);
    forced.force();
    assert_eq!(Digest::of(&forced).as_str(), before);
}

#[test]
fn what_changes_the_content_changes_the_digest() {
    let root = workspace();
    let mut seen = vec![digest(root.path(), TEXT, Platform::Novita)];
    for (from, to) in [
        ("base:1", "base:2"),
        ("image = \"ghcr.io/team/base:1\"\nauth", "template = \"ghcr.io/team/base:1\"\n#"),
        ("python app.py", "python3 app.py"),
        ("port = 8000", "port = 8001"),
        ("cpu = 2", "cpu = 4"),
        ("memory = \"1GiB\"", "memory = \"2GiB\""),
        ("\"production\"", "\"staging\""),
        ("[\"git\"]", "[\"curl\"]"),
        ("to = \"/srv/\"", "to = \"/opt/\""),
        ("mode = 0o755\n", ""),
        ("mode = 0o755\n", "mode = 0o755\nowner = \"root\"\n"),
        ("workdir = \"/srv\"", "workdir = \"/opt\""),
        ("workdir = \"/srv\"", "user = \"root\""),
        ("copy = \"tree\"", "copy = \"tree/bin\""),
    ] {
        let text = TEXT.replacen(from, to, 1);
        assert_ne!(text, TEXT, "{from}");
        seen.push(digest(root.path(), &text, Platform::Novita));
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "two manifests have the same digest");
}

/// A file of a context: its path, whether it is executable or a link, and its bytes or target.
type Tree = std::collections::BTreeMap<String, (Kind, Vec<u8>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Program,
    Link,
}

fn tree() -> impl Strategy<Value = Tree> {
    let path = prop::sample::select(vec!["a", "b", "d/a", "d/b", "d/e/a", "ab"]);
    let kind = prop::sample::select(vec![Kind::File, Kind::Program, Kind::Link]);
    let bytes = prop::sample::select(vec!["", "x", "y", "xy"]);
    let bytes = bytes.prop_map(|bytes| bytes.as_bytes().to_vec());
    prop::collection::btree_map(path.prop_map(str::to_owned), (kind, bytes), 1..6)
}

/// Writes a clone of a tree with a umask and a time.
fn clone(tree: &Tree, umask: u32, seconds: u64) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    for (path, (kind, bytes)) in tree {
        let path = root.path().join("tree").join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        if *kind == Kind::Link {
            let target = format!("to-{}", String::from_utf8_lossy(bytes));
            symlink(target, path).expect("linked");
            continue;
        }
        fs::write(&path, bytes).expect("written");
        let file = File::open(&path).expect("opened");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("set");
        let mode = if *kind == Kind::Program { 0o777 } else { 0o666 };
        set_mode(&path, mode & !umask);
    }
    set_mode(&root.path().join("tree"), 0o777 & !umask);
    fs::create_dir_all(root.path().join(format!("tree/empty{seconds}"))).expect("made");
    root
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Neither umask nor times nor empty directories of a clone change the digest; what Git keeps
    /// does.
    #[test]
    fn clones_have_the_same_digest_if_and_only_if_they_have_the_same_content(
        one in tree(), other in tree(), masks in (0..4_usize, 0..4_usize), seconds in 1..1000_u64,
    ) {
        let umask = |at: usize| [0o002, 0o022, 0o027, 0o077][at];
        let first = clone(&one, umask(masks.0), seconds);
        let again = clone(&one, umask(masks.1), seconds + 1);
        let second = clone(&other, umask(masks.1), seconds);
        let of = |root: &tempfile::TempDir| digest(root.path(), TEXT, Platform::Novita);
        prop_assert_eq!(of(&first), of(&again));
        prop_assert_eq!(of(&first) == of(&second), one == other);
    }
}
