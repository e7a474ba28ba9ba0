//! Refusals in the words of E2B's server, and what `sbx apply` advises.

use std::fmt::Write as _;

use serde_json::json;

use super::scripted::{Answer, Call, Scripted, call, refused};
use crate::support::{Ran, Workspace, snapshot};

const BUILD: &str = "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11";

fn apply(calls: Vec<Call>, options: &[&str]) -> (Ran, Vec<String>) {
    let server = Scripted::start(calls);
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"web\"\nfrom = \"python:3.12\"\n");
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.set("E2B_API_URL", &server.url);
    workspace.set("E2B_API_KEY", "key-of-the-test");
    let ran = workspace.run(&[&["apply", "--platform", "e2b", "--quiet"], options].concat());
    (ran, server.story())
}

fn register(answer: Answer) -> Call {
    call("POST /v3/templates", &[answer])
}

/// The calls of a build that is registered, and the answer to its start.
fn started(answer: Answer) -> Vec<Call> {
    let registered = json!({
        "templateID": "template-1", "buildID": BUILD, "public": false, "names": ["team/web"],
        "tags": ["default"], "aliases": ["web"],
    });
    vec![
        register(Answer(202, None, registered.to_string())),
        call(&format!("POST /v2/templates/template-1/builds/{BUILD}"), &[answer]),
    ]
}

/// The status of the build, which `reason` made fail.
fn status(reason: &serde_json::Value) -> Call {
    let status = json!({
        "templateID": "template-1", "buildID": BUILD, "status": "error", "logs": [],
        "logEntries": [], "reason": reason,
    });
    let line = format!("GET /templates/template-1/builds/{BUILD}/status?logsOffset=0");
    call(&line, &[Answer(200, None, status.to_string())])
}

#[test]
fn each_refusal_of_a_build_says_what_can_be_done() {
    let full = "you have reached the maximum number of concurrent template builds (20). Please \
                wait for existing builds to complete or contact support if you need more \
                concurrent builds.";
    let mut story = String::new();
    for (status, message) in [
        (403, "Alias 'web' already used"),
        (403, "Team is blocked"),
        (404, "Template 'template-1' has been deleted and cannot be rebuilt"),
        (404, "no such call"),
        (409, "Alias 'web' is already used"),
        (409, "busy"),
        (400, "namespace 'you' must match your team 'team'"),
    ] {
        let (ran, requests) = apply(vec![register(refused(status, message))], &[]);
        // The look-up of the tags, and one registration.
        assert_eq!(requests.len(), 2, "{requests:?}");
        let _ = writeln!(story, "{}", ran.ends(3).stderr);
    }
    // The queue ends with the time that there is.
    let (ran, _) = apply(vec![register(refused(429, full))], &["--timeout", "1s"]);
    let _ = writeln!(story, "{}", ran.ends(3).stderr.replace(", tried 2 times", ""));
    let missing = "Error when getting template: no rows in result set";
    let (ran, _) = apply(started(refused(404, missing)), &[]);
    let _ = writeln!(story, "{}", ran.ends(3).stderr);
    snapshot("snapshots/templates", "refusals", &story);
}

#[test]
fn the_status_decides_whether_a_refused_start_has_failed_the_build() {
    let failed = "Error when starting template build: rpc error";
    let internal = json!({
        "message": "An internal error occurred. Please try again or contact support with the \
                    build ID.",
    });
    let calls = [started(refused(500, failed)), vec![status(&internal)]];
    let (ran, requests) = apply(calls.into_iter().flatten().collect(), &[]);
    let ran = ran.ends(1);
    assert!(ran.stderr.contains("the platform itself failed"), "{}", ran.text());
    let starts = requests.iter().filter(|line| line.starts_with("POST /v2/")).count();
    assert_eq!(starts, 1, "{requests:?}");
}
