//! `sbx apply` on declaw, against a server that checks each request.

mod lines;
mod sandboxes;
mod shell;
mod tested;

use serde_json::Value;

use crate::support::declaw::{BUILD_ID, Fault, OLD_ID, Script, Server, TEMPLATE_ID, window};
use crate::support::{Ran, Workspace, snapshot};

const KEY: &str = "dcl_0123456789abcdef";

const MANIFEST: &str = r#"
name = "over-the-wire"
platform = "declaw"

[resources]
cpu = 2
memory = "2GiB"
disk = "4GiB"

[from]
python = "3.12"

[build_env]
PIP_NO_CACHE_DIR = 1

[env]
APP_ENV = "production"
PRICE = "5$ a day"

[[steps]]
workdir = "/app"

[[steps]]
copy = "src"
to = "src"

[[steps]]
run = ["pip install -r requirements.txt", "echo done"]

[[steps]]
env = { APP_ENV = "test" }

[[steps]]
run = """
set -e
echo "$APP_ENV" || true
"""

[[steps]]
copy = ["app.py", "requirements.txt"]
to = "./"
mode = 0o600

[start]
cmd = "python app.py"
"#;

fn script() -> Script {
    Script { api_key: KEY.to_owned(), ..Script::default() }
}

fn workspace(server: &Server) -> Workspace {
    let mut workspace = Workspace::empty();
    for (name, content) in
        [("app.py", "print()\n"), ("requirements.txt", ""), ("src/main.py", "import x\n")]
    {
        workspace.write(name, content);
    }
    workspace.write("sandbox.toml", MANIFEST);
    let chmod = std::process::Command::new("chmod")
        .args(["-R", "u=rwX,go=rX", "."])
        .current_dir(workspace.path())
        .status();
    assert!(chmod.expect("chmod runs").success());
    workspace.set("DECLAW_DOMAIN", &server.domain());
    workspace.set("DECLAW_API_KEY", KEY);
    workspace
}

fn apply(server: &Server, arguments: &[&str]) -> Ran {
    let ran = workspace(server).run(&[&["apply"], arguments].concat());
    assert!(!ran.everything().contains(KEY), "{}", ran.text());
    assert!(!server.story().contains("FAULT"), "{}", server.story());
    ran
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn the_one_request_is_what_declaw_expects_and_the_build_is_followed() {
    let server = Server::start(Script {
        logs: vec![lines(&[]), lines(&["one"]), lines(&["one", "two"])],
        ..script()
    });
    let ran = apply(&server, &[]).ends(0);
    assert_eq!(ran.stdout, format!("{TEMPLATE_ID}\n"));
    snapshot("snapshots/declaw", "story", &server.story());
    snapshot("snapshots/declaw", "told", &ran.text());
}

#[test]
fn compile_prints_the_request_and_a_dry_run_sends_nothing() {
    let server = Server::start(script());
    let workspace = workspace(&server);
    let body: Value = serde_json::from_str(&workspace.run(&["compile"]).ends(0).stdout)
        .expect("the request is JSON");
    let all: Value =
        serde_json::from_str(&workspace.run(&["compile", "--requests"]).ends(0).stdout)
            .expect("the requests are JSON");
    let one = serde_json::json!([{ "method": "POST", "path": "/templates/build", "body": body }]);
    assert_eq!(all, one);
    let ran = workspace.run(&["apply", "--dry-run", "--replace"]).ends(0);
    snapshot("snapshots/declaw", "dry-run", &ran.text());
    assert_eq!(server.story(), "\n");
}

#[test]
fn a_dry_run_says_that_a_dockerfile_is_sent() {
    let server = Server::start(script());
    let workspace = workspace(&server);
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nplatform = \"declaw\"\nfrom = { dockerfile = \"Dockerfile\" }\n",
    );
    workspace.write("Dockerfile", "FROM ubuntu:24.04\nRUN echo done\n");
    let ran = workspace.run(&["apply", "--dry-run"]).ends(0);
    assert_eq!(ran.stdout, "would build x on declaw\nwould send the Dockerfile, in one request\n");
}

#[test]
fn each_line_of_the_log_is_told_once_however_much_of_it_is_dropped() {
    let log: Vec<_> = (0..50).map(|at| format!("line {at}")).collect();
    let logs = [0, 3, 9, 12, 14, 14, 20].iter().map(|end| window(&log[..*end], 10)).collect();
    let server = Server::start(Script { logs, ..script() });
    let ran = apply(&server, &["--format", "json"]).ends(0);
    let told: Vec<_> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an event is JSON"))
        .filter(|event| event["event"] == "log")
        .map(|event| event["message"].as_str().map(str::to_owned).expect("a message"))
        .collect();
    assert_eq!(told, log[..20]);
}

