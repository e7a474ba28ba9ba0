//! The verbs for templates that are there, on the local platform and where others differ from it.

mod fake;
mod keys;
mod people;
mod platforms;
mod prune;
mod refusals;
mod rollback;
mod scripted;
mod tags;
mod tested;
mod verify;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ran, Workspace, snapshot};

const MANIFEST: &str = r#"
name = "web"
platform = "local"
from = "python:3.12"
tags = ["v1", "default"]

[resources]
cpu = 4
memory = "2GiB"
"#;

/// A workspace in whose directory and on whose local platform there is a template.
fn applied() -> (Workspace, String) {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    let template_id = workspace.run(&["apply", "--quiet"]).ends(0).stdout.trim().to_owned();
    (workspace, template_id)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("JSON: {}", ran.text()))
}

/// A text with IDs and times as they are in each run: counted, and of one length.
fn settled(text: &str) -> String {
    let ids = regex::Regex::new(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[a-z0-9]{20}\b",
    )
    .expect("an expression");
    let mut known = BTreeMap::new();
    let settled = ids.replace_all(text, |found: &regex::Captures<'_>| {
        let id = found[0].to_owned();
        let count = known.len() + 1;
        let kind = if id.len() == 20 { "template" } else { "build" };
        let length = id.len();
        known
            .entry(id)
            .or_insert_with(|| format!("{:_<length$}", format!("{kind}_{count}")))
            .clone()
    });
    let times = regex::Regex::new(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d(:[\d.]+Z)?").expect("correct");
    times.replace_all(&settled, "2026-11-21${1}00:00").into_owned()
}

#[test]
fn what_was_applied_is_listed_tagged_shown_and_deleted() {
    let (workspace, template_id) = applied();
    let mut story = String::new();
    let mut tell = |arguments: &[&str], exit: i32| {
        let ran = workspace.run(arguments).ends(exit);
        let _ = write!(story, "$ sbx {}\n{}\n", arguments.join(" "), ran.text());
    };
    tell(&["list"], 0);
    tell(&["tag", "add", "web:v1", "stable", "latest"], 0);
    tell(&["tag", "list"], 0);
    tell(&["tag", "remove", "local/web", "v1"], 0);
    tell(&["exists", "web:v1"], 1);
    tell(&["exists", "web:stable"], 0);
    tell(&["publish", "web"], 0);
    tell(&["show"], 0);
    tell(&["unpublish", "web"], 0);
    tell(&["exists"], 0);
    tell(&["exists", &template_id], 0);
    tell(&["delete", "web", "nothing", "--yes"], 3);
    tell(&["delete", &template_id, "web", "--yes"], 0);
    tell(&["exists"], 1);
    tell(&["show"], 3);
    tell(&["delete", "web", "--yes"], 3);
    tell(&["tag", "add", "web:v1", "x"], 3);
    tell(&["list"], 0);
    snapshot("snapshots/templates", "life", &settled(&story));
}

#[test]
fn programs_read_the_same_as_json() {
    let (workspace, template_id) = applied();
    let mut told = String::new();
    let mut tell = |arguments: &[&str], exit: i32| {
        let ran = workspace.run(&[arguments, &["--format", "json"]].concat()).ends(exit);
        assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.text());
        let value = json(&ran);
        let text = serde_json::to_string_pretty(&value).expect("a value is text");
        let _ = write!(told, "$ sbx {}\n{text}\n", arguments.join(" "));
        value
    };
    assert_eq!(tell(&["list"], 0)[0]["templateId"], Value::from(template_id.clone()));
    tell(&["tag", "add", "web:v1", "stable"], 0);
    tell(&["tag", "list"], 0);
    tell(&["tag", "remove", "web", "stable"], 0);
    tell(&["publish", "web"], 0);
    tell(&["show"], 0);
    tell(&["exists"], 0);
    assert_eq!(tell(&["delete", "web", "--yes"], 0)[0]["deleted"], true);
    tell(&["exists"], 1);
    assert_eq!(tell(&["list"], 0), Value::Array(Vec::new()));
    snapshot("snapshots/templates", "json", &settled(&told));
}

#[test]
fn a_failed_build_and_many_are_shown_as_they_are() {
    let (workspace, _) = applied();
    for _ in 0..3 {
        workspace.run(&["apply", "--quiet"]).ends(0);
    }
    let failing = "name = \"web\"\nfrom = { template = \"nothing\" }\ntags = [\"v9\"]\n";
    workspace.write("failing.toml", failing);
    workspace.run(&["apply", "failing.toml", "--platform", "local"]).ends(1);
    let shown = json(&workspace.run(&["show", "--format", "json", "--limit", "2"]).ends(0));
    assert_eq!(shown["buildCount"], 5);
    let states: Vec<_> =
        shown["builds"].as_array().expect("builds").iter().map(|it| &it["status"]).collect();
    assert_eq!(states, ["error", "recorded"]);
    assert_eq!(shown["status"], "recorded", "of the build that the bare name means");
    let human = workspace.run(&["show", "--limit", "2"]).ends(0);
    assert!(human.stderr.contains("3 older builds are not shown"), "{}", human.text());
}

#[test]
fn mistakes_are_found_before_anybody_is_asked() {
    let workspace = Workspace::empty();
    let mut story = String::new();
    for arguments in [
        &["show"][..],
        &["exists", "no name"],
        &["show", "web:v1"],
        &["delete", "web"],
        &["delete", "web:v1", "--yes"],
        &["tag", "remove", "web", "old", "default"],
        &["tag", "add", "web", "Not A Tag"],
        &["tag", "add", "web", "sbx-0123456789abcdef"],
        &["apply", "--tag", "sbx-stable"],
        &["tag", "list", "web", "--platform", "declaw"],
        &["publish", "web", "--platform", "declaw"],
        &["exists", "web:v1", "--platform", "declaw"],
        &["delete", "python", "--yes", "--platform", "declaw"],
        &["list", "--platform", "locl"],
        &["list", "--request-timeout", "soon"],
    ] {
        // There is no key and no server: who asks somebody ends otherwise.
        let ran = workspace.run(arguments).ends(2);
        assert_eq!(ran.stdout, "");
        let _ = write!(story, "$ sbx {}\n{}\n", arguments.join(" "), ran.stderr);
    }
    assert!(!workspace.path().join("home").exists(), "nothing was started");
    snapshot("snapshots/templates", "usage", &story);
}
