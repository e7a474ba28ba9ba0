//! What the command does with files and with standard input.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::Workspace;

const BEFORE: &str = "tags=[ 'a' ]\nname  = \"x\" # why\nfrom = 'debian:12'";
const AFTER: &str = "name = \"x\" # why\ntags = ['a']\nfrom = 'debian:12'\n";

#[test]
fn a_file_is_formatted_where_it_is() {
    let workspace = Workspace::empty();
    let path = workspace.write("sandbox.toml", BEFORE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("the mode is set");
    let ran = workspace.run(&["fmt"]).ends(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "sandbox.toml: formatted\n"));
    assert_eq!(fs::read_to_string(&path).expect("it is read"), AFTER);
    let metadata = path.metadata().expect("it is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640, "its mode is kept");
    let before = metadata.modified().expect("a time");
    let ran = workspace.run(&["fmt"]).ends(0);
    assert_eq!(ran.everything(), "");
    let after = path.metadata().and_then(|metadata| metadata.modified()).expect("a time");
    assert_eq!(after, before, "what is formatted is not written");
}

#[test]
fn a_symbolic_link_stays_one() {
    let workspace = Workspace::empty();
    let target = workspace.write("real/base.toml", BEFORE);
    let link = workspace.path().join("sandbox.toml");
    symlink(&target, &link).expect("a link");
    workspace.run(&["fmt"]).ends(0);
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("it is read"), AFTER);
}

#[test]
fn check_and_diff_write_nothing() {
    let workspace = Workspace::empty();
    let path = workspace.write("app/sandbox.toml", BEFORE);
    let check = workspace.run(&["fmt", "--check", "app"]).ends(1);
    assert_eq!(check.stdout, "");
    assert!(check.stderr.contains("app/sandbox.toml: not formatted"), "{}", check.text());
    let diff = workspace.run(&["fmt", "--diff", "app"]).ends(0);
    let expected = "--- app/sandbox.toml\n+++ app/sandbox.toml\n@@ -1,3 +1,3 @@\n\
                    -tags=[ 'a' ]\n-name  = \"x\" # why\n-from = 'debian:12'\n\
                    \\ No newline at end of file\n\
                    +name = \"x\" # why\n+tags = ['a']\n+from = 'debian:12'\n";
    assert_eq!(diff.stdout, expected);
    let both = workspace.run(&["fmt", "--check", "--diff", "app"]).ends(1);
    assert_eq!(both.stdout, expected);
    let colored = workspace.run(&["fmt", "--diff", "--color", "always", "app"]).ends(0);
    assert!(colored.stdout.contains("\u{1b}[31m-tags=[ 'a' ]\u{1b}[0m\n"), "{}", colored.stdout);
    assert_eq!(fs::read_to_string(&path).expect("it is read"), BEFORE);
    workspace.run(&["fmt", "app"]).ends(0);
    for argument in ["--check", "--diff"] {
        assert_eq!(workspace.run(&["fmt", argument, "app"]).ends(0).everything(), "");
    }
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let workspace = Workspace::empty();
    let ran = workspace.run_with_input(&["fmt", "-"], BEFORE).ends(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (AFTER, ""));
    let ran = workspace.run_with_input(&["fmt", "-"], AFTER).ends(0);
    assert_eq!(ran.stdout, AFTER, "also what is formatted already");
    // A program reads it back: nothing is redacted, and line breaks are kept.
    let secret =
        "name = \"x\"\r\nfrom = 'debian:12'\r\nenv = { API_KEY = \"sk-0123456789abcdef\" }\r\n";
    let ran = workspace.run_with_input(&["fmt", "-"], secret).ends(0);
    assert_eq!(ran.stdout, secret);
    let ran = workspace.run_with_input(&["fmt", "--check", "-"], BEFORE).ends(1);
    assert_eq!(ran.stdout, "");
    let ran = workspace.run_with_input(&["fmt", "-"], "name = [").ends(1);
    assert_eq!(ran.stdout, "", "what is not TOML is not printed");
    assert!(ran.stderr.contains("<stdin>"), "{}", ran.text());
}

#[test]
fn what_is_not_toml_is_left_alone() {
    let workspace = Workspace::empty();
    let broken = "name = 'x\nfrom =    'debian:12'\n";
    let path = workspace.write("sandbox.toml", broken);
    workspace.write("good.toml", BEFORE);
    let ran = workspace.run(&["fmt", "sandbox.toml", "good.toml", "missing.toml"]).ends(1);
    assert!(ran.stderr.contains("toml-syntax"), "{}", ran.text());
    assert!(ran.stderr.contains("cannot read `missing.toml`"), "{}", ran.text());
    assert!(ran.stderr.contains("good.toml: formatted"), "the others are formatted");
    assert_eq!(fs::read_to_string(&path).expect("it is read"), broken);
    for argument in ["--check", "--diff"] {
        workspace.run(&["fmt", argument]).ends(1);
    }
    // What is wrong otherwise is no concern of the formatter.
    workspace.write("sandbox.toml", "title='x'\n");
    let ran = workspace.run(&["fmt"]).ends(0);
    assert_eq!(ran.stderr, "sandbox.toml: formatted\n");
}

#[test]
fn a_lock_is_no_manifest() {
    let workspace = Workspace::empty();
    let path = workspace.write("sandbox.lock", BEFORE);
    let ran = workspace.run(&["fmt", "sandbox.lock"]).ends(2);
    assert!(ran.stderr.contains("`sandbox.lock` is not a manifest"), "{}", ran.text());
    assert_eq!(fs::read_to_string(&path).expect("it is read"), BEFORE);
}

#[test]
fn a_diff_shows_no_secret() {
    let workspace = Workspace::empty();
    let secret = "e2b_91c05d7e3fa84b6288d1f0467a3e95bc07d2e814";
    let text = format!("from='debian:12'\nname='x'\nenv={{ TOKEN=\"{secret}\" }} # {secret}\n");
    workspace.write("sandbox.toml", text);
    let ran = workspace.run(&["fmt", "--diff"]).ends(0);
    assert!(!ran.everything().contains(secret), "{}", ran.text());
    assert!(ran.stdout.contains("TOKEN"), "{}", ran.text());
}
