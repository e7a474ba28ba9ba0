//! The lines that declaw is told to run do what the manifest says: they are run here.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

const SHELLS: &[&str] = &["sh", "bash"];

/// What stands below a directory: the kind, the mode and the content of each path.
fn tree(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(at).expect("the directory is read") {
            let path = entry.expect("the directory is read").path();
            let metadata = fs::symlink_metadata(&path).expect("the entry is there");
            let mode = metadata.permissions().mode() & 0o7777;
            let told = if metadata.is_symlink() {
                format!("link {}", fs::read_link(&path).expect("a link").display())
            } else if metadata.is_dir() {
                walk(root, &path, found);
                format!("directory {mode:04o}")
            } else {
                format!("file {mode:04o} {:?}", fs::read(&path).expect("a file"))
            };
            let name = path.strip_prefix(root).expect("it is below");
            found.insert(name.to_str().expect("a name").to_owned(), told);
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// Compiles the manifest and runs each line in a shell of its own, as the platform does. Gives
/// what was printed.
fn run(workspace: &Workspace, manifest: &str, shell: &str, home: &Path) -> String {
    workspace.write("sandbox.toml", manifest);
    let compiled = workspace.run(&["compile", "--platform", "declaw"]).ends(0);
    let body: Value = serde_json::from_str(&compiled.stdout).expect("the request is JSON");
    let mut printed = String::new();
    let envs = body["template"]["envs"].as_object().cloned().unwrap_or_default();
    let envs: Vec<_> = envs
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    let start = body["template"]["start_cmd"].as_str();
    let lines = body["template"]["run_cmds"].as_array().cloned().unwrap_or_default();
    for line in lines.iter().filter_map(Value::as_str).chain(start) {
        assert!(!line.contains(['\n', '\r']), "a line is one line: {line}");
        assert!(line.len() < 65_000, "a Dockerfile takes no longer line: {}", line.len());
        let output = Command::new(shell)
            .args(["-c", line])
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home)
            .envs(envs.iter().cloned())
            .to_end();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shell}: {line}\n{stderr}");
        printed.push_str(&String::from_utf8(output.stdout).expect("what is printed is text"));
    }
    printed
}

/// Runs a manifest's lines in each shell, in a root of its own that `$ROOT` stands for.
fn in_each_shell(workspace: &Workspace, manifest: &str) -> Vec<(BTreeMap<String, String>, String)> {
    let outcomes = SHELLS.iter().map(|shell| {
        let root = tempfile::tempdir().expect("a temporary directory");
        let home = root.path().join("home");
        fs::create_dir(&home).expect("the directory is made");
        let path = root.path().to_str().expect("the path is text");
        let printed = run(workspace, &manifest.replace("$ROOT", path), shell, &home);
        (tree(root.path()), printed.replace(path, "$ROOT"))
    });
    outcomes.collect()
}

fn head() -> String {
    "name = \"x\"\nfrom = { base = true }\n".to_owned()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode is set");
}

#[test]
fn targets_mean_what_they_mean_on_every_platform() {
    let workspace = Workspace::empty();
    workspace.write("app.py", "print()\n");
    workspace.write("it's.txt", "quoted");
    workspace.write("src/a.py", "a");
    workspace.write("src/sub/b.py", "b");
    workspace.write("src/sub/empty", "");
    std::os::unix::fs::symlink("a.py", workspace.path().join("src/link")).expect("a link");
    for (path, mode) in [
        ("app.py", 0o644),
        ("it's.txt", 0o4755),
        ("src", 0o755),
        ("src/a.py", 0o600),
        ("src/sub", 0o750),
        ("src/sub/b.py", 0o644),
        ("src/sub/empty", 0o444),
    ] {
        chmod(&workspace.path().join(path), mode);
    }
    let step = |copy: &str, to: &str, more: &str| {
        format!("[[steps]]\ncopy = \"{copy}\"\nto = \"{to}\"\n{more}\n")
    };
    let manifest = head()
        + &step("app.py", "$ROOT/named.py", "")
        + &step("app.py", "$ROOT/below/", "")
        + &step("it's.txt", "$ROOT/below", "")
        + &step("app.py", "in-home/app.py", "")
        + &step("src", "$ROOT/tree", "")
        + &step("src/sub", "$ROOT/tree", "")
        + &step("src/**/*.py", "$ROOT/glob", "mode = 0o640")
        + &step("src/*", "$ROOT/star", "")
        + &step("src/link", "$ROOT/followed", "follow_symlinks = true")
        + "[[steps]]\nworkdir = \"$ROOT/work dir\"\n"
        + &step("src", ".", "mode = 0o700")
        + "[[steps]]\nworkdir = \"deeper\"\n"
        + &step("app.py", ".", "")
        + &step("app.py", "../up.py", "");
    let file = |mode: &str, text: &str| format!("file {mode} {:?}", text.as_bytes());
    let directory = |mode: &str| format!("directory {mode}");
    let app = file("0644", "print()\n");
    let link = "link a.py".to_owned();
    let expected: BTreeMap<_, _> = [
        ("named.py", app.clone()),
        ("below", directory("0755")),
        ("below/app.py", app.clone()),
        ("below/it's.txt", file("4755", "quoted")),
        ("home", directory("0755")),
        ("home/in-home", directory("0755")),
        ("home/in-home/app.py", app.clone()),
        ("tree", directory("0755")),
        ("tree/a.py", file("0600", "a")),
        ("tree/link", link.clone()),
        ("tree/sub", directory("0750")),
        ("tree/sub/b.py", file("0644", "b")),
        ("tree/sub/empty", file("0444", "")),
        ("tree/b.py", file("0644", "b")),
        ("tree/empty", file("0444", "")),
        ("glob", directory("0755")),
        ("glob/a.py", file("0640", "a")),
        ("glob/sub", directory("0755")),
        ("glob/sub/b.py", file("0640", "b")),
        ("star", directory("0755")),
        ("star/a.py", file("0600", "a")),
        ("star/link", link.clone()),
        ("star/sub", directory("0750")),
        ("star/sub/b.py", file("0644", "b")),
        ("star/sub/empty", file("0444", "")),
        ("followed", file("0600", "a")),
        ("work dir", directory("0755")),
        ("work dir/a.py", file("0700", "a")),
        ("work dir/link", link),
        ("work dir/sub", directory("0700")),
        ("work dir/sub/b.py", file("0700", "b")),
        ("work dir/sub/empty", file("0700", "")),
        ("work dir/deeper", directory("0755")),
        ("work dir/deeper/app.py", app.clone()),
        ("work dir/up.py", app),
    ]
    .into_iter()
    .map(|(path, told)| (path.to_owned(), told))
    .collect();
    for (made, _) in in_each_shell(&workspace, &manifest) {
        assert_eq!(made, expected);
    }
}

