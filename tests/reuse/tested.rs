//! `sbx apply` of a manifest with tests: no declared tag moves before they pass.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use super::{SERVERS, Script, start, start_with, step, workspace};
use crate::support::faulty::model::{Model, Tags};
use crate::support::faulty::{Call, Faulty, Phase};
use crate::support::{Ran, Workspace, snapshot};

const MANIFEST: &str = r#"name = "web"
tags = ["v1", "default"]
from = "python:3.12"
steps = [{ copy = "app.py", to = "/app.py" }]

[[tests]]
name = "the agent starts"
run = "say claude 2.1"
stdout = "2."
"#;

/// The same with a test that fails.
fn failing() -> String {
    MANIFEST.replace("say claude 2.1", "say claude 1.9")
}

/// Applies the manifest, and adds to the story what sandboxes ran, and where the declared tags were
/// meanwhile. No sandbox is left.
fn tested(
    story: &mut String,
    server: &Faulty,
    workspace: &Workspace,
    title: &str,
    more: &[&str],
) -> Ran {
    let known = server.model.lock().expect("not poisoned").sandboxes.created.len();
    let ran = step(story, server, workspace, title, more);
    let model = server.model.lock().expect("not poisoned");
    assert!(model.sandboxes.living.is_empty(), "{}", ran.text());
    let digest = regex::Regex::new("sbx-[0-9a-f]{16}").expect("correct");
    for (reference, seen) in model.sandboxes.created.iter().zip(&model.sandboxes.seen).skip(known) {
        let declared = seen.iter().filter(|(tag, _)| !tag.starts_with("sbx-"));
        let declared: Vec<_> =
            declared.map(|(tag, build)| format!("{tag}={}", &build[build.len() - 2..])).collect();
        let reference = digest.replace(reference, "DIGEST");
        let _ = writeln!(story, "  tested {reference} while {}", declared.join(", "));
    }
    ran
}