#[test]
fn a_failed_build_is_shown_at_the_step_that_the_log_names_last() {
    let log = lines(&[
        "Step 5/9 : RUN mkdir -p /app",
        "Step 7/9 : RUN export PIP_NO_CACHE_DIR=1 APP_ENV=production && cd /app && pip install -r \
         requirements.txt && echo done",
        "no matching distribution, so mkdir -p /app was in vain",
    ]);
    let server = Server::start(Script { logs: vec![log], fails: true, ..script() });
    snapshot("ui/build-failed", "named-by-the-log", &apply(&server, &[]).ends(1).text());
}

#[test]
fn a_failed_build_whose_log_names_no_step_is_shown_without_one() {
    for log in [lines(&[]), lines(&["out of luck", "at: mkdir -p /app"])] {
        let server = Server::start(Script { logs: vec![log], fails: true, ..script() });
        let ran = apply(&server, &[]).ends(1);
        assert!(ran.stderr.contains("the build failed\n"), "{}", ran.text());
        let (_, failure) = ran.stderr.split_once("build-failed").expect("the failure is told");
        assert!(!failure.contains("sandbox.toml"), "{}", ran.text());
    }
}

#[test]
fn a_name_that_is_taken_is_left_alone_unless_it_is_to_be_replaced() {
    let server = Server::start(Script { taken: true, ..script() });
    let ran = apply(&server, &[]).ends(3);
    snapshot("snapshots/declaw", "taken", &ran.text());
    assert_eq!(server.story(), "GET /templates\n");

    let ran = apply(&server, &["--replace"]).ends(0);
    assert!(ran.stderr.contains(&format!("deleted the old over-the-wire ({OLD_ID})")));
    assert!(server.story().contains(&format!("DELETE /templates/{OLD_ID}\nPOST")));
}

#[test]
fn a_name_that_somebody_takes_meanwhile_is_told_alike() {
    let faults = vec![("POST /templates/build", Fault::Status(409))];
    let server = Server::start(Script { faults, ..script() });
    let ran = apply(&server, &[]).ends(3);
    assert!(ran.stderr.contains("there is a template named `over-the-wire` already"));
    assert!(ran.stderr.contains("--replace"), "{}", ran.text());
}

#[test]
fn a_deletion_that_was_heard_is_not_an_error_when_its_answer_is_lost() {
    let faults = vec![("DELETE", Fault::Lost(503))];
    let server = Server::start(Script { taken: true, faults, ..script() });
    apply(&server, &["--replace"]).ends(0);
    assert_eq!(server.story().matches("DELETE").count(), 2, "{}", server.story());
}

#[test]
fn a_template_in_use_is_not_replaced() {
    let faults = vec![("DELETE", Fault::Status(400))];
    let server = Server::start(Script { taken: true, faults, ..script() });
    let ran = apply(&server, &["--replace"]).ends(3);
    assert!(ran.stderr.contains("400: as the test asked for"), "{}", ran.text());
    assert!(!server.story().contains("POST"), "{}", server.story());
}

#[test]
fn a_build_whose_answer_is_lost_is_not_started_twice() {
    for status in [500, 502, 504] {
        let faults = vec![("POST /templates/build", Fault::Lost(status))];
        let server = Server::start(Script { faults, ..script() });
        let ran = apply(&server, &[]).ends(3);
        assert_eq!(server.story().matches("POST").count(), 1, "{}", server.story());
        assert!(ran.stderr.contains("its answer was lost"), "{}", ran.text());
        assert!(ran.stderr.contains(TEMPLATE_ID), "{}", ran.text());
    }
    let faults = vec![("POST /templates/build", Fault::Late)];
    let server = Server::start(Script { faults, ..script() });
    let ran = apply(&server, &["--request-timeout", "1s"]).ends(3);
    assert_eq!(server.story().matches("POST").count(), 1, "{}", server.story());
    assert!(ran.stderr.contains("its answer was lost"), "{}", ran.text());
}

#[test]
fn an_apply_that_ends_while_the_build_call_is_made_promises_nothing() {
    let faults = vec![("POST /templates/build", Fault::Late)];
    let server = Server::start(Script { faults, ..script() });
    let ran = apply(&server, &["--timeout", "1s"]).ends(3);
    assert!(
        ran.stderr.contains("if the platform received the request, the build continues"),
        "{}",
        ran.text()
    );
}

