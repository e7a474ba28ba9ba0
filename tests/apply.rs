//! `sbx apply` over the wire, against a server that checks each request.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::process::end_of;
use crate::support::server::{BUILD_ID, Script, Server, TEMPLATE_ID};
use crate::support::{Ran, Workspace, snapshot};

const KEY: &str = "nvt_0123456789abcdef";

const MANIFEST: &str = r#"
name = "over-the-wire"
tags = ["v1", "default"]

[resources]
cpu = 2
memory = "2GiB"

[from]
image = "registry.example.com/team/image:1"
auth = { type = "basic", username = "robot", password = { env = "REGISTRY_PASSWORD" } }

[env]
APP_ENV = "production"

[[steps]]
copy = "src"
to = "/app/src"
owner = "user"

[[steps]]
label = "install"
run = ["pip install -r requirements.txt", "echo done"]

[[steps]]
copy = ["app.py", "requirements.txt"]
to = "/app/"

[start]
cmd = "python /app/app.py"

[ready]
port = 8000
"#;

fn script() -> Script {
    Script { api_key: KEY.to_owned(), ..Script::default() }
}

/// A workspace whose files have modes that do not depend on the machine.
fn workspace(server: &Server, platform: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    for (name, content) in
        [("app.py", "print()\n"), ("requirements.txt", "x\n"), ("src/main.py", "import x\n")]
    {
        workspace.write(name, content);
    }
    workspace.write("sandbox.toml", MANIFEST);
    let chmod = ["-R", "u=rwX,go=rX", "."];
    let status = std::process::Command::new("chmod")
        .args(chmod)
        .current_dir(workspace.path())
        .status()
        .expect("chmod runs");
    assert!(status.success());
    let upper = platform.to_uppercase();
    workspace.set(&format!("{upper}_API_URL"), &server.url());
    workspace.set(&format!("{upper}_API_KEY"), KEY);
    workspace.set("REGISTRY_PASSWORD", "pa55word-of-the-test");
    workspace.set("SBX_ALLOW_SECRETS", "REGISTRY_PASSWORD");
    workspace
}

fn apply(server: &Server, arguments: &[&str]) -> Ran {
    let workspace = workspace(server, "novita");
    let ran = workspace.run(&[&["apply"], arguments].concat());
    assert!(!ran.everything().contains("pa55word-of-the-test"), "{}", ran.text());
    assert!(!ran.everything().contains(KEY), "{}", ran.text());
    assert!(!ran.everything().contains("signature="), "{}", ran.text());
    ran
}

/// The story with the requests of the uploads, which run side by side, in a stable order.
fn in_order(story: &str) -> String {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in story.lines() {
        if line.starts_with(' ') {
            parts.last_mut().expect("a request comes first").push(line);
        } else {
            parts.push(vec![line]);
        }
    }
    let is_upload = |part: &[&str]| part[0].contains("/files/") || part[0].starts_with("PUT");
    let first = parts.iter().position(|part| is_upload(part)).unwrap_or(0);
    let last = parts.iter().rposition(|part| is_upload(part)).map_or(0, |at| at + 1);
    assert!(parts[first..last].iter().all(|part| is_upload(part)), "uploads come in one go");
    parts[first..last].sort();
    // What a server gets, a snapshot does not.
    (parts.concat().join("\n") + "\n").replace("pa55word-of-the-test", "[REGISTRY_PASSWORD]")
}

#[test]
fn novita_gets_what_it_expects_and_the_build_is_followed() {
    let server = Server::start(Script { log_entries: 3, ..script() });
    let ran = apply(&server, &[]).ends(0);
    let story = in_order(&server.story());
    assert!(!story.contains("FAULT"), "{story}");
    assert_eq!(ran.stdout, format!("{TEMPLATE_ID}\n"));
    snapshot("snapshots/apply", "novita", &story);
}

#[test]
fn e2b_gets_what_it_expects() {
    let server = Server::start(script());
    let workspace = workspace(&server, "e2b");
    workspace.run(&["apply", "--platform", "e2b", "--tag", "nightly", "--no-cache"]).ends(0);
    let story = in_order(&server.story());
    assert!(!story.contains("FAULT"), "{story}");
    snapshot("snapshots/apply", "e2b", &story);
}

