//! Tests of a template on the engine: what they see, and when the declared tags move.

use libtest_mimic::Trial;

use crate::case::{Cleanup, says};
use crate::engine::Engine;
use crate::support::Workspace;

const MANIFEST: &str = r#"name = "tested"
platform = "local"
from = { debian = "12" }
tags = ["v1", "latest"]
env = { GREETING = "hello" }
workdir = "/srv"
start = "touch /tmp/up && exec sleep 1000"
ready = { file = "/tmp/up" }

[[steps]]
run = "echo 2.1 > ~/version"

[[tests]]
name = "the version"
run = "cat ~/version"
stdout = { matches = "^2\\.1$" }

[[tests]]
name = "its surroundings"
run = 'echo "$GREETING $PWD $(id -un) $MORE"; echo problem >&2; exit 3'
stdout = "hello /tmp root of the test"
stderr = "problem"
status = 3
user = "root"
workdir = "/tmp"
env = { MORE = "of the test" }

[[tests]]
file = "/tmp/up"

[[tests]]
process = "sleep"
"#;

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = |name: &str, test: fn(Engine)| {
        Trial::test(format!("tested::{name}"), move || {
            test(engine);
            Ok(())
        })
    };
    vec![
        test("a_failed_test_leaves_the_tags", a_failed_test_leaves_the_tags),
        test("every_way_to_fail_is_told_apart", every_way_to_fail_is_told_apart),
    ]
}

fn workspace(manifest: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    workspace.write("sandbox.toml", manifest);
    workspace
}

/// The declared tags with their builds.
fn tags(workspace: &Workspace) -> Vec<String> {
    let listed = workspace.run(&["tag", "list", "--platform", "local"]).ends(0).stdout;
    let mut tags: Vec<_> = listed.lines().skip(1).map(str::to_owned).collect();
    tags.retain(|line| !line.starts_with("sbx-"));
    tags
}

fn a_failed_test_leaves_the_tags(engine: Engine) {
    let workspace = workspace(MANIFEST);
    let _cleanup = Cleanup { workspace: &workspace, engine };
    let built = workspace.run(&["apply"]).ends(0);
    says(&built, "test passed: the version");
    let before = tags(&workspace);
    assert_eq!(before.len(), 2, "{before:?}");
    says(&workspace.run(&["test"]).ends(0), "tested:v1: 4 tests passed");

    let changed = MANIFEST.replace("echo 2.1", "echo 2.2");
    workspace.write("sandbox.toml", &changed);
    let failed = workspace.run(&["apply"]).ends(1);
    says(&failed, "sandbox.toml:15:7");
    says(&failed, "expected `^2\\.1$` to match its standard output, got `2.2`");
    says(&failed, "1 of 4 tests failed: the declared tags were not moved");
    assert_eq!(tags(&workspace), before);
    // The tags still point to the build before, whose tests are judged by the manifest of now.
    workspace.run(&["test"]).ends(0);

    workspace.write("sandbox.toml", changed.replace("^2\\\\.1$", "^2\\\\.2$"));
    let moved = workspace.run(&["apply"]).ends(0);
    says(&moved, "tested is not rebuilt: moved v1, latest to the build");
    let after = tags(&workspace);
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(after.iter().all(|line| !before.contains(line)), "{before:?} {after:?}");
    says(&workspace.run(&["test", "--format", "json"]).ends(0), r#""failed":0"#);
}

fn every_way_to_fail_is_told_apart(engine: Engine) {
    let tests = r#"name = "fails"
platform = "local"
from = { debian = "12" }

[[tests]]
run = "echo before; kill -9 $$"

[[tests]]
run = "echo begun; sleep 60"
timeout = "1s"

[[tests]]
run = "true"
user = "missing"

[[tests]]
run = "true"
workdir = "/missing"

[[tests]]
run = "no-such-program"

[[tests]]
port = 8000
timeout = "1s"

[[tests]]
file = "/etc/hostname"
"#;
    let workspace = workspace(tests);
    let _cleanup = Cleanup { workspace: &workspace, engine };
    workspace.run(&["apply", "--no-test"]).ends(0);
    let ran = workspace.run(&["test"]).ends(1);
    for words in [
        "expected exit code 0, got signal 9 (killed)",
        "expected exit code 0, got a command that still runs after 1 s",
        "expected exit code 0, got a command that cannot be started: ",
        "expected exit code 0, got exit code 127",
        "no-such-program: command not found",
        "expected a process that listens on port 8000, got none within 1 s",
        "ok      file /etc/hostname",
        "fails:default: 6 of 7 tests failed",
    ] {
        says(&ran, words);
    }
}
