//! `sbx rollback`: tags go back to the build before.

use serde_json::json;

use super::fake::Fake;
use super::{MANIFEST, json as read};
use crate::support::Workspace;
use crate::support::faulty::Call;
use crate::support::faulty::model::{Model, Tags};
use crate::support::terminal::at_a_terminal;

/// Two builds that were applied as `v1` and `default` one after the other, and a failed one.
fn twice(model: &mut Model) {
    model.add("web", "ready", &["v1", "default", "sbx-00000000000000aa"]);
    model.add("web", "ready", &["v1", "default", "sbx-00000000000000bb"]);
    model.add("web", "error", &["v1", "default"]);
}

const FIRST: &str = "5a6f0d1e-3b0c-4f7e-9d52-000000000000";
const SECOND: &str = "5a6f0d1e-3b0c-4f7e-9d52-000000000001";

#[test]
fn tags_move_to_the_build_before() {
    let fake = Fake::start("e2b", Tags::Whole, twice);
    fake.workspace.write("sandbox.toml", MANIFEST.replace("platform = \"local\"", ""));
    let ran = fake.run(&["rollback", "--yes", "--format", "json"]).ends(0);
    let digest = "sbx-00000000000000aa";
    let moved = |tag: &str| json!({ "tag": tag, "from": SECOND, "to": FIRST, "digest": digest });
    let expected = json!({ "template": "web", "moved": [moved("v1"), moved("default")] });
    assert_eq!(read(&ran), expected);
    assert_eq!(fake.resolved("v1").as_deref(), Some(FIRST));
    assert_eq!(fake.resolved("default").as_deref(), Some(FIRST));
    let calls = fake.server.model.lock().expect("not poisoned").calls.clone();
    assert_eq!(calls[&Call::Assign], 1, "both tags or none");

    // Again: the build before is now the second one.
    let ran = fake.run(&["rollback", "web", "--tag", "v1", "--yes"]).ends(0);
    assert!(ran.stderr.contains(&format!("web:v1 is now build {SECOND}, sbx-")), "{}", ran.text());
    assert_eq!(fake.resolved("default").as_deref(), Some(FIRST), "the other tag stays");
}

#[test]
fn the_manifest_s_tests_do_not_run_which_is_said() {
    let fake = Fake::start("e2b", Tags::Whole, twice);
    let manifest = MANIFEST.replace("platform = \"local\"", "");
    let tested = format!("{manifest}\n[[tests]]\nport = 80\n\n[[tests]]\nrun = \"true\"\n");
    fake.workspace.write("sandbox.toml", &tested);
    let note = "the tags move without the 2 tests of the manifest; `sbx test";
    let said = |arguments: &[&str]| {
        let ran = fake.run(&[&["rollback", "--yes"], arguments].concat()).ends(0);
        ran.stderr.contains(note)
    };
    assert!(said(&[]));
    assert!(said(&["web", "--tag", "v1"]));
    assert!(said(&["sandbox.toml"]));
    assert!(said(&["--to", SECOND]));
    assert!(!said(&["--to", SECOND]), "nothing moves");
    fake.workspace.write("sandbox.toml", manifest);
    assert!(!said(&["--to", FIRST]), "there are no tests");
    fake.workspace.write("sandbox.toml", tested.replace("\"web\"", "\"other\""));
    assert!(!said(&["web", "--tag", "v1", "--to", SECOND]), "the tests are another template's");
}

#[test]
fn a_build_is_named_by_its_id_or_its_digest() {
    let fake = Fake::start("e2b", Tags::Whole, twice);
    let to = |build: &str, exit: i32| {
        fake.run(&["rollback", "web", "--tag", "v1", "--to", build, "--yes"]).ends(exit)
    };
    to("SBX-00000000000000aa", 0);
    assert_eq!(fake.resolved("v1").as_deref(), Some(FIRST));
    to(SECOND, 0);
    assert_eq!(fake.resolved("v1").as_deref(), Some(SECOND));
    let ran = to(SECOND, 0);
    assert!(ran.stderr.contains("nothing to move"), "{}", ran.text());
    let ran = to("sbx-00000000000000cc", 3);
    assert!(ran.stderr.contains("has the digest sbx-00000000000000cc"), "{}", ran.text());
    let failed = "5a6f0d1e-3b0c-4f7e-9d52-000000000002";
    let ran = to(failed, 3);
    assert!(ran.stderr.contains("not found"), "{}", ran.text());
    assert_eq!(fake.resolved("v1").as_deref(), Some(SECOND));
}

