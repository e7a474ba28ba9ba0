//! A second `sbx apply` of a template that an engine has built, and what `sbx plan` says before it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::case::Cleanup;
use crate::engine::Engine;
use crate::support::Workspace;

const MANIFEST: &str = r#"name = "reuse"
tags = ["v1"]
from = { debian = "12" }
steps = [{ copy = "app.txt", to = "/app.txt" }, { run = "cat /app.txt" }]
"#;

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = move || {
        only_what_is_new_is_built(engine);
        Ok(())
    };
    vec![Trial::test("reuse::only_what_is_new_is_built", test)]
}

/// The last value that a command on the local platform prints.
fn last_value(workspace: &Workspace, arguments: &[&str]) -> Value {
    let ran = workspace.run(&[arguments, &["--platform", "local", "--format", "json"]].concat());
    let ran = ran.ends(0);
    let last = ran.stdout.lines().last().expect("a value is printed");
    serde_json::from_str(last).expect("it is JSON")
}

/// Applies the manifest: what came of it, and the build. The plan before has said the same.
fn apply(workspace: &Workspace, more: &[&str]) -> (String, String) {
    let planned = last_value(workspace, &["plan"])["action"].clone();
    let applied = last_value(workspace, &[&["apply"], more].concat());
    let result = applied["result"].as_str().expect("it has a result").to_owned();
    if more.is_empty() {
        let action = match result.as_str() {
            "built" => "build",
            "moved-tags" => "move-tags",
            other => other,
        };
        assert_eq!(planned, action, "{applied}");
    }
    (result, applied["buildId"].as_str().expect("it has a build").to_owned())
}

fn only_what_is_new_is_built(engine: Engine) {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    let _cleanup = Cleanup { workspace: &workspace, engine };
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("app.txt", "one\n");
    let expect = |more: &[&str], result: &str| {
        let (seen, build_id) = apply(&workspace, more);
        assert_eq!(seen, result);
        build_id
    };
    let first = expect(&[], "built");
    assert_eq!(expect(&[], "up-to-date"), first);

    // As a clone has it: written now, by a user with another umask.
    let file = workspace.path().join("app.txt");
    workspace.write("app.txt", "one\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).expect("it is changed");
    assert_eq!(expect(&[], "up-to-date"), first);

    workspace.write("sandbox.toml", MANIFEST.replace(r#"["v1"]"#, r#"["v1", "v2"]"#));
    assert_eq!(expect(&[], "moved-tags"), first);
    workspace.write("app.txt", "two\n");
    let second = expect(&[], "built");
    assert_ne!(second, first);
    workspace.write("app.txt", "one\n");
    assert_eq!(expect(&[], "moved-tags"), first);

    let third = expect(&["--rebuild"], "built");
    assert!(third != first && third != second);
    assert_eq!(expect(&[], "up-to-date"), third);
    let moved = ["tag", "add", &format!("reuse:{second}"), "v1", "--platform", "local"];
    workspace.run(&moved).ends(0);
    assert_eq!(expect(&[], "moved-tags"), third);
}