#[test]
fn a_build_that_was_not_heard_is_asked_for_again() {
    for status in [429, 503] {
        let faults = vec![("POST /templates/build", Fault::Status(status))];
        let server = Server::start(Script { faults, ..script() });
        let ran = apply(&server, &[]).ends(0);
        assert_eq!(server.story().matches("POST").count(), 2, "{}", server.story());
        assert!(ran.stderr.contains("POST /templates/build again in 1.0 s"), "{}", ran.text());
    }
}

#[test]
fn questions_are_asked_again_when_a_fault_may_pass() {
    let faults = vec![
        ("GET /templates", Fault::Status(503)),
        ("GET /templates/builds", Fault::Status(502)),
        ("GET /templates/builds", Fault::Status(429)),
    ];
    let server = Server::start(Script { faults, ..script() });
    let ran = apply(&server, &[]).ends(0);
    assert_eq!(ran.stderr.matches("trying").count(), 3, "{}", ran.text());
}

#[test]
fn a_refusal_is_told_in_the_platform_s_words() {
    for (status, help) in [
        (400, "as the test asked for"),
        (401, "check the API key in `DECLAW_API_KEY`"),
        (402, "balance"),
        (403, "does not have this permission"),
        (464, "HTTP/2"),
    ] {
        let faults = vec![("POST /templates/build", Fault::Status(status))];
        let server = Server::start(Script { faults, ..script() });
        let ran = apply(&server, &[]).ends(3);
        assert!(ran.stderr.contains("as the test asked for"), "{}", ran.text());
        assert!(ran.stderr.contains(help), "{}", ran.text());
        assert_eq!(server.story().matches("POST").count(), 1, "{}", server.story());
    }
}

#[test]
fn a_build_in_the_background_is_started_and_a_timeout_leaves_it() {
    let server = Server::start(Script { endless: true, ..script() });
    let ran = apply(&server, &["--background"]).ends(0);
    assert_eq!(ran.stdout, format!("{TEMPLATE_ID}\n"));
    assert!(!server.story().contains("builds/"), "{}", server.story());

    let server = Server::start(Script { endless: true, ..script() });
    let ran = apply(&server, &["--timeout", "2s"]).ends(3);
    assert!(ran.stderr.contains(BUILD_ID), "{}", ran.text());
}

#[test]
fn options_without_a_use_are_named() {
    let server = Server::start(script());
    let ran = apply(&server, &["--tag", "v1", "--no-cache"]).ends(0);
    assert!(ran.stderr.contains("`--tag` has no effect: `declaw` has no tags"), "{}", ran.text());
    assert!(ran.stderr.contains("`--no-cache` has no effect"), "{}", ran.text());
    let ran = workspace(&server).run(&["apply", "--platform", "local", "--replace"]).ends(2);
    assert!(ran.stderr.contains("`local` does not support `--replace`"), "{}", ran.text());
}

#[test]
fn copies_that_are_too_large_together_are_refused_with_their_sizes() {
    let workspace = Workspace::empty();
    workspace.write("small", [0; 10]);
    workspace.write("half", [0; 16 * 1024]);
    workspace.write("rest", [0; 16 * 1024 - 10]);
    let manifest = |more: &str| {
        let steps =
            format!("[[steps]]\ncopy = [\"half\", \"small\", \"rest\"{more}]\nto = \"/x/\"");
        workspace.write(
            "sandbox.toml",
            format!("platform = \"declaw\"\nname = \"x\"\nfrom = {{ base = true }}\n{steps}\n"),
        );
        workspace.run(&["check"])
    };
    manifest("").ends(0);
    let ran = manifest(", \"small\"").ends(1);
    snapshot("ui/unsupported-on-platform", "declaw-sizes", &ran.text());
}

#[test]
fn a_name_that_no_line_can_carry_is_refused() {
    let workspace = Workspace::empty();
    workspace.write("tree/line\nbreak", "x");
    workspace.write(
        "sandbox.toml",
        "platform = \"declaw\"\nname = \"x\"\nfrom = { base = true }\n[[steps]]\ncopy = \"tree\"\nto = \"/x\"\n",
    );
    let ran = workspace.run(&["check", "--format", "short"]).ends(1);
    assert!(ran.stdout.contains(r"`tree/line\nbreak`"), "{}", ran.text());
    workspace.run(&["check", "--platform", "e2b"]).ends(0);
}