#[test]
fn what_the_platform_has_is_not_uploaded() {
    let server = Server::start(Script { present: true, ..script() });
    let ran = apply(&server, &[]).ends(0);
    assert!(!server.story().contains("PUT"), "{}", server.story());
    assert!(ran.stderr.contains("unchanged app.py"), "{}", ran.text());
}

#[test]
fn every_log_entry_is_shown_once_and_in_order_however_many_there_are() {
    for count in [0, 1, 99, 100, 101, 250] {
        let server = Server::start(Script { log_entries: count, ..script() });
        let ran = apply(&server, &["--format", "json"]).ends(0);
        let events = ran.stdout.lines().map(|line| {
            let event: Value = serde_json::from_str(line).expect("an event is JSON");
            event
        });
        let shown: Vec<_> = events
            .filter(|event| event["event"] == "log")
            .map(|event| event["message"].as_str().map(str::to_owned).expect("a message"))
            .collect();
        let written: Vec<_> =
            (0..count).map(|at| format!("line {at} \u{1b}[31mof the log\u{1b}[0m")).collect();
        assert_eq!(shown, written);
    }
}

/// A run without its uploads, which end in any order.
fn without_uploads(ran: &Ran) -> String {
    let text = ran.text();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("uploaded ")).collect();
    lines.join("\n") + "\n"
}

#[test]
fn a_failed_build_is_shown_at_the_line_that_caused_it() {
    let failure = Some(("3".to_owned(), "exit status 1".to_owned()));
    let server = Server::start(Script { log_entries: 2, failure, ..script() });
    let ran = apply(&server, &[]).ends(1);
    snapshot("ui/build-failed", "at-a-step", &without_uploads(&ran));
}

