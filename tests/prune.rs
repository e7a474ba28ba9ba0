//! `sbx prune`.

use serde_json::{Value, json};

use crate::support::Workspace;

#[test]
fn without_an_engine_nothing_is_removed_and_the_reason_is_printed() {
    let workspace = Workspace::empty();
    let ran = workspace.run(&["prune"]).ends(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("nothing was removed: "), "{}", ran.text());
    let ran = workspace.run(&["prune", "--format", "json", "--platform", "local"]).ends(0);
    let printed: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(printed["images"], json!([]));
    assert_eq!(printed["bytes"], Value::Null);
    assert!(printed["reason"].is_string(), "{}", ran.text());
    assert_eq!(ran.stderr, "");
}

#[test]
fn an_engine_that_was_asked_for_must_answer() {
    let mut workspace = Workspace::empty();
    workspace.set("PATH", &workspace.path().join("no-programs").to_string_lossy());
    let ran = workspace.run(&["prune", "--engine", "podman"]).ends(3);
    assert!(ran.stderr.contains("error: Podman is not installed"), "{}", ran.text());
}

#[test]
fn only_the_local_platform_is_pruned_as_a_whole() {
    let ran = Workspace::empty().run(&["prune", "--platform", "e2b"]).ends(2);
    assert!(ran.stderr.contains("`sbx prune` cannot prune all of `e2b`"), "{}", ran.text());
}
