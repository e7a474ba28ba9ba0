//! How `sbx` finds the engine of this machine, and what it says where it cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::engine::Engine;
use crate::support::{Ran, Workspace};

/// A user without rights: `nobody`.
const NOBODY: &str = "65534";

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let trial = |name: &str, test: fn(Engine)| {
        Trial::test(format!("discovery::{name}"), move || {
            test(engine);
            Ok(())
        })
    };
    let mut trials = vec![trial("the_engine_answers", answers)];
    if engine.is_docker() {
        trials.push(trial("a_socket_that_is_not_there", has_no_daemon));
        trials.push(trial("a_user_without_permission", has_no_permission));
    }
    trials
}

fn workspace() -> Workspace {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    workspace
}

fn answers(engine: Engine) {
    let ran = workspace().run(&["doctor", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let check = &report["checks"][0];
    assert_eq!(check["name"], "engine", "{check}");
    let facts = &check["facts"];
    let kind = if engine.is_docker() { "docker" } else { "podman" };
    assert_eq!(facts["kind"], kind, "{check}");
    for key in ["version", "clientVersion", "storageDriver", "architecture", "directory"] {
        assert!(facts[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {check}");
    }
    assert!(facts["freeBytes"].as_u64().is_some_and(|bytes| bytes > 0), "{check}");
    assert_eq!(facts["images"]["count"], 0, "{check}");
}

fn has_no_daemon(_: Engine) {
    let mut workspace = workspace();
    let socket = workspace.path().join("nothing.sock");
    workspace.set("DOCKER_HOST", &format!("unix://{}", socket.display()));
    let ran = workspace.run(&["serve", "--listen", "0"]).ends(3);
    let why = format!("Docker at `unix://{}` does not answer", socket.display());
    assert!(ran.stderr.contains(&why), "{}", ran.text());
}

fn has_no_permission(_: Engine) {
    let workspace = workspace();
    // The other user has a copy of the program: the build directory may be closed to it.
    let program = workspace.path().join("sbx");
    fs::copy(env!("CARGO_BIN_EXE_sbx"), &program).expect("the program is copied");
    for path in [workspace.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let sbx = workspace.command(&["serve", "--listen", "0"]);
    let mut command = Command::new("setpriv");
    command
        .args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}")])
        .arg("--clear-groups")
        .arg(&program)
        .args(sbx.get_args())
        .current_dir(workspace.path())
        .env_clear()
        .envs(sbx.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(command.output().expect("`setpriv` runs")).ends(3);
    assert!(ran.stderr.contains("no permission to use Docker's socket"), "{}", ran.text());
    assert!(ran.stderr.contains("usermod -aG docker"), "{}", ran.text());
}
