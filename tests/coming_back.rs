//! `sbx status` and `sbx logs`: coming back to a build that somebody left.

mod trouble;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::server::{BUILD_ID, Script, Server, TEMPLATE_ID};
use crate::support::{Ran, Workspace, declaw, snapshot};

const KEY: &str = "nvt_0123456789abcdef";
const PASSWORD: &str = "pa55word-of-the-test";

const MANIFEST: &str = r#"name = "come-back"
tags = ["v1", "default"]

[from]
image = "registry.example.com/team/image:1"
auth = { type = "basic", username = "robot", password = { env = "REGISTRY_PASSWORD" } }

[[steps]]
apt = ["git"]

[[steps]]
label = "install"
run = "pip install fastpai"
"#;

fn script() -> Script {
    Script { api_key: KEY.to_owned(), endless: true, ..Script::default() }
}

fn workspace(server: &Server) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.set("NOVITA_API_URL", &server.url());
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("REGISTRY_PASSWORD", PASSWORD);
    workspace.set("SBX_ALLOW_SECRETS", "REGISTRY_PASSWORD");
    workspace
}

/// A run without the time at which the build was registered.
fn timeless(ran: &Ran) -> String {
    let line = |line: &str| match line.split_once("sandbox.toml, 20") {
        Some((before, _)) => format!("{before}sandbox.toml, TIME"),
        None => line.to_owned(),
    };
    ran.text().lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn failure() -> (String, String) {
    let message = "failed to run command 'pip install fastpai': exit status 1";
    ("2".to_owned(), message.to_owned())
}

const LOG: &str = "[builder 2/3] [stderr]: ERROR: No matching distribution found for fastpai pa55word-of-the-test";

/// Every file below a directory, with what it holds.
fn everything(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).expect("it is read")).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// What is remembered here.
fn records(workspace: &Workspace) -> Vec<Value> {
    let files = everything(&workspace.path().join("home/.local/state/sbx/builds"));
    let ends = |name: &str, with: &str| Path::new(name).extension().is_some_and(|it| it == with);
    let is_known = |name: &str| ends(name, "json") || ends(name, "inputs");
    assert!(files.iter().all(|(name, _)| is_known(name)), "{files:?}");
    let records = files.iter().filter(|(name, _)| ends(name, "json"));
    records.map(|(_, text)| serde_json::from_str(text).expect("a record is JSON")).collect()
}

#[test]
fn a_build_that_goes_on_is_found_again_and_followed_to_its_end() {
    let server = Server::start(Script { log_entries: 250, ..script() });
    let workspace = workspace(&server);
    workspace.run(&["apply", "--background"]).ends(0);
    let ran = workspace.run(&["status"]).ends(0);
    snapshot("snapshots/coming-back", "building", &timeless(&ran));
    assert_eq!(records(&workspace)[0]["stage"], "started");

    let written: Vec<_> = (0..250).map(|at| format!("[1] line {at} of the log")).collect();
    let ran = workspace.run(&["logs"]).ends(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), written);
    assert_eq!(ran.stderr, "");

    server.change(|script| script.endless = false);
    let ran = workspace.run(&["logs", "--follow"]).ends(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), written);
    assert_eq!(ran.stderr, "come-back is ready\n");
    assert_eq!(records(&workspace)[0]["stage"], "ready");
    let ran = workspace.run(&["status"]).ends(0);
    snapshot("snapshots/coming-back", "ready", &timeless(&ran));
    assert!(!server.story().contains("FAULT"), "{}", server.story());
    assert_eq!(server.story().matches("POST /v3").count(), 1);
}

