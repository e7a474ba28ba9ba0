//! `sbx doctor`, with engines that are scripts.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::process::ToEnd as _;
use crate::support::serve::Serve;
use crate::support::{
    DOCKER_WITH_IMAGES, DOCKER_WITHOUT_DAEMON, Ran, Workspace, snapshot, write_program,
};

/// A workspace with these programs in `PATH`, alone, and the engine `auto`.
fn workspace(programs: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::empty();
    let bin = workspace.path().join("bin");
    for (name, script) in programs {
        write_program(&bin, name, script);
    }
    workspace.set("PATH", &bin.to_string_lossy());
    workspace.set("SBX_ENGINE", "auto");
    workspace.set("SBX_STATE", &workspace.path().join("home/builds").to_string_lossy());
    workspace
}

fn assert_report(name: &str, workspace: &Workspace, ran: &Ran) {
    let here = workspace.path().to_string_lossy();
    snapshot("snapshots/doctor", name, &ran.text().replace(&*here, "[here]"));
}

/// A check of a report in JSON.
fn check(ran: &Ran, name: &str) -> Value {
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks").iter();
    checks.clone().find(|check| check["name"] == name).expect("the check").clone()
}

#[test]
fn a_machine_without_problems() {
    let mut workspace = workspace(&[("docker", DOCKER_WITH_IMAGES)]);
    workspace.write("home/data/engine-id", "0123abcd\n");
    workspace.set("NOVITA_API_KEY", "key-of-novita");
    let key = workspace.write("key", "key-of-declaw\n");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    workspace.set("DECLAW_API_KEY_FILE", &key.to_string_lossy());
    workspace.set("SBX_ENGINE_NETWORK", "host");
    workspace.set("SBX_ENGINE_ARGS", "-e TOKEN=hidden");
    workspace.run(&["schema"]).ends(0);
    let schema = workspace.run(&["schema"]).stdout;
    workspace.write("sandbox.schema.json", schema);
    workspace.write("sandbox.toml", "#:schema ./sandbox.schema.json\nname = \"x\"\n");
    let ran = workspace.run(&["doctor"]).ends(0);
    for secret in ["key-of-novita", "key-of-declaw", "hidden"] {
        assert!(!ran.everything().contains(secret), "{}", ran.text());
    }
    assert_report("good", &workspace, &ran);
    let ran = workspace.run(&["doctor", "--format", "json"]).ends(0);
    assert!(!ran.everything().contains("key-of"), "{}", ran.text());
    assert_report("good-json", &workspace, &ran);
}

#[test]
fn a_machine_with_every_problem() {
    let storage = DOCKER_WITH_IMAGES.replace("overlay2", "vfs").replace("x86_64", "aarch64");
    let mut workspace = workspace(&[("docker", &storage)]);
    let key = workspace.write("key", "key-of-e2b\n");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("set");
    workspace.set("E2B_API_KEY_FILE", &key.to_string_lossy());
    workspace.set("NOVITA_API_KEY", "a-key");
    workspace.set("NOVITA_API_KEY_FILE", "/nowhere");
    workspace.write("home/data", "a file");
    workspace.write("old.json", "{}");
    workspace.write("sandbox.toml", "#:schema old.json\n");
    let ran = workspace.run(&["doctor"]).ends(1);
    assert_report("bad", &workspace, &ran);
}

#[test]
fn without_an_engine_it_says_why() {
    let workspace = workspace(&[("docker", DOCKER_WITHOUT_DAEMON)]);
    let ran = workspace.run(&["doctor"]).ends(0);
    assert_report("no-engine", &workspace, &ran);
    let ran = workspace.run(&["doctor", "--engine", "docker", "--format", "json"]).ends(1);
    let engine = check(&ran, "engine");
    assert_eq!(engine["status"], "error");
    assert_eq!(engine["problems"][0]["severity"], "error");
    let ran = workspace.run(&["doctor", "--engine", "none", "--format", "json"]).ends(0);
    assert_eq!(check(&ran, "engine")["status"], "ok");
}

#[test]
fn a_variable_that_cannot_be_split_is_a_problem_of_the_engine() {
    let mut workspace = workspace(&[("docker", DOCKER_WITH_IMAGES)]);
    workspace.set("SBX_ENGINE_ARGS", "'hidden");
    let ran = workspace.run(&["doctor", "--format", "json"]).ends(1);
    assert_eq!(check(&ran, "engine")["status"], "error");
    assert!(!ran.everything().contains("hidden"), "{}", ran.text());
}

#[test]
fn a_schema_outside_of_the_project_is_not_read() {
    let workspace = workspace(&[]);
    workspace.write("other/schema.json", "{}");
    workspace.write("project/sandbox.toml", "#:schema ../other/schema.json\n");
    let run = |arguments: &[&str]| {
        let mut command = workspace.command(arguments);
        command.current_dir(workspace.path().join("project"));
        Ran::of(command.to_end())
    };
    let ran = run(&["doctor", "--format", "json"]).ends(0);
    let message = check(&ran, "manifest")["problems"][0]["message"].to_string();
    assert!(message.contains("it is outside of the project"), "{message}");
}

#[test]
fn online_asks_the_platforms_whose_keys_are_set() {
    let mut workspace = workspace(&[]);
    let ran = workspace.run(&["doctor", "--online", "--format", "json"]).ends(0);
    assert_eq!(check(&ran, "platforms")["facts"], serde_json::json!({}));

    let serve = Serve::start(&workspace, &[]);
    let url = &serve.url;
    workspace.set("E2B_API_KEY", "key-of-e2b");
    workspace.set("E2B_API_URL", url);
    let ran = workspace.run(&["doctor", "--online", "--format", "json"]).ends(0);
    assert_eq!(check(&ran, "platforms")["facts"], serde_json::json!({ "e2b": true }));
    assert_eq!(check(&ran, "data")["facts"]["server"], format!("{url}/"));

    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("known");
    workspace.set("NOVITA_API_KEY", "key-of-novita");
    workspace.set("NOVITA_API_URL", &format!("http://{closed}"));
    let ran = workspace.run(&["doctor", "--online", "--format", "json"]).ends(3);
    let platforms = check(&ran, "platforms");
    assert_eq!(platforms["facts"], serde_json::json!({ "novita": false, "e2b": true }));
    assert_eq!(platforms["summary"], "1 of 2 answer");
    assert!(!ran.everything().contains("key-of"), "{}", ran.text());
}