#[test]
fn a_platform_without_histories_is_told_the_build() {
    let fake = Fake::start("novita", Tags::Older(404), twice);
    let ran = fake.run(&["rollback", "web", "--tag", "v1", "--yes"]).ends(3);
    assert!(ran.stderr.contains("does not tell which build `web:v1` pointed to"), "{}", ran.text());
    assert!(ran.stderr.contains("`sbx show web "), "{}", ran.text());
    assert_eq!(fake.resolved("v1").as_deref(), Some(SECOND));
    fake.run(&["rollback", "web", "--tag", "v1", "--to", FIRST, "--yes"]).ends(0);
    assert_eq!(fake.resolved("v1").as_deref(), Some(FIRST));
}

#[test]
fn a_tag_without_a_build_before_stays() {
    let fake = Fake::start("e2b", Tags::Whole, |model| {
        model.add("web", "error", &["v1"]);
        model.add("web", "ready", &["v1"]);
    });
    for tag in ["v1", "unknown"] {
        let ran = fake.run(&["rollback", "web", "--tag", tag, "--yes"]).ends(3);
        assert!(ran.stderr.contains("has not pointed to another build"), "{}", ran.text());
    }
    let calls = fake.server.model.lock().expect("not poisoned").calls.clone();
    assert_eq!(calls.get(&Call::Assign), None);
}

#[test]
fn usage_is_checked_before_any_request() {
    let workspace = Workspace::empty();
    for (arguments, error) in [
        (&["rollback", "web"][..], "the tags of `web` to move are not given"),
        (&["rollback", "web:v1", "--tag", "x"], "`web:v1` is one build of a template"),
        (&["rollback", "web", "--tag", "v1", "--to", "v2", "--yes"], "neither the ID of a build"),
        (&["rollback", "web", "--tag", "v1"], "cannot ask for confirmation"),
        (&["rollback", "web", "--tag", "v1", "--platform", "declaw"], "`declaw` has no tags"),
    ] {
        let ran = workspace.run(arguments).ends(2);
        assert!(ran.stderr.contains(error), "{}", ran.text());
    }
}

#[test]
fn people_are_asked_on_the_local_platform_too() {
    let workspace = Workspace::empty();
    let apply = |cpu: u32| {
        workspace.write("sandbox.toml", MANIFEST.replace("cpu = 4", &format!("cpu = {cpu}")));
        workspace.run(&["apply", "--quiet"]).ends(0);
        let shown = read(&workspace.run(&["show", "--format", "json"]).ends(0));
        shown["builds"][0]["buildId"].as_str().expect("a build").to_owned()
    };
    let (first, second) = (apply(2), apply(4));
    let newest = || {
        let shown = read(&workspace.run(&["show", "--format", "json"]).ends(0));
        shown["builds"]
            .as_array()
            .expect("builds")
            .iter()
            .find(|build| build["tags"].as_array().is_some_and(|tags| tags.contains(&json!("v1"))))
            .expect("a build")["buildId"]
            .as_str()
            .expect("an ID")
            .to_owned()
    };
    assert_eq!(newest(), second);
    let (screen, exit) = at_a_terminal(&workspace, &["rollback"], 200, "n\n");
    assert_eq!(exit, 1, "{screen}");
    assert!(screen.contains(&format!("from build {second}, registered ")), "{screen}");
    assert!(screen.contains(&format!("to build {first}, registered ")), "{screen}");
    assert!(screen.contains("nothing was moved"), "{screen}");
    assert_eq!(newest(), second);
    let (screen, exit) = at_a_terminal(&workspace, &["rollback"], 200, "y\n");
    assert_eq!(exit, 0, "{screen}");
    assert_eq!(newest(), first);
}