#[test]
fn why_a_build_failed_is_told_with_what_to_do() {
    let pip = "failed to run command 'pip install -r requirements.txt && echo done': exit status";
    for (name, step, message, log) in [
        (
            "package-unknown",
            "3",
            format!("{pip} 1"),
            vec![
                "[builder 3/6] RUN pip install -r requirements.txt && echo done [a1]",
                "[builder 3/6] [stderr]: \u{1b}[31mERROR: No matching distribution found for fastpai\u{1b}[0m",
            ],
        ),
        (
            "image-not-pullable",
            "base",
            "access denied to 'registry.example.com/team/image:1': authentication required or \
             insufficient permissions, not pa55word-of-the-test"
                .to_owned(),
            vec!["[base] FROM registry.example.com/team/image:1 [a1]"],
        ),
        (
            "port-never-opened",
            "finalize",
            "ready command failed: ready command timed out after 10m0.4s".to_owned(),
            vec![
                "[start] [stderr]: * Running on http://127.0.0.1:5000",
                "Template is not ready: exit status 1",
            ],
        ),
        (
            "start-ended",
            "finalize",
            "start command failed: error running start command: exit status 2".to_owned(),
            vec![
                "[start] [stderr]: python: can't open file '/app/app.py': [Errno 2] No such file or directory",
            ],
        ),
        (
            "disk-full",
            "3",
            format!("{pip} 1"),
            vec![
                "[builder 3/6] [stderr]: ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            ],
        ),
        (
            "no-root",
            "3",
            format!("{pip} 100"),
            vec![
                "[builder 3/6] [stderr]: E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)",
            ],
        ),
    ] {
        let failure = Some((step.to_owned(), message));
        let server =
            Server::start(Script { log: log.clone(), failure: failure.clone(), ..script() });
        let ran = apply(&server, &[]).ends(1);
        snapshot("ui/build-failed", &format!("why-{name}"), &without_uploads(&ran));
        // The events are the same ones, and hold no secret either.
        let again = Server::start(Script { log, failure, ..script() });
        let ran = apply(&again, &["--format", "json"]).ends(1);
        let events = ran.stdout.lines().map(|line| {
            let event: Value = serde_json::from_str(line).expect("an event is JSON");
            event
        });
        let last: Vec<_> = events.skip_while(|event| event["event"] != "diagnostic").collect();
        assert_eq!(last.len(), 2, "{}", ran.text());
        assert_eq!(last[0]["code"], "build-failed");
        assert!(last[0]["help"].as_str().is_some_and(|help| help.len() > 20), "{}", last[0]);
        assert_eq!(last[1]["event"], "finished");
        assert_eq!(last[1]["status"], "error");
        assert!(last[1]["reason"].is_string(), "{}", last[1]);
    }
}

#[test]
fn a_build_that_fails_at_the_end_is_shown_at_what_is_run_there() {
    let failure = Some(("finalize".to_owned(), "the ready command timed out".to_owned()));
    let server = Server::start(Script { failure, ..script() });
    snapshot("ui/build-failed", "at-the-end", &without_uploads(&apply(&server, &[]).ends(1)));
}

#[test]
fn a_build_that_fails_without_a_known_step_says_what_the_platform_says() {
    for step in ["", "7000", "-1", "a new phase"] {
        let failure = Some((step.to_owned(), "out of luck".to_owned()));
        let server = Server::start(Script { failure, ..script() });
        let ran = apply(&server, &[]).ends(1);
        assert!(ran.stderr.contains("out of luck"), "{}", ran.text());
    }
}

#[test]
fn events_are_one_json_object_a_line() {
    let failure = Some(("3".to_owned(), "exit status 1".to_owned()));
    let server = Server::start(Script { log_entries: 1, failure, ..script() });
    let ran = apply(&server, &["--format", "json"]).ends(1);
    let mut lines: Vec<_> = ran.stdout.lines().collect();
    // Uploads run side by side.
    let uploads: Vec<_> =
        lines.iter().enumerate().filter(|(_, line)| line.contains("\"upload\"")).collect();
    let (first, count) = (uploads[0].0, uploads.len());
    lines[first..first + count].sort_unstable();
    snapshot("snapshots/apply", "events", &(lines.join("\n") + "\n"));
}

#[test]
fn a_passing_fault_is_waited_out_and_told() {
    let faults = vec![
        ("POST /v3", 503),
        ("GET /templates/tmpl0000000000000000/files", 502),
        ("PUT /store", 503),
        ("POST /v2", 504),
        ("GET /templates/tmpl0000000000000000/builds", 429),
    ];
    let server = Server::start(Script { faults, ..script() });
    let ran = apply(&server, &[]).ends(0);
    assert!(!server.story().contains("FAULT"), "{}", server.story());
    assert_eq!(ran.stderr.matches("; trying ").count(), 5, "{}", ran.text());
    let starts = server.story().matches("POST /v2").count();
    assert_eq!(starts, 2, "a start that was not heard is sent again\n{}", server.story());
}

#[test]
fn a_refusal_is_reported_in_the_platform_s_words() {
    for status in [400, 401, 403] {
        let server = Server::start(Script { faults: vec![("POST /v3", status)], ..script() });
        let ran = apply(&server, &[]).ends(3);
        snapshot("snapshots/apply", &format!("refused-{status}"), &ran.text());
        assert!(!server.story().contains("POST /v2"), "{}", server.story());
    }
}

#[test]
fn a_build_in_the_background_is_started_and_left() {
    let server = Server::start(Script { endless: true, ..script() });
    let ran = apply(&server, &["--background"]).ends(0);
    assert_eq!(ran.stdout, format!("{TEMPLATE_ID}\n"));
    assert!(!server.story().contains("/status"), "{}", server.story());
}

#[test]
fn a_timeout_leaves_the_build_and_says_where_it_is() {
    let server = Server::start(Script { endless: true, ..script() });
    let ran = apply(&server, &["--timeout", "300ms"]).ends(3);
    assert!(ran.stderr.contains("not finished within 0.3 s"), "{}", ran.text());
    assert!(ran.stderr.contains(BUILD_ID), "{}", ran.text());
}

#[test]
fn an_interrupt_leaves_the_build_and_says_where_it_is() {
    let server = Server::start(Script { endless: true, ..script() });
    let workspace = workspace(&server, "novita");
    let mut child = workspace
        .command(&["apply"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let begun = Instant::now();
    while !server.story().contains("/status") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", server.story());
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill runs").success());
    let status = end_of(&mut child);
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut stderr)
        .expect("what is printed is text");
    assert_eq!(status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("the build continues") && stderr.contains(BUILD_ID), "{stderr}");
}

#[test]
fn nothing_is_sent_without_a_key_or_by_a_dry_run() {
    let server = Server::start(script());
    let mut workspace = Workspace::fixture();
    workspace.set("NOVITA_API_URL", &server.url());
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    let ran = workspace.run(&["apply"]).ends(3);
    snapshot("snapshots/apply", "no-key", &ran.text());
    let ran = workspace.run(&["apply", "--dry-run"]).ends(0);
    snapshot("snapshots/apply", "dry-run", &ran.text());
    assert_eq!(server.story(), "\n");
}

#[test]
fn a_dry_run_says_that_tests_decide_about_the_tags() {
    let mut workspace = Workspace::empty();
    workspace.set("SBX_PLATFORM", "novita");
    let manifest = "name = \"x\"\nfrom = \"python:3.12\"\ntags = [\"v1\", \"default\"]\n\n\
                    [[steps]]\nrun = \"date\"\n\n[[tests]]\nport = 80\n";
    workspace.write("sandbox.toml", manifest);
    let said = workspace.run(&["apply", "--dry-run"]).ends(0).stdout;
    let expected = "would register x on novita with a temporary tag\n\
                    would start a build of 1 step\n\
                    would run 1 test, and move the tags only if all pass: v1, default\n";
    assert_eq!(said, expected);
    let said = workspace.run(&["apply", "--dry-run", "--no-test"]).ends(0).stdout;
    let expected = "would register x on novita with the tags v1, default\n\
                    would start a build of 1 step\n";
    assert_eq!(said, expected);
    let tests = |more: &[&str]| {
        let json = [&["apply", "--dry-run", "--format", "json"], more].concat();
        let plan: Value = serde_json::from_str(&workspace.run(&json).ends(0).stdout).expect("one");
        plan["tests"].clone()
    };
    assert_eq!(tests(&[]), serde_json::json!(["port 80"]));
    assert_eq!(tests(&["--no-test"]), serde_json::json!([]));
}

#[test]
fn a_dry_run_prints_the_plan_as_json() {
    let server = Server::start(script());
    let workspace = workspace(&server, "novita");
    let ran = workspace.run(&["apply", "--dry-run", "--format", "json"]).ends(0);
    assert_eq!(server.story(), "\n", "nothing is sent");
    let plan: Value = serde_json::from_str(&ran.stdout).expect("one event");
    assert_eq!(plan["event"], "plan");
    let compiled = workspace.run(&["compile", "--requests"]).ends(0);
    let compiled: Value = serde_json::from_str(&compiled.stdout).expect("requests");
    assert_eq!(plan["requests"], compiled, "the requests are those of `sbx compile`");
    assert!(ran.stdout.contains("[secret REGISTRY_PASSWORD]"), "{}", ran.text());
    let pretty = serde_json::to_string_pretty(&plan).expect("a value is text");
    snapshot("snapshots/apply", "dry-run-json", &pretty);

    // What is wrong is an event, too, and there is no plan then.
    workspace.write("sandbox.toml", "name = \"x\"\n");
    let ran = workspace.run(&["apply", "--dry-run", "--format", "json"]).ends(1);
    let problem: Value = serde_json::from_str(&ran.stdout).expect("one event");
    assert_eq!(
        (&problem["event"], &problem["code"]),
        (&"diagnostic".into(), &"missing-key".into())
    );
}

#[test]
fn a_secret_that_is_not_set_stops_the_apply_before_any_request() {
    let server = Server::start(script());
    let mut workspace = workspace(&server, "novita");
    workspace.set("REGISTRY_PASSWORD", "");
    workspace.set("SBX_ALLOW_SECRETS", "REGISTRY_PASSWORD");
    let ran = workspace.run(&["apply"]).ends(1);
    assert!(ran.stderr.contains("unset-secret"), "{}", ran.text());
    assert_eq!(server.story(), "\n");
}