#[test]
fn a_copy_replaces_files_and_links_and_keeps_directories() {
    let workspace = Workspace::empty();
    workspace.write("tree/file", "new");
    workspace.write("tree/dir/x", "x");
    std::os::unix::fs::symlink("file", workspace.path().join("tree/link")).expect("a link");
    for (path, mode) in [("tree/file", 0o644), ("tree/dir/x", 0o644), ("tree/dir", 0o755)] {
        chmod(&workspace.path().join(path), mode);
    }
    let before = "mkdir -p -m 700 $ROOT/t/dir && echo old > $ROOT/precious && \
                  ln -s $ROOT/precious $ROOT/t/file && echo old > $ROOT/t/link && chmod 755 $ROOT/t";
    let manifest = head()
        + &format!("[[steps]]\nrun = \"{before}\"\n[[steps]]\ncopy = \"tree\"\nto = \"$ROOT/t\"\n");
    for (made, _) in in_each_shell(&workspace, &manifest) {
        assert!(made["precious"].ends_with(&format!("{:?}", b"old\n")), "{made:?}");
        assert_eq!(made["t/file"], format!("file 0644 {:?}", b"new"));
        assert_eq!(made["t/link"], "link file");
        assert_eq!(made["t/dir"], "directory 0700");
    }
}

#[test]
fn variables_have_the_value_that_each_step_shall_see() {
    let print = |name: &str| format!("[[steps]]\nrun = 'printf \"[%s]\" \"${name}\"'\n");
    let manifest = head()
        + "[build_env]\nB = \"build $$X 'q' \\\"d\\\" \\\\ `\"\nP = \"/opt/b:$PATH\"\n"
        + "L = \"one\\ntwo\\n\"\nN = \"\\n$PATH<<\\n\"\nE = \"\"\n"
        + "[env]\nA = \"first\"\nK = \"kept\"\n"
        + &print("LATE")
        + &print("A")
        + &print("B")
        + &print("P")
        + &print("L")
        + &print("N")
        + &print("E")
        + "[[steps]]\nenv = { A = \"second\", B = \"now env\" }\n"
        + &print("A")
        + &print("B")
        + &print("K")
        + "[[steps]]\nenv = { A = \"last\", LATE = \"late\", PATH = \"/usr/bin:/bin\" }\n"
        + &print("A")
        + &print("LATE")
        + "[start]\ncmd = 'printf \"[%s%s%s]\" \"$A\" \"$L\" \"$E\"'\n";
    let expected = "[][first][build $X 'q' \"d\" \\ `][/opt/b:/usr/bin:/bin][one\ntwo\n]\
                    [\n/usr/bin:/bin<<\n][][second][now env][kept][last][late][last]";
    for (_, printed) in in_each_shell(&Workspace::empty(), &manifest) {
        assert_eq!(printed, expected);
    }
}

