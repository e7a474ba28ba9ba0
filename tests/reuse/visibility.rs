//! `public` in the manifest: `sbx apply` keeps the template so, and `sbx verify` checks it.

use std::fmt::Write as _;

use super::{MANIFEST, SERVERS, start, workspace};
use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::faulty::{Call, Fault, Faulty, Phase};
use crate::support::{Ran, Workspace, snapshot};

/// A manifest that says whether the template is public.
fn manifest(public: bool) -> String {
    format!("public = {public}\n{MANIFEST}")
}

/// Runs a command, and writes down what it prints about the visibility, and its requests.
fn step(
    story: &mut String,
    server: &Faulty,
    workspace: &Workspace,
    title: &str,
    arguments: &[&str],
) -> Ran {
    server.model.lock().expect("not poisoned").calls.clear();
    let ran = workspace.run(arguments);
    let model = server.model.lock().expect("not poisoned");
    assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
    let calls: Vec<_> =
        model.calls.iter().map(|(call, count)| format!("{call:?} {count}")).collect();
    let _ = writeln!(
        story,
        "{title}: exit {}, {}\n  calls: {}",
        ran.exit,
        if model.public { "public" } else { "private" },
        calls.join(", "),
    );
    let told = ran.stdout.lines().chain(ran.stderr.lines());
    let about = told.filter(|line| line.contains("public") || line.contains("private"));
    about.for_each(|line| {
        let _ = writeln!(story, "  {line}");
    });
    ran
}

#[test]
fn a_template_is_as_public_as_its_manifest_says() {
    let mut story = String::new();
    for (title, tags) in SERVERS {
        let _ = writeln!(story, "# A platform with {title}\n");
        let server = start(tags, Box::new(|_, _| None));
        let workspace = workspace(&server);
        let mut step = |title: &str, arguments: &[&str]| {
            step(&mut story, &server, &workspace, title, arguments);
        };
        workspace.write("sandbox.toml", manifest(true));
        step("a public template is built", &["apply"]);
        step("the same again", &["apply"]);
        workspace.write("sandbox.toml", MANIFEST);
        step("the key is removed", &["apply"]);
        workspace.write("sandbox.toml", manifest(false));
        if tags == Tags::Whole {
            step("verify before it is private", &["verify"]);
            step("the same for programs", &["verify", "--format", "json"]);
        }
        step("it is private", &["apply"]);
        if tags == Tags::Whole {
            step("verify", &["verify"]);
        }
        step("it is published by hand", &["publish", "web"]);
        workspace.write("app.py", "print(1)\n");
        step("a file is changed", &["apply"]);
        workspace.write("sandbox.toml", manifest(true));
        step("it is public, in the background", &["apply", "--rebuild", "--background"]);
        step("what would be sent", &["apply", "--dry-run"]);
        story.push('\n');
    }
    let story =
        regex::Regex::new("sbx-[0-9a-f]{16}").expect("correct").replace_all(&story, "DIGEST");
    let story = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
        .expect("correct")
        .replace_all(&story, "BUILD");
    snapshot("snapshots/reuse", "visibility", &story);
}

#[test]
fn nothing_private_is_public_for_a_moment() {
    for public in [false, true] {
        let mut after = Vec::new();
        let (calls, seen) = std::sync::mpsc::channel();
        let server = start(
            Tags::Whole,
            Box::new(move |call, phase| {
                if phase == Phase::Request {
                    calls.send(call).ok();
                }
                None
            }),
        );
        let workspace = workspace(&server);
        workspace.run(&["apply"]).ends(0);
        server.model.lock().expect("not poisoned").public = !public;
        workspace.write("sandbox.toml", manifest(public));
        workspace.write("app.py", "print(1)\n");
        seen.try_iter().for_each(drop);
        workspace.run(&["apply"]).ends(0);
        after.extend(seen.try_iter());
        let at = |call: Call| after.iter().position(|seen| *seen == call).expect("it was sent");
        let changed = at(Call::Publish);
        assert_eq!(changed < at(Call::Register), !public, "{after:?}");
        assert_eq!(changed > at(Call::Assign), public, "{after:?}");
    }
}

#[test]
fn a_refusal_is_an_error_and_the_next_apply_goes_on() {
    for (public, result, started) in [(true, "\"result\":\"not-public\"", 2), (false, "", 1)] {
        let mut refusals = 2;
        let server = start(
            Tags::Whole,
            Box::new(move |call, phase| {
                let refused = call == Call::Publish && phase == Phase::Request && refusals > 0;
                refusals -= usize::from(refused);
                refused.then_some(Fault::Answer(403, ""))
            }),
        );
        let workspace = workspace(&server);
        workspace.run(&["apply"]).ends(0);
        server.model.lock().expect("not poisoned").public = !public;
        workspace.write("sandbox.toml", manifest(public));
        workspace.write("app.py", "print(1)\n");
        for _ in 0..2 {
            let ran = workspace.run(&["apply", "--format", "json"]).ends(3);
            assert!(ran.stdout.contains(result), "{}", ran.text());
            let model = server.model.lock().expect("not poisoned");
            assert_eq!((model.started, model.public), (started, !public), "{}", ran.text());
        }
        workspace.run(&["apply"]).ends(0);
        let model = server.model.lock().expect("not poisoned");
        assert_eq!((model.started, model.public), (2, public));
    }
}

#[test]
fn a_build_that_fails_publishes_nothing() {
    let script =
        Script { key: super::KEY.to_owned(), growth: vec![0], fails: true, ..Script::default() };
    let server =
        Faulty::start(Model::new(script), Box::new(|_, _| None), std::time::Duration::ZERO);
    let workspace = workspace(&server);
    workspace.write("sandbox.toml", manifest(true));
    workspace.run(&["apply"]).ends(1);
    let model = server.model.lock().expect("not poisoned");
    assert!(!model.public && !model.calls.contains_key(&Call::Publish));
}