#[test]
fn a_failed_build_is_shown_as_apply_shows_it_as_long_as_the_manifest_is_the_same() {
    let server = Server::start(Script { log: vec![LOG], ..script() });
    let workspace = workspace(&server);
    workspace.run(&["apply", "--background", "--no-cache", "--tag", "x"]).ends(0);
    server.change(|script| {
        script.endless = false;
        script.failure = Some(failure());
    });
    let status = workspace.run(&["status"]).ends(1);
    snapshot("snapshots/coming-back", "failed", &timeless(&status));
    let again = Server::start(Script {
        log: vec![LOG],
        failure: Some(failure()),
        endless: false,
        ..script()
    });
    let apply = workspace_of(&again).run(&["apply"]).ends(1);
    let shown = |ran: &Ran| {
        let from = ran.stderr.find("build-failed").expect("the diagnostic is shown");
        let text = &ran.stderr[from..];
        text.split("`sbx logs").next().map(str::to_owned).expect("a text")
    };
    assert_eq!(shown(&status), shown(&apply));
    let logs = workspace.run(&["logs", "--follow"]).ends(1);
    assert_eq!(shown(&logs), shown(&apply));
    for ran in [&status, &apply, &logs] {
        assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
    }

    let json = workspace.run(&["status", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    assert_eq!(report["status"], "error");
    assert_eq!(report["changed"], false);
    assert_eq!(report["diagnostic"]["range"]["start"]["line"], 13);

    // Tags say nothing about steps, another step does.
    workspace.write("sandbox.toml", MANIFEST.replace("v1", "v2"));
    assert_eq!(shown(&workspace.run(&["status"]).ends(1)), shown(&apply));
    workspace.write("sandbox.toml", MANIFEST.replace("\"git\"", "\"curl\""));
    let ran = workspace.run(&["status"]).ends(1);
    snapshot("snapshots/coming-back", "failed-and-changed", &timeless(&ran));
    for arguments in [&["status", "--format", "json"][..], &["logs"], &["logs", "--follow"]] {
        let ran = workspace.run(arguments);
        assert!(ran.everything().contains("No matching distribution"), "{}", ran.text());
        assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
    }
    fs::remove_file(workspace.path().join("sandbox.toml")).expect("removed");
    let ran = workspace.run(&["status"]).ends(1);
    assert!(ran.stderr.contains("exit status 1"), "{}", ran.text());
}

#[test]
fn a_file_that_changed_is_named_and_not_the_manifest() {
    let server = Server::start(Script { log: vec![LOG], ..script() });
    let workspace = workspace(&server);
    let copy = "\n[[steps]]\ncopy = \"src\"\nto = \"/app/\"\n";
    workspace.write("sandbox.toml", format!("{MANIFEST}{copy}"));
    workspace.write("src/main.py", "print(1)\n");
    workspace.run(&["apply", "--background"]).ends(0);
    server.change(|script| {
        script.endless = false;
        script.failure = Some(failure());
    });
    let status = || workspace.run(&["status"]).ends(1).stderr;
    assert!(status().contains("sandbox.toml:13:20"), "nothing has changed");
    workspace.write("src/main.py", "print(2)\n");
    let shown = status();
    assert!(shown.contains("because of what has changed since:"), "{shown}");
    let change = "step 3  copy src to /app/: `src/main.py` changed  (sandbox.toml:16)";
    assert!(shown.contains(change), "{shown}");
    let json = workspace.run(&["status", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    assert_eq!(report["changed"], true);

    // Another machine may have made the build: then this one does not know of what.
    let records = workspace.path().join("home/.local/state/sbx/builds");
    for entry in fs::read_dir(&records).expect("records").flatten() {
        if entry.path().extension().is_some_and(|it| it == "inputs") {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
    let shown = status();
    let neutral = "`sandbox.toml` or a file that it uses has changed since";
    assert!(shown.contains(neutral), "{shown}");
    workspace.write("sandbox.toml", "name = \"come-back\"\n");
    let shown = status();
    assert!(shown.contains("`sandbox.toml` cannot be compiled now"), "{shown}");
}

fn workspace_of(server: &Server) -> Workspace {
    workspace(server)
}

#[test]
fn events_of_a_log_are_those_of_an_apply() {
    let server = Server::start(Script { log: vec!["one"], ..script() });
    let workspace = workspace(&server);
    workspace.run(&["apply", "--background"]).ends(0);
    let events = |ran: &Ran| {
        let lines = ran.stdout.lines();
        lines.map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>()
    };
    let so_far = events(&workspace.run(&["logs", "--format", "json"]).ends(0));
    assert_eq!(so_far.len(), 1);
    server.change(|script| {
        script.endless = false;
        script.failure = Some(failure());
    });
    let all = events(&workspace.run(&["logs", "--follow", "--format", "json"]).ends(1));
    let names: Vec<_> = all.iter().map(|event| event["event"].as_str().expect("a name")).collect();
    assert_eq!(names, ["log", "diagnostic", "finished"]);
    assert_eq!(all[0]["message"], so_far[0]["message"]);
    assert!(all.iter().all(|event| event["file"] == "sandbox.toml"), "{all:?}");
    assert_eq!(all[2]["status"], "error");
    let quiet = workspace.run(&["logs", "--level", "error"]).ends(0);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn a_build_is_found_by_its_ids_from_anywhere() {
    // Where the manifest is not known, its secrets are not either.
    let log = vec!["[builder 2/3] [stderr]: ERROR: No matching distribution found for fastpai"];
    let server = Server::start(Script { log, ..script() });
    let here = workspace(&server);
    here.run(&["apply", "--background"]).ends(0);
    server.change(|script| {
        script.endless = false;
        script.failure = Some(failure());
    });
    // Here it is known which manifest it was.
    let ran = here.run(&["status", TEMPLATE_ID, BUILD_ID]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:13:20"), "{}", ran.text());
    let mut elsewhere = Workspace::empty();
    elsewhere.set("NOVITA_API_URL", &server.url());
    elsewhere.set("NOVITA_API_KEY", KEY);
    let ran = elsewhere.run(&["status", TEMPLATE_ID, BUILD_ID]).ends(1);
    snapshot("snapshots/coming-back", "by-ids", &ran.text());
    let ran = elsewhere.run(&["logs", TEMPLATE_ID, BUILD_ID]).ends(0);
    assert!(ran.stdout.contains("No matching distribution"), "{}", ran.text());
    // A manifest beside the IDs does not make its place known.
    let path = elsewhere.write("x/sandbox.toml", MANIFEST);
    let ran =
        elsewhere.run(&["status", path.to_str().expect("text"), TEMPLATE_ID, BUILD_ID]).ends(1);
    assert!(!ran.stderr.contains("sandbox.toml:13"), "{}", ran.text());
}

#[test]
fn what_is_not_known_is_said() {
    let server = Server::start(script());
    let mut workspace = workspace(&server);
    let ran = workspace.run(&["status"]).ends(3);
    assert!(
        ran.stderr.contains("there is no record of a build of `sandbox.toml` on novita"),
        "{ran:?}"
    );
    let ran = workspace.run(&["logs", TEMPLATE_ID, "another-build"]).ends(3);
    assert!(ran.stderr.contains("`novita` has no such build"), "{}", ran.text());
    for arguments in
        [&["status", "a", ".."][..], &["logs", "a", "b", "c", "d"], &["logs", "--timeout", "1s"]]
    {
        workspace.run(arguments).ends(2);
    }
    workspace.run(&["apply", "--background"]).ends(0);
    let ran = workspace.run(&["status", "--platform", "e2b"]).ends(3);
    assert!(ran.stderr.contains("`--platform novita`"), "{}", ran.text());

    // The key of one API is not shown to another one.
    let other = Server::start(script());
    let first = server.url();
    workspace.set("NOVITA_API_URL", &other.url());
    let ran = workspace.run(&["status"]).ends(2);
    assert!(ran.stderr.contains(&format!("`--api-url {first}/`")), "{}", ran.text());
    assert_eq!(other.story(), "\n");
    workspace.run(&["status", "--api-url", &first]).ends(0);
    drop(server);
    workspace.set("NOVITA_API_KEY", "");
    workspace.run(&["status"]).ends(3);
}

#[test]
fn nothing_that_is_remembered_holds_a_secret() {
    let server = Server::start(Script {
        log: vec![LOG],
        endless: false,
        failure: Some(failure()),
        ..script()
    });
    let workspace = workspace(&server);
    workspace.run(&["apply"]).ends(1);
    let files = everything(&workspace.path().join("home"));
    // The record, and what the build was made of.
    assert_eq!(files.len(), 2, "{files:?}");
    let text: String = files.into_iter().map(|(_, text)| text).collect();
    assert!(text.contains("come-back") && text.contains("\"stage\": \"error\""), "{text}");
    for secret in [PASSWORD, KEY, "robot"] {
        assert!(!text.contains(secret), "{text}");
    }
    // Another password is no other build; that it is written nowhere else shows in the digest.
    let digest = records(&workspace)[0]["requests"].clone();
    let mut workspace = workspace;
    workspace.set("REGISTRY_PASSWORD", "another");
    workspace.set("SBX_ALLOW_SECRETS", "REGISTRY_PASSWORD");
    workspace.run(&["apply"]).ends(1);
    assert_eq!(records(&workspace)[0]["requests"], digest);
}

#[test]
fn the_local_platform_in_the_process_is_asked_too() {
    let workspace = Workspace::empty();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nfrom = \"python:3.12\"\n\n[[steps]]\nrun = \"true\"\n",
    );
    workspace.run(&["apply", "--platform", "local"]).ends(0);
    let ran = workspace.run(&["status", "--platform", "local"]).ends(0);
    assert!(ran.stdout.starts_with("x on local: recorded\n"), "{}", ran.text());
    let explained = "with Docker or Podman, the local platform runs the steps: ";
    assert!(ran.stderr.contains(explained), "{}", ran.text());
    let ran = workspace.run(&["logs", "--follow", "--platform", "local"]).ends(0);
    assert_eq!(ran.stderr.lines().next(), Some("recorded x"), "{}", ran.text());
    assert!(ran.stderr.contains(explained), "{}", ran.text());
    for arguments in [["status", "--platform", "local"], ["apply", "--platform", "local"]] {
        let ran = workspace.run(&[&arguments[..], &["--format", "json"]].concat()).ends(0);
        let last = ran.stdout.lines().last().expect("a line");
        let last: Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(last["status"], "recorded", "{}", ran.text());
        assert_eq!(ran.stderr, "");
    }
    let ran = workspace.run(&["logs", ".", "--platform", "local"]).ends(0);
    assert!(ran.stdout.contains("recorded only: "), "{}", ran.text());
    workspace.write("sandbox.toml", "name = \"x\"\n\n[from]\ntemplate = \"missing\"\n");
    workspace.run(&["apply", "--platform", "local"]).ends(1);
    let ran = workspace.run(&["status", "--platform", "local"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:4:13"), "{}", ran.text());
    let ran = workspace.run(&["logs", "--follow", "--platform", "local"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:4:13"), "{}", ran.text());
}

#[test]
fn declaw_is_asked_by_the_build_alone_and_names_the_step_in_its_log() {
    let log = ["RUN apt-get install -y git", "RUN pip install fastpai", "no such package"];
    let log: Vec<_> = log.iter().map(|line| (*line).to_owned()).collect();
    let server = declaw::Server::start(declaw::Script {
        api_key: KEY.to_owned(),
        logs: vec![log.clone(), log],
        fails: true,
        ..declaw::Script::default()
    });
    let mut workspace = Workspace::empty();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nplatform = \"declaw\"\nfrom = \"python:3.12\"\n\n[[steps]]\nrun = \"pip install fastpai\"\n",
    );
    workspace.set("DECLAW_DOMAIN", &server.domain());
    workspace.set("DECLAW_API_KEY", KEY);
    workspace.run(&["apply", "--background"]).ends(0);
    let ran = workspace.run(&["status"]).ends(0);
    assert!(ran.stdout.contains("x on declaw: still building"), "{}", ran.text());
    let ran = workspace.run(&["status"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:6:7"), "{}", ran.text());
    let ran = workspace.run(&["logs"]).ends(0);
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.text());
    let ran = workspace.run(&["logs", "--follow"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:6:7"), "{}", ran.text());
    assert!(!server.story().contains("FAULT"), "{}", server.story());
}