#[test]
fn no_declared_tag_moves_before_the_tests_pass() {
    let mut story = String::new();
    for (title, tags) in SERVERS {
        let _ = writeln!(story, "# A platform with {title}\n");
        let server = start(tags, Box::new(|_, _| None));
        let workspace = workspace(&server);
        let mut step =
            |title: &str, more: &[&str]| tested(&mut story, &server, &workspace, title, more);
        workspace.write("sandbox.toml", MANIFEST);
        step("the first time", &[]);
        step("the same again", &[]);
        workspace.write("app.py", "print(1)\n");
        workspace.write("sandbox.toml", failing());
        let failed = step("a file is changed, and the test fails", &[]);
        if tags != Tags::Unknown {
            assert_eq!(failed.exit, 1, "{}", failed.text());
            assert!(failed.stdout.contains(r#""code":"test-failed""#), "{}", failed.text());
        }
        step("the same again", &[]);
        workspace.write("sandbox.toml", MANIFEST);
        step("the test is corrected", &[]);
        workspace.write("app.py", "print(2)\n");
        workspace.write("sandbox.toml", failing());
        step("another change, --no-test", &["--no-test"]);
        story.push('\n');
    }
    snapshot("snapshots/reuse", "tested", &story);
}

#[test]
fn people_see_what_failed_and_where() {
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let workspace = workspace(&server);
    workspace.write("sandbox.toml", failing());
    let ran = workspace.run(&["apply"]).ends(1);
    let shown = regex::Regex::new(r"\(\d+\.\d s\)").expect("correct");
    let from = ran.stderr.find("test failed").expect("it is reported");
    let shown = shown.replace_all(&ran.stderr[from..], "TIME");
    snapshot("ui/test-failed", "apply", &format!("exit: {}\n{shown}", ran.exit));
    assert_eq!(ran.stdout, "", "the ID is that of a template that can be used");
}

#[test]
fn a_tag_that_was_moved_during_the_tests_stays_unless_it_is_forced() {
    for (force, exit) in [(false, 3), (true, 0)] {
        let known: Arc<OnceLock<Arc<Mutex<Model>>>> = Arc::default();
        let model = Arc::clone(&known);
        let server = start(
            Tags::Whole,
            Box::new(move |call, phase| {
                if call == Call::Execute && phase == Phase::Request {
                    let model = model.get().expect("it is set");
                    model.lock().expect("not poisoned").add("web", "ready", &["v1"]);
                }
                None
            }),
        );
        known.set(Arc::clone(&server.model)).ok();
        let workspace = workspace(&server);
        workspace.write("sandbox.toml", MANIFEST);
        let arguments: &[&str] = if force { &["apply", "--force"] } else { &["apply"] };
        let ran = workspace.run(arguments).ends(exit);
        let model = server.model.lock().expect("not poisoned");
        let (v1, default) = (model.resolved("v1"), model.resolved("default"));
        assert_eq!(v1 == default, force, "{v1:?} {default:?}\n{}", ran.text());
        if !force {
            assert_eq!(default, None, "no tag moves");
            assert!(ran.stderr.contains("the tag `v1` was moved"), "{}", ran.text());
        }
    }
}

#[test]
fn a_build_that_fails_keeps_its_temporary_tag_and_the_others_stay() {
    let script = Script { fails: true, ..Script::default() };
    let server = start_with(script, Tags::Whole, Box::new(|_, _| None));
    let kept = server.model.lock().expect("not poisoned").add("web", "ready", &["v1", "default"]);
    let workspace = workspace(&server);
    workspace.write("sandbox.toml", MANIFEST);
    workspace.run(&["apply"]).ends(1);
    let model = server.model.lock().expect("not poisoned");
    assert_eq!(model.resolved("v1"), Some(kept.as_str()));
    let temporary = model.rows.iter().filter(|row| row.tag.starts_with("sbx-tmp-"));
    assert_eq!(temporary.count(), 1, "{:?}", model.rows);
    assert!(model.sandboxes.created.is_empty());
}

#[test]
fn the_status_of_a_build_says_that_it_did_not_pass_its_tests() {
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let workspace = workspace(&server);
    let status = |report: &mut Value| {
        let json = workspace.run(&["status", "--format", "json"]).ends(0).stdout;
        *report = serde_json::from_str(&json).expect("the report is JSON");
        workspace.run(&["status"]).ends(0)
    };
    let mut report = Value::Null;
    workspace.write("sandbox.toml", failing());
    workspace.run(&["apply"]).ends(1);
    let ran = status(&mut report);
    let first = "web on novita: ready, but it did not pass its tests\n";
    assert!(ran.stdout.starts_with(first), "{}", ran.text());
    assert!(ran.stderr.contains("`sbx apply` tests it again"), "{}", ran.text());
    assert_eq!((&report["status"], &report["untested"]), (&"ready".into(), &true.into()));

    workspace.write("sandbox.toml", MANIFEST);
    workspace.run(&["apply"]).ends(0);
    let ran = status(&mut report);
    assert!(ran.stdout.starts_with("web on novita: ready\n"), "{}", ran.text());
    assert_eq!(ran.stderr, "");
    assert_eq!(report.get("untested"), None);
}

#[test]
fn tests_and_background_exclude_each_other() {
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let workspace = workspace(&server);
    workspace.write("sandbox.toml", MANIFEST);
    let refused = workspace.run(&["apply", "--background"]).ends(2);
    assert!(
        refused.stderr.contains("`--background` does not wait for the tests"),
        "{}",
        refused.text()
    );
    workspace.run(&["apply", "--background", "--no-test"]).ends(0);
    workspace.run(&["apply", "--dry-run", "--background"]).ends(0);
}

#[test]
fn without_an_engine_the_local_platform_refuses_to_build_what_it_cannot_test() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", format!("platform = \"local\"\n{MANIFEST}"));
    workspace.write("app.py", "");
    let refused = workspace.run(&["apply"]).ends(3);
    assert!(refused.stderr.contains("the tests need a container engine"), "{}", refused.text());
    assert!(refused.stderr.contains("`--no-test` skips the tests"), "{}", refused.text());
    workspace.run(&["exists", "web", "--platform", "local"]).ends(1);
    let skipped = workspace.run(&["apply", "--no-test"]).ends(0);
    assert!(skipped.stderr.contains("`sandbox.toml`: its tests are not run"), "{}", skipped.text());
}

#[test]
fn a_secret_of_a_test_needs_consent_before_anything_is_built() {
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let mut workspace = workspace(&server);
    let env = "env = { TOKEN = { env = \"TOKEN_OF_TEST\" } }\n";
    let manifest = MANIFEST.replace("say claude 2.1", "env TOKEN");
    workspace.write("sandbox.toml", format!("{manifest}{env}"));
    workspace.set("TOKEN_OF_TEST", "it holds 2. of them");
    let refused = workspace.run(&["apply"]).ends(1);
    assert!(refused.stderr.contains("secret-needs-consent"), "{}", refused.text());
    assert!(server.model.lock().expect("not poisoned").calls.is_empty(), "nothing is sent");
    workspace.run(&["apply", "--allow-secret", "TOKEN_OF_TEST"]).ends(0);
    workspace.write("app.py", "print(3)\n");
    let unset = manifest.replace("\nstdout", "\nenv = { A = { env = \"UNSET_A\" } }\nstdout");
    workspace.write("sandbox.toml", unset);
    let missing = workspace.run(&["apply", "--allow-secret", "UNSET_A"]).ends(1);
    assert!(missing.stderr.contains("unset-secret"), "{}", missing.text());
    assert_eq!(server.model.lock().expect("not poisoned").started, 1, "nothing is built");
}
