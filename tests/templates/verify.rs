//! `sbx verify`: whether the platform has what the manifest declares.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::fake::Fake;
use super::json as read;
use crate::support::faulty::Call;
use crate::support::faulty::model::Tags;
use crate::support::{Workspace, snapshot};

const MANIFEST: &str = r#"
name = "web"
from = "python:3.12"
tags = ["v1", "default"]
steps = [{ run = "true" }]
resources = { cpu = 2, memory = "1GiB" }
"#;

const OLD: &str = "sbx-00000000000000aa";

/// The digest of the manifest.
fn digest(fake: &Fake) -> String {
    let planned = fake.run(&["apply", "--dry-run", "--format", "json"]).ends(0);
    let events = planned.stdout.lines().map(|line| serde_json::from_str(line).expect("an event"));
    let plan = events.into_iter().find(|event: &Value| event["event"] == "plan");
    plan.expect("a plan")["digest"].as_str().expect("a digest").to_owned()
}

fn fake(platform: &'static str, tags: Tags) -> (Fake, String) {
    let fake = Fake::start(platform, tags, |_| {});
    fake.workspace.write("sandbox.toml", MANIFEST);
    let digest = digest(&fake);
    (fake, digest)
}

impl Fake {
    fn add(&self, state: &'static str, tags: &[&str]) -> String {
        self.server.model.lock().expect("not poisoned").add("web", state, tags)
    }

    /// Runs `sbx verify` as people see it, and as programs do.
    fn verify(&self, exit: i32) -> (String, Value) {
        let human = self.run(&["verify"]).ends(exit);
        let told = read(&self.run(&["verify", "--format", "json"]).ends(exit));
        assert_eq!(told["verified"], exit == 0, "{}", human.text());
        (human.stdout, told)
    }
}

#[test]
fn what_is_deployed_is_compared_with_the_manifest() {
    let (fake, digest) = fake("e2b", Tags::Whole);
    let mut story = String::new();
    let mut tell = |what: &str, exit: i32| {
        let (human, told) = fake.verify(exit);
        let _ = write!(story, "{what}\n{human}\n");
        told
    };
    assert_eq!(tell("there is no template", 1)["apply"], "build");
    let old = fake.add("ready", &["v1", "default", OLD]);
    let told = tell("another digest", 1);
    assert_eq!((&told["apply"], &told["digest"]), (&json!("build"), &json!(digest)));
    assert_eq!(told["tags"][0]["buildId"], json!(old));
    assert_eq!(told["tags"][0]["digest"], json!(OLD));
    let new = fake.add("ready", &["v1", &digest]);
    let told = tell("one tag was not moved", 1);
    assert_eq!((&told["apply"], &told["buildId"]), (&json!("move"), &json!(new)));
    assert_eq!(told["tags"][0]["differences"], json!([]));
    fake.server.model.lock().expect("not poisoned").add("web", "ready", &["default", &digest]);
    assert_eq!(tell("both tags are on builds with the digest", 0)["apply"], "nothing");
    fake.add("error", &["v1", "default"]);
    assert_eq!(tell("a newer build has failed", 0)["apply"], "nothing");
    fake.add("ready", &["v1"]);
    assert_eq!(tell("a tag was moved to a build of another client", 1)["apply"], "move");
    let calls = fake.server.model.lock().expect("not poisoned").calls.clone();
    for call in [Call::Assign, Call::Unassign, Call::Register, Call::Publish] {
        assert_eq!(calls.get(&call), None, "nothing is changed");
    }
    snapshot("snapshots/templates", "verify", &story.replace(&digest, "sbx-OF-THE-MANIFEST"));
}

#[test]
fn resources_are_compared_too() {
    let (fake, _) = fake("e2b", Tags::Whole);
    let larger = MANIFEST.replace("cpu = 2, memory = \"1GiB\"", "cpu = 4, memory = \"2GiB\"");
    fake.workspace.write("sandbox.toml", larger);
    let digest = digest(&fake);
    fake.add("ready", &["v1", "default", &digest]);
    let (human, told) = fake.verify(1);
    assert!(human.contains("web:v1 on e2b has CPUs: 2 instead of 4"), "{human}");
    assert!(human.contains("web:v1 on e2b has memory: 1024 MiB instead of 2048 MiB"), "{human}");
    assert_eq!(told["apply"], "rebuild");
}

#[test]
fn a_platform_without_histories_says_what_it_knows() {
    let (fake, digest) = fake("novita", Tags::Older(404));
    fake.add("ready", &["v1", "default", &digest]);
    assert_eq!(fake.verify(0).1["apply"], "nothing");
    fake.add("error", &["v1"]);
    let (human, told) = fake.verify(1);
    assert!(human.contains("the platform does not tell which"), "{human}");
    assert_eq!(told["tags"][0]["buildId"], Value::Null);
}

#[test]
fn what_cannot_be_verified_is_no_difference() {
    let (fake, _) = fake("e2b", Tags::Unknown);
    fake.add("ready", &["default"]);
    let ran = fake.run(&["verify"]).ends(3);
    assert!(ran.stderr.contains("does not list the tags"), "{}", ran.text());
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    let ran = workspace.run(&["verify", "--platform", "declaw"]).ends(2);
    assert!(ran.stderr.contains("`declaw` has no tags"), "{}", ran.text());
    workspace.write("wrong.toml", "name = \"web\"\n");
    let ran = workspace.run(&["verify", "wrong.toml", "--platform", "local"]).ends(1);
    assert!(ran.stderr.contains("missing-key"), "{}", ran.text());
    // What cannot be verified does not keep the others from it, and the highest exit code counts.
    fake.workspace.write("wrong.toml", "name = \"other\"\n");
    let ran = fake.run(&["verify", "sandbox.toml", "wrong.toml"]).ends(3);
    assert!(ran.stderr.contains("missing-key"), "{}", ran.text());
}
