//! `sbx apply` of several manifests.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use sandbox_toml::local::{Config, bind};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::process::{Limited as _, ToEnd as _};
use crate::support::{Ran, Workspace, snapshot};

/// A local platform in this process.
pub fn local(
    runtime: &Runtime,
    change: impl FnOnce(&mut Config),
) -> (SocketAddr, tempfile::TempDir) {
    let data = tempfile::tempdir().expect("a temporary directory");
    let mut config = Config::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), data.path());
    change(&mut config);
    let server = runtime.block_on(bind(config)).expect("the platform starts");
    let address = server.address();
    runtime.spawn(server.run(std::future::pending()));
    (address, data)
}

/// A workspace of manifests, each in a directory of its name: what it starts from, and its steps.
fn workspace(manifests: &[(&str, &str, &str)]) -> Workspace {
    let mut workspace = Workspace::empty();
    for (name, from, rest) in manifests {
        let text = format!("name = \"{name}\"\nfrom = {from}\n{rest}");
        workspace.write(&format!("{name}/sandbox.toml"), text);
    }
    workspace.set("SBX_PLATFORM", "local");
    workspace
}

const IMAGE: &str = "\"python:3.12\"";

fn template(name: &str) -> String {
    format!("{{ template = \"{name}\" }}")
}