#[test]
fn steps_and_start_run_in_the_working_directory() {
    let manifest = head()
        + "workdir = \"$ROOT/a b\"\n"
        + "[[steps]]\nrun = [\"pwd\", \"false || echo or; echo then # and no more\"]\n"
        + "[[steps]]\nrun = \"\"\"\ncat <<EOF\n  here: 100% \\\\\\\\ 'q'\nEOF\nif true; then\n  pwd\nfi\n\"\"\"\n"
        + "[[steps]]\nworkdir = \"$ROOT/c\"\n[start]\ncmd = \"pwd\"\n";
    let expected = "$ROOT/a b\nor\nthen\n  here: 100% \\ 'q'\n$ROOT/a b\n$ROOT/c\n";
    for (made, printed) in in_each_shell(&Workspace::empty(), &manifest) {
        assert_eq!(printed, expected);
        assert_eq!(made["c"], "directory 0755");
    }
}

#[test]
fn a_step_that_fails_fails_its_line() {
    let workspace = Workspace::empty();
    for step in ["false", "true\\nfalse", "true; false", "false # x", "(exit 3)"] {
        let manifest = format!("{}workdir = \"/tmp\"\n[[steps]]\nrun = \"{step}\"\n", head());
        workspace.write("sandbox.toml", manifest);
        let compiled = workspace.run(&["compile", "--platform", "declaw"]).ends(0);
        let body: Value = serde_json::from_str(&compiled.stdout).expect("the request is JSON");
        let line = body["template"]["run_cmds"][1].as_str().expect("the step's line");
        for shell in SHELLS {
            let status = Command::new(shell).args(["-c", line]).status().expect("the shell runs");
            assert!(!status.success(), "{shell}: {line}");
        }
    }
}

#[test]
fn many_small_files_and_one_large_one_fit_into_lines() {
    let workspace = Workspace::empty();
    for at in 0..400 {
        let name = format!("many/a-name-that-is-rather-long-for-a-file-{at:05}");
        workspace.write(&name, format!("{at}"));
    }
    let large: Vec<u8> = (0..=250_u8).cycle().take(28 * 1024).collect();
    workspace.write("large", &large);
    let manifest = head()
        + "[[steps]]\ncopy = \"many\"\nto = \"$ROOT/many\"\n[[steps]]\ncopy = \"large\"\nto = \"$ROOT/\"\n";
    for (made, _) in in_each_shell(&workspace, &manifest) {
        assert_eq!(made.len(), 400 + 3);
        assert!(made["large"].ends_with(&format!("{large:?}")));
    }
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 '#;&|<>()!~%=:,._äß-]{1,12}"
        .prop_filter("a name of its own", |name| name.trim() == name && name != "." && name != "..")
}

#[derive(Debug, Clone)]
enum Node {
    File(Vec<u8>, u32),
    Link(String),
    Directory(u32, BTreeMap<String, Node>),
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        (prop::collection::vec(any::<u8>(), 0..200), 0o400_u32..0o1000)
            .prop_map(|(bytes, mode)| Node::File(bytes, mode | 0o400)),
        name().prop_map(Node::Link),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        (0o700_u32..0o1000, prop::collection::btree_map(name(), inner, 0..4))
            .prop_map(|(mode, children)| Node::Directory(mode | 0o700, children))
    })
}

fn write_node(path: &Path, node: &Node) {
    match node {
        Node::File(bytes, mode) => {
            fs::write(path, bytes).expect("the file is written");
            chmod(path, *mode);
        }
        Node::Link(target) => std::os::unix::fs::symlink(target, path).expect("the link is made"),
        Node::Directory(mode, children) => {
            fs::create_dir(path).expect("the directory is made");
            for (name, child) in children {
                write_node(&path.join(name), child);
            }
            chmod(path, *mode);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_arrives_as_it_is(children in prop::collection::btree_map(name(), node(), 1..4)) {
        let workspace = Workspace::empty();
        write_node(&workspace.path().join("tree"), &Node::Directory(0o755, children));
        let manifest = head() + "[[steps]]\ncopy = \"tree\"\nto = \"$ROOT/a/tree\"\n";
        let expected = tree(&workspace.path().join("tree"));
        for (made, _) in in_each_shell(&workspace, &manifest) {
            let below: BTreeMap<_, _> = made
                .into_iter()
                .filter_map(|(path, told)| Some((path.strip_prefix("a/tree/")?.to_owned(), told)))
                .collect();
            prop_assert_eq!(&below, &expected);
        }
    }

    #[test]
    fn any_value_arrives_as_it_is(value in "[ -~äß\n\t]{0,40}") {
        let written = value.replace('$', "$$");
        let literal = serde_json::to_string(&written).expect("a text is JSON");
        let manifest = format!(
            "{}[build_env]\nV = {literal}\n[[steps]]\nrun = 'printf %s \"$V\"'\n",
            head()
        );
        for (_, printed) in in_each_shell(&Workspace::empty(), &manifest) {
            prop_assert_eq!(&printed, &value);
        }
    }
}
