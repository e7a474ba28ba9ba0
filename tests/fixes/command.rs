//! `sbx check --fix` as a command: which files it writes, and what it says.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::Value;

use crate::support::{Workspace, snapshot};

const BAD: &str = "name = \"x\"\ntags = \"default\"\n\n[from]\npython = 3.12 # not 3.1\n";
const GOOD: &str = "name = \"x\"\ntags = [\"default\"]\n\n[from]\npython = \"3.12\" # not 3.1\n";

fn read(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.path().join(name)).expect("the file is read")
}

#[test]
fn what_is_fixable_is_said_and_done() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", BAD);
    snapshot("snapshots/fixes", "offer", &workspace.run(&["check"]).ends(1).text());
    assert_eq!(read(&workspace, "sandbox.toml"), BAD, "a check writes nothing");
    snapshot("snapshots/fixes", "fix", &workspace.run(&["check", "--fix"]).ends(0).text());
    assert_eq!(read(&workspace, "sandbox.toml"), GOOD);
    snapshot("snapshots/fixes", "fix-again", &workspace.run(&["check", "--fix"]).ends(0).text());
    let ran = workspace.run(&["check", "--unsafe-fixes"]).ends(2);
    assert!(ran.stderr.contains("--fix"), "{}", ran.text());
}

#[test]
fn what_is_left_counts() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", format!("{BAD}user = \"\"\nworkdri = \"/x\"\n"));
    let ran = workspace.run(&["check", "--fix"]).ends(1);
    snapshot("snapshots/fixes", "left", &ran.text());
    let quiet = workspace.run(&["check", "--fix", "--quiet"]).ends(1);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn forms_for_programs_count_and_show_the_edits() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", format!("{BAD}tagz = 1\n"));
    for format in ["json", "sarif"] {
        let ran = workspace.run(&["check", "--format", format]).ends(1);
        let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
        let results = report["runs"][0]["results"].as_array().or(report["diagnostics"].as_array());
        let fixes = |it: &Value| match format {
            "json" => it["fix"].clone(),
            _ => it["fixes"].clone(),
        };
        let fixes: Vec<_> = results.expect("a list").iter().map(fixes).collect();
        let pretty = serde_json::to_string_pretty(&fixes).expect("a value is text");
        snapshot("snapshots/fixes", &format!("edits-{format}"), &pretty);
        assert_eq!(ran.stderr, "", "a program asked");
    }
    let ran = workspace.run(&["check", "--fix", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    let summary = serde_json::json!({ "errors": 1, "warnings": 0, "fixed": 2 });
    assert_eq!(report["summary"], summary);
}

#[test]
fn every_manifest_is_mended_for_every_platform() {
    let workspace = Workspace::fixture();
    let named = |text: &str, name: &str| text.replace("\"x\"", &format!("\"{name}\""));
    workspace.write("a/sandbox.toml", named(BAD, "a"));
    workspace.write("b.toml", named(GOOD, "b"));
    workspace.write("c.toml", named(BAD, "c").replace("3.12 ", "\"3.12\" "));
    let ran = workspace.run(&["check", "--fix", "a", "b.toml", "c.toml", "missing.toml"]).ends(1);
    snapshot("snapshots/fixes", "several", &ran.text());
    for (file, name) in [("a/sandbox.toml", "a"), ("b.toml", "b"), ("c.toml", "c")] {
        assert_eq!(read(&workspace, file), named(GOOD, name), "{file}");
    }
    workspace.write("all.toml", BAD);
    let ran = workspace.run(&["check", "--fix", "--platform", "all", "all.toml"]).ends(0);
    assert!(ran.stderr.contains("all.toml: fixed 2 problems"), "{}", ran.text());
    assert_eq!(read(&workspace, "all.toml"), GOOD);
}

#[test]
fn a_file_keeps_its_mode_and_a_link_stays_one() {
    let workspace = Workspace::fixture();
    let real = workspace.write("real/it.toml", BAD);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("the mode is set");
    symlink("real/it.toml", workspace.path().join("sandbox.toml")).expect("the link is made");
    workspace.run(&["check", "--fix"]).ends(0);
    let link = fs::symlink_metadata(workspace.path().join("sandbox.toml")).expect("it is there");
    assert!(link.is_symlink());
    assert_eq!(read(&workspace, "real/it.toml"), GOOD);
    assert_eq!(fs::metadata(&real).expect("it is there").permissions().mode() & 0o777, 0o640);
    let beside: Vec<_> = fs::read_dir(workspace.path().join("real")).expect("read").collect();
    assert_eq!(beside.len(), 1, "nothing is left beside it");
}

#[test]
fn what_may_not_be_written_is_left_alone() {
    let workspace = Workspace::fixture();
    let path = workspace.write("sandbox.toml", BAD);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("the mode is set");
    let ran = workspace.run(&["check", "--fix"]).ends(1);
    assert_eq!(read(&workspace, "sandbox.toml"), BAD);
    snapshot("snapshots/fixes", "read-only", &ran.text());
    workspace.write("good/sandbox.toml", GOOD);
    let good = workspace.path().join("good/sandbox.toml");
    fs::set_permissions(&good, fs::Permissions::from_mode(0o444)).expect("the mode is set");
    workspace.run(&["check", "--fix", "good"]).ends(0);
}

#[test]
fn what_is_no_manifest_stays_what_it_is() {
    let workspace = Workspace::fixture();
    for (name, bytes) in [
        ("binary.toml", &b"name = 3.12\xff\n"[..]),
        ("empty.toml", b""),
        ("other.toml", b"[package]\nname = \"x:y:z\"\nversion = 1\n"),
        ("text.toml", b"Dear all,\nname = none\n= [[[ {{ \"\"\"\n"),
    ] {
        workspace.write(name, bytes);
        workspace.run(&["check", "--fix", name]).ends(1);
        assert_eq!(fs::read(workspace.path().join(name)).expect("read"), bytes, "{name}");
    }
}

#[test]
fn a_secret_is_moved_and_not_told() {
    let workspace = Workspace::fixture();
    let text = "name = \"x\"\n[env]\nA = \"b\"\nfrom = { image = \"r.example.com/x\", auth = { type = \
                \"basic\", username = \"u\", password = \"p-of-the-test\" } }\n";
    workspace.write("sandbox.toml", text);
    for format in ["json", "sarif", "human", "short", "github"] {
        let ran = workspace.run(&["check", "--format", format]).ends(1);
        assert!(!ran.everything().contains("of-the-test"), "{}", ran.text());
    }
    let ran = workspace.run(&["check", "--fix"]).ends(0);
    assert!(!ran.everything().contains("of-the-test"), "{}", ran.text());
    let after = read(&workspace, "sandbox.toml");
    assert!(after.starts_with("name = \"x\"\nfrom = { image"), "{after}");
}