/// What is printed without the IDs, which differ each time.
fn without_ids(ran: &Ran) -> String {
    let is_id = |word: &str| {
        word.len() == 20 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let line = |line: &str| {
        let words = line.split(' ').map(|word| if is_id(word) { "ID" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    ran.stdout.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Where a line stands in what is told.
fn at(ran: &Ran, line: &str) -> usize {
    let found = ran.stderr.lines().position(|it| it == line);
    found.unwrap_or_else(|| panic!("`{line}` is not told\n{}", ran.text()))
}

#[test]
fn who_starts_from_another_waits_for_it() {
    let (base, tools) = (template("base"), template("tools:v1"));
    let workspace = workspace(&[
        ("app", &tools, ""),
        ("tools", &base, "tags = [\"v1\", \"default\"]\n"),
        ("base", IMAGE, ""),
        ("alone", IMAGE, ""),
    ]);
    let ran = workspace.run(&["apply", "app", "tools", "base/sandbox.toml", "alone"]).ends(0);
    snapshot("snapshots/many", "table", &without_ids(&ran));
    assert!(at(&ran, "base: recorded") < at(&ran, "tools: registered on local"));
    assert!(at(&ran, "tools: recorded") < at(&ran, "app: registered on local"));
    at(&ran, "alone: recorded");
    let named = ["app: ", "tools: ", "base: ", "alone: "];
    let mut lines: Vec<_> = ran.stderr.lines().collect();
    // Why nothing was run is said once for all of them.
    for beginning in ["with Docker or Podman, ", "no step was run: "] {
        let explained = lines.pop().is_some_and(|line| line.starts_with(beginning));
        assert!(explained, "{}", ran.text());
    }
    for line in lines {
        assert!(named.iter().any(|name| line.starts_with(name)), "{line}\n{}", ran.text());
    }
    // Each of them can be come back to.
    for name in ["app", "tools", "base", "alone"] {
        workspace.run(&["status", name]).ends(0);
    }
    let dry = workspace.run(&["apply", "--dry-run", "app", "base", "tools"]).ends(0);
    let order = ["base", "tools", "app"].map(|name| dry.stdout.find(&format!("register {name} ")));
    assert!(order.is_sorted() && order[0].is_some(), "{}", dry.text());
}

#[test]
fn manifests_stand_for_their_builds_and_templates() {
    let workspace = workspace(&[("app", IMAGE, ""), ("base", IMAGE, "")]);
    workspace.run(&["apply", "app", "base"]).ends(0);
    let ran = workspace.run(&["status", "app", "base/sandbox.toml"]).ends(0);
    for name in ["app", "base"] {
        at_stdout(&ran, &format!("{name} on local: recorded"));
    }
    let ran = workspace.run(&["status", "--format", "json", "app", "base"]).ends(0);
    let files = ran.stdout.lines().map(|line| {
        let build: serde_json::Value = serde_json::from_str(line).expect("an object on each line");
        build["file"].as_str().expect("a path").to_owned()
    });
    assert_eq!(files.collect::<Vec<_>>(), ["app/sandbox.toml", "base/sandbox.toml"]);
    // The highest exit code counts, and the others are reported all the same.
    let ran = workspace.run(&["status", "missing.toml", "app"]).ends(3);
    at_stdout(&ran, "app on local: recorded");
    assert!(ran.stderr.contains("of `missing.toml`"), "{}", ran.text());
    for given in ["app/sandbox.toml", "./app", "app/"] {
        at_stdout(&workspace.run(&["show", given]).ends(0), "app");
        at_stdout(&workspace.run(&["exists", given]).ends(0), "app exists on local");
    }
    let ran = workspace.run(&["show", "missing.toml"]).ends(2);
    assert!(ran.stderr.contains("cannot read `missing.toml`"), "{}", ran.text());
}

fn at_stdout(ran: &Ran, words: &str) {
    assert!(ran.stdout.contains(words), "{words}\n{}", ran.text());
}

#[test]
fn one_failure_stops_those_that_need_it_and_nobody_else() {
    let (base, app, missing) = (template("base"), template("app"), template("missing"));
    let workspace = workspace(&[
        ("base", &missing, ""),
        ("app", &base, ""),
        ("top", &app, ""),
        ("alone", IMAGE, ""),
        ("wrong", "{ python = 3.12 }", ""),
    ]);
    let ran = workspace.run(&["apply", "top", "app", "base", "alone", "wrong"]).ends(1);
    snapshot("snapshots/many", "failure", &without_ids(&ran));
    at(&ran, "app: not tried: it starts from `base`, which is not built");
    at(&ran, "top: not tried: it starts from `app`, which is not built");
    assert!(ran.stderr.contains("unquoted-version"), "{}", ran.text());
    assert!(ran.stderr.contains("base/sandbox.toml:2:"), "{}", ran.text());

    let json = workspace.run(&["apply", "top", "app", "base", "--format", "json"]).ends(1);
    let events: Vec<Value> =
        json.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |file: &str| -> Vec<_> {
        let events = events.iter().filter(|event| event["file"] == format!("{file}/sandbox.toml"));
        events.map(|event| event["event"].as_str().expect("a name")).collect()
    };
    assert_eq!((of("top"), of("app")), (vec!["skipped"], vec!["skipped"]));
    assert_eq!(of("base").first(), Some(&"registered"));
    assert_eq!(of("base").last(), Some(&"finished"));
}

#[test]
fn the_platform_s_limit_makes_builds_queue() {
    let runtime = Runtime::new().expect("a runtime");
    let (address, _data) = local(&runtime, |config| {
        config.concurrent_builds = 1;
        config.step_pause = Duration::from_millis(150);
    });
    let step = "\n[[steps]]\nrun = \"true\"\n";
    let mut workspace = workspace(&[("a", IMAGE, step), ("b", IMAGE, step), ("c", IMAGE, step)]);
    workspace.set("SBX_LOCAL_URL", &format!("http://{address}"));
    workspace.set("SBX_RETRY_SCALE", "0.05");
    let ran = workspace.run(&["apply", "a", "b", "c"]).ends(0);
    assert!(ran.stderr.contains("trying POST /v3/templates again"), "{}", ran.text());
    let rows: Vec<_> = ran.stdout.lines().skip(1).collect();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.contains("recorded")), "{}", ran.text());
    // One after the other there is nothing to wait for.
    let ran = workspace.run(&["apply", "--jobs", "1", "a", "b", "c"]).ends(0);
    assert!(!ran.stderr.contains("trying"), "{}", ran.text());
    workspace.run(&["apply", "--jobs", "0", "a", "b"]).ends(2);
}

#[test]
fn in_the_background_only_those_are_left_that_nobody_waits_for() {
    let base = template("base");
    let workspace = workspace(&[("base", IMAGE, ""), ("app", &base, "")]);
    let ran = workspace.run(&["apply", "--background", "app", "base"]).ends(0);
    snapshot("snapshots/many", "background", &without_ids(&ran));
    workspace.run(&["status", "app"]).ends(0);
}

#[test]
fn two_builds_of_one_name_and_tag_are_refused() {
    let workspace = workspace(&[("a", IMAGE, "")]);
    workspace
        .write("b.toml", "name = \"a\"\nfrom = \"python:3.12\"\ntags = [\"v1\", \"default\"]\n");
    let ran = workspace.run(&["apply", "a", "b.toml"]).ends(1);
    let clash = "`a/sandbox.toml` and `b.toml` both build `a:default` on local";
    assert_eq!(ran.stderr.matches(clash).count(), 2, "{}", ran.text());
    for command in ["check", "plan", "verify", "test"] {
        let ran = workspace.run(&[command, "a", "b.toml"]).ends(1);
        assert_eq!(ran.everything().matches(clash).count(), 2, "{}", ran.text());
    }
    let all = workspace.run(&["check", "--platform", "all", "a", "b.toml"]).ends(1);
    assert!(all.stdout.contains("conflicting-builds"), "{}", all.text());
    // The same manifest twice is one build.
    workspace.run(&["apply", "a", "a"]).ends(0);
    workspace.run(&["check", "a", "a"]).ends(0);
    workspace.write("b.toml", "name = \"a\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\n");
    workspace.run(&["apply", "a", "b.toml"]).ends(0);
}

#[test]
fn a_platform_that_cannot_be_asked_fails_its_own_manifests_alone() {
    let workspace = workspace(&[("a", IMAGE, "platform = \"local\"\n")]);
    workspace.write("b.toml", "name = \"b\"\nfrom = \"python:3.12\"\nplatform = \"e2b\"\n");
    let mut command = workspace.command(&["apply", "a", "b.toml"]);
    command.env_remove("SBX_PLATFORM");
    let output = command.to_end();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    let words = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    let results: Vec<_> = text.lines().skip(1).filter_map(words).collect();
    assert_eq!(results, ["recorded", "not"], "{text}");
}

#[test]
fn an_interrupt_leaves_all_of_them_at_once() {
    let runtime = Runtime::new().expect("a runtime");
    let (address, _data) = local(&runtime, |config| config.step_pause = Duration::from_mins(10));
    let base = template("a");
    let step = "\n[[steps]]\nrun = \"true\"\n";
    let mut workspace = workspace(&[("a", IMAGE, step), ("b", IMAGE, step), ("c", &base, step)]);
    workspace.set("SBX_LOCAL_URL", &format!("http://{address}"));
    let mut child = workspace
        .command(&["apply", "a", "b", "c"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
        .limited();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().expect("piped")));
    let mut stderr = String::new();
    while stderr.matches("started the build").count() < 2 {
        stderr += &(lines.next().expect("both are started").expect("text") + "\n");
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill runs").success());
    for line in lines {
        stderr += &(line.expect("text") + "\n");
    }
    let output = child.to_end();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert_eq!(stderr.matches("`sbx logs --follow ").count(), 2, "{stderr}");
    assert!(stderr.contains("c: not tried: "), "{stderr}");
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(table.matches("unknown").count(), 2, "{table}");
}
