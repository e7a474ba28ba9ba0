//! The build of a parent template on the local platform.

use std::fs;

use sandbox_toml::scalar::is_uuid;
use serde_json::Value;

use crate::support::Workspace;

const CHILD: &str =
    "name = \"child\"\nplatform = \"local\"\nfrom = { template = \"base:stable\" }\n";

fn base(workspace: &Workspace, command: &str) {
    let text = format!(
        "name = \"base\"\nplatform = \"local\"\ntags = [\"stable\"]\nfrom = {{ base = true }}\n\
         [[steps]]\nrun = \"{command}\"\n"
    );
    workspace.write("base/sandbox.toml", text);
    workspace.run(&["apply", "base"]).ends(0);
}

/// The template that is sent.
fn sent(workspace: &Workspace) -> String {
    let ran = workspace.run(&["compile"]).ends(0);
    let body: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    body["fromTemplate"].as_str().expect("a template").to_owned()
}

#[test]
fn a_parent_stays_at_its_build_until_it_is_updated() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", CHILD);
    base(&workspace, "true");
    assert_eq!(sent(&workspace), "base:stable");
    workspace.run(&["lock"]).ends(0);
    let first = sent(&workspace);
    // A build whose steps were only recorded has no digest as a tag, so it is locked by its ID.
    let build = first.strip_prefix("base:").expect("the same template");
    assert!(is_uuid(build), "{first}");
    workspace.run(&["lock", "--check"]).ends(0);
    workspace.run(&["apply", "--locked"]).ends(0);

    base(&workspace, "false");
    let ran = workspace.run(&["lock", "--check"]).ends(1);
    assert!(ran.stdout.starts_with("moved: template base:stable on local"), "{}", ran.text());
    workspace.run(&["lock"]).ends(0);
    assert_eq!(sent(&workspace), first);
    workspace.run(&["lock", "--update", "base"]).ends(0);
    assert_ne!(sent(&workspace), first);
    workspace.run(&["lock", "--check"]).ends(0);
}

#[test]
fn a_locked_parent_is_not_the_build_of_the_same_run() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", CHILD);
    base(&workspace, "true");
    let note = "whatever this run builds of `base:stable`";
    let ran = workspace.run(&["plan", "base", "sandbox.toml"]).ends(0);
    assert!(!ran.everything().contains(note), "{}", ran.text());
    workspace.run(&["lock"]).ends(0);
    let before = sent(&workspace);
    let path = workspace.path().join("base/sandbox.toml");
    let text = fs::read_to_string(path).expect("text");
    workspace.write("base/sandbox.toml", text.replace("run = \"true\"", "run = \"false\""));
    for command in ["plan", "apply"] {
        let ran = workspace.run(&[command, "base", "sandbox.toml"]).ends(0);
        assert!(ran.everything().contains(note), "{}", ran.text());
    }
    assert_eq!(sent(&workspace), before);
    // It needs nothing of a parent that cannot be built.
    workspace.write("base/sandbox.toml", "name = \"base\"\ntags = [\"stable\"]\n");
    let ran = workspace.run(&["apply", "base", "sandbox.toml"]).ends(1);
    assert!(!ran.everything().contains("not tried"), "{}", ran.text());
}

#[test]
fn a_parent_that_is_not_there_is_not_locked() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", CHILD);
    let ran = workspace.run(&["lock"]).ends(3);
    assert!(ran.stderr.contains("there is no template `base`"), "{}", ran.text());
    base(&workspace, "true");
    workspace.write("sandbox.toml", CHILD.replace("stable", "other"));
    let ran = workspace.run(&["lock"]).ends(1);
    assert!(ran.stderr.contains("points to no build that is ready"), "{}", ran.text());
    assert!(fs::metadata(workspace.path().join("sandbox.lock")).is_err());
}
