//! What other platforms answer, and what may go wrong with that.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::scripted::{Answer, Call, Scripted, call, ok, refused};
use crate::support::declaw::{self, OLD_ID};
use crate::support::{Ran, Workspace, snapshot};

pub fn template(number: usize) -> Value {
    json!({
        "templateID": format!("template-{number}"), "buildID": "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11",
        "names": [format!("team/t{number}")], "aliases": [format!("t{number}")], "public": false,
        "createdAt": "2026-11-21T00:00:00Z", "updatedAt": "2026-11-21T01:00:00+01:00",
        "cpuCount": 2, "memoryMB": 512, "buildCount": 1, "buildStatus": "paused", "isDefault": false,
    })
}

fn page(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers.map(template).collect()
}

/// The same without how long was waited, which chance decides.
fn without_waits(story: &str) -> String {
    let lines = story.lines().map(|line| match line.split_once(" again in ") {
        Some((retry, _)) => format!("{retry} again"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub fn run(platform: &str, server: &Scripted, arguments: &[&str]) -> Ran {
    let mut workspace = Workspace::empty();
    let upper = platform.to_uppercase();
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.set(&format!("{upper}_API_URL"), &server.url);
    workspace.set(&format!("{upper}_API_KEY"), "key-of-the-test");
    workspace.run(&[arguments, &["--platform", platform]].concat())
}

fn ids(ran: &Ran) -> Vec<String> {
    let listed: Vec<Value> = serde_json::from_str(&ran.stdout).expect("a list");
    listed.iter().map(|it| it["templateId"].as_str().expect("an ID").to_owned()).collect()
}

fn expected(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("template-{number}")).collect()
}

#[test]
fn e2b_lists_by_token() {
    let calls = || {
        vec![
            call(
                "GET /v2/templates?limit=100",
                &[Answer(200, Some("a/b c"), json!(page(0..100)).to_string())],
            ),
            // A template that was registered meanwhile has moved the others.
            call("GET /v2/templates?limit=100&nextToken=a%2Fb+c", &[ok(json!(page(99..130)))]),
            call(
                "GET /v2/templates?limit=7",
                &[Answer(200, Some("more"), json!(page(0..7)).to_string())],
            ),
        ]
    };
    let server = Scripted::start(calls());
    assert_eq!(ids(&run("e2b", &server, &["list", "--format", "json"]).ends(0)), expected(0..130));
    assert_eq!(server.story().len(), 2);
    let server = Scripted::start(calls());
    let few = run("e2b", &server, &["list", "--format", "json", "--limit", "7"]).ends(0);
    assert_eq!(ids(&few), expected(0..7));
    assert_eq!(server.story().len(), 1, "nobody asks for more than was asked for");
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let page = |token| Answer(200, Some(token), json!(page(0..1)).to_string());
    let server = Scripted::start(vec![
        call("GET /v2/templates?limit=100", &[page("x")]),
        call("GET /v2/templates?limit=100&nextToken=x", &[page("y")]),
        call("GET /v2/templates?limit=100&nextToken=y", &[page("x")]),
    ]);
    run("e2b", &server, &["list"]).ends(3);
    assert_eq!(server.story().len(), 2, "a page brought nothing new");
    let line =
        |number| format!("GET /v2/templates?template_type=template_build&page={number}&limit=100");
    let same = ok(json!({
        "templates": self::page(0..1), "total": 9, "page": 1, "limit": 1, "totalPages": u64::MAX,
    }));
    let server =
        Scripted::start((1..5).map(|at| call(&line(at), std::slice::from_ref(&same))).collect());
    run("novita", &server, &["list"]).ends(3);
    assert_eq!(server.story().len(), 2);
}

#[test]
fn a_list_that_goes_round_in_circles_ends() {
    let first = Answer(200, Some("x"), json!(page(0..1)).to_string());
    let server = Scripted::start(vec![
        call("GET /v2/templates?limit=100", std::slice::from_ref(&first)),
        call("GET /v2/templates?limit=100&nextToken=x", &[first]),
    ]);
    let ran = run("e2b", &server, &["list"]).ends(3);
    assert!(ran.stderr.contains("the pages of the list do not end"), "{}", ran.text());
}

#[test]
fn novita_lists_by_number() {
    let line =
        |number| format!("GET /v2/templates?template_type=template_build&page={number}&limit=100");
    let body = |numbers, number| {
        ok(json!({
            "templates": page(numbers), "total": 250, "page": number, "limit": 100, "totalPages": 3,
        }))
    };
    let server = Scripted::start(vec![
        call(&line(1), &[body(0..100, 1)]),
        call(&line(2), &[body(100..200, 2)]),
        call(&line(3), &[body(200..250, 3)]),
    ]);
    assert_eq!(
        ids(&run("novita", &server, &["list", "--format", "json"]).ends(0)),
        expected(0..250)
    );
    let server_story = server.story();
    assert_eq!(server_story.len(), 3, "{server_story:?}");
    let some = run("novita", &server, &["list", "--format", "json", "--limit", "120"]).ends(0);
    assert_eq!(ids(&some), expected(0..120));
}

fn alias(answers: &[Answer]) -> Call {
    call("GET /templates/aliases/t1", answers)
}

pub const MINE: &str = r#"{ "templateID": "template-1", "public": true }"#;

#[test]
fn whether_a_template_exists_is_yes_no_or_unknown() {
    let known = [("t1", vec![alias(&[ok(MINE)])])];
    let foreign = [("t1", vec![alias(&[refused(403, "not yours")])])];
    let list = || call("GET /v2/templates?limit=1", &[ok("[]")]);
    let missing = [
        ("t1", vec![alias(&[refused(404, "no such alias")]), list()]),
        ("team/t1", vec![list()]),
        ("team/t1:v1", vec![list()]),
    ];
    // Whatever answers 404 to everything is no API, so it knows nothing.
    let unknown = [
        ("t1", vec![]),
        ("t1", vec![alias(&[refused(401, "who are you")])]),
        ("t1", vec![alias(&[refused(500, "as the test asked for")])]),
        ("t1", vec![alias(&[ok("<html>")])]),
    ];
    let mut story = String::new();
    let cases = known.into_iter().chain(foreign).map(|it| (it, 0));
    let cases = cases.chain(missing.into_iter().map(|it| (it, 1)));
    let cases = cases.chain(unknown.into_iter().map(|it| (it, 3)));
    for ((template, calls), exit) in cases {
        let server = Scripted::start(calls);
        let ran = run("e2b", &server, &["exists", template]).ends(exit);
        let _ = write!(
            story,
            "$ sbx exists {template}\n{}{}\n\n",
            ran.text(),
            server.story().join("\n")
        );
    }
    snapshot("snapshots/templates", "exists", &without_waits(&story));
}

#[test]
fn an_id_is_tried_where_there_is_no_such_name() {
    let details = json!({
        "templateID": "template-1", "aliases": [], "public": false, "spawnCount": 0, "builds": [],
        "createdAt": "2026-11-21T00:00:00Z", "updatedAt": "2026-11-21T00:00:00Z",
        "lastSpawnedAt": null,
    });
    let server = Scripted::start(vec![
        call("GET /templates/aliases/template-1", &[refused(404, "no such alias")]),
        call("GET /templates/template-1?limit=1", &[ok(&details)]),
        call("GET /templates/template-1?limit=20", &[ok(&details)]),
        call("GET /templates/template-1/tags", &[refused(404, "no tags here")]),
    ]);
    let ran = run("novita", &server, &["show", "Template-1", "--format", "json"]).ends(0);
    let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown["templateId"], "template-1");
    assert_eq!(shown["tags"], Value::Null, "a platform without the call has none to tell");
}

#[test]
fn reading_is_repeated_and_changes_are_not() {
    let busy = refused(503, "busy");
    let build = "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11";
    let tag = json!({ "tag": "x", "buildID": build, "createdAt": "2026-11-21T00:00:00Z" });
    let reading = || {
        vec![
            alias(&[busy.clone(), ok(MINE)]),
            call("GET /templates/template-1?limit=1", &[ok(with_builds())]),
            call("GET /templates/template-1/tags", &[ok(json!([tag]))]),
        ]
    };
    for (arguments, line) in [
        (&["delete", "t1", "--yes"][..], "DELETE /templates/template-1"),
        (&["tag", "add", "t1", "x"], "POST /templates/tags"),
        (&["tag", "remove", "t1", "x"], "DELETE /templates/tags"),
    ] {
        let server = Scripted::start(
            [reading(), vec![call(line, std::slice::from_ref(&busy))]].concat_all(),
        );
        let ran = run("e2b", &server, arguments).ends(3);
        let story = server.story();
        let sent = story.iter().filter(|request| request.starts_with(line)).count();
        assert_eq!(sent, 1, "{story:?}");
        assert!(ran.stderr.contains("503"), "{}", ran.text());
        if story.iter().any(|request| request.contains("/aliases/")) {
            assert!(
                ran.stderr.contains("trying GET /templates/aliases/t1 again"),
                "{}",
                ran.text()
            );
        }
    }
}

#[test]
fn a_visibility_is_set_again() {
    for (command, public) in [("publish", true), ("unpublish", false)] {
        let line = "PATCH /v2/templates/template-1";
        let server = Scripted::start(vec![
            alias(&[ok(MINE)]),
            call(line, &[refused(503, "busy"), ok(r#"{"names": []}"#)]),
        ]);
        run("e2b", &server, &[command, "t1"]).ends(0);
        let sent = format!("{line} {{\"public\":{public}}}");
        assert_eq!(server.story()[1..], [sent.clone(), sent]);
    }
}

fn with_builds() -> Value {
    let mut details = template(1);
    details["builds"] = json!([]);
    details
}

/// `concat` for what cannot be cloned.
trait ConcatAll<T> {
    fn concat_all(self) -> Vec<T>;
}

impl<T, const N: usize> ConcatAll<T> for [Vec<T>; N] {
    fn concat_all(self) -> Vec<T> {
        self.into_iter().flatten().collect()
    }
}

/// As E2B's server says it.
const IN_USE: &str =
    "cannot delete template 'template-1' because there are paused sandboxes using it";

#[test]
fn a_template_in_use_stays_and_the_next_one_goes() {
    let second = json!({ "templateID": "template-2", "public": false });
    let mut details = template(2);
    details["builds"] = json!([]);
    let server = Scripted::start(vec![
        alias(&[ok(MINE)]),
        call("GET /templates/aliases/t2", &[ok(second)]),
        call("GET /templates/template-1?limit=1", &[ok(with_builds())]),
        call("GET /templates/template-2?limit=1", &[ok(details)]),
        call("GET /templates/template-1/tags", &[ok("[]")]),
        call("GET /templates/template-2/tags", &[ok("[]")]),
        call("DELETE /templates/template-1", &[refused(400, IN_USE)]),
        call("DELETE /templates/template-2", &[Answer(204, None, String::new())]),
    ]);
    let ran = run("e2b", &server, &["delete", "t1", "t2", "--yes", "--format", "json"]).ends(3);
    snapshot("snapshots/templates", "in-use", &ran.text());
}

#[test]
fn tags_are_sent_as_the_protocol_has_them() {
    let build = "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11";
    let server = Scripted::start(vec![
        // The tags come in any order.
        call("POST /templates/tags", &[ok(json!({ "buildID": build, "tags": ["b", "a"] }))]),
        call("GET /templates/aliases/team%2Ft1", &[ok(MINE)]),
        call("GET /templates/template-1/tags", &[ok("[]")]),
        call("DELETE /templates/tags", &[Answer(204, None, String::new())]),
    ]);
    let added = run("novita", &server, &["tag", "add", "team/t1:v1", "a", "b"]).ends(0);
    assert_eq!(added.stderr, format!("build {build} is now team/t1:a, team/t1:b\n"));
    run("novita", &server, &["tag", "remove", "team/t1", "a", "b"]).ends(0);
    assert_eq!(
        server.story(),
        [
            r#"POST /templates/tags {"target":"team/t1:v1","tags":["a","b"]}"#,
            "GET /templates/aliases/team%2Ft1",
            "GET /templates/template-1/tags",
            r#"DELETE /templates/tags {"name":"team/t1","tags":["a","b"]}"#,
        ]
    );
}

#[test]
fn declaw_has_a_list_and_no_more() {
    let server = declaw::Server::start(declaw::Script {
        api_key: "key-of-the-test".to_owned(),
        taken: true,
        ..declaw::Script::default()
    });
    let mut workspace = Workspace::empty();
    workspace.set("SBX_PLATFORM", "declaw");
    workspace.set("DECLAW_DOMAIN", &server.domain());
    workspace.set("DECLAW_API_KEY", "key-of-the-test");
    let mut story = String::new();
    for (arguments, exit) in [
        (&["list"][..], 0),
        (&["list", "--limit", "1", "--format", "json"], 0),
        (&["show", "team/over-the-wire"], 0),
        (&["show", OLD_ID, "--format", "json"], 0),
        (&["exists", "over-the-wire"], 0),
        (&["exists", "nothing", "--format", "json"], 1),
        (&["delete", "over-the-wire", "--yes"], 0),
        (&["delete", "over-the-wire", "--yes"], 3),
        (&["exists", "over-the-wire"], 1),
    ] {
        let ran = workspace.run(arguments).ends(exit);
        let _ = write!(story, "$ sbx {}\n{}\n", arguments.join(" "), ran.text());
    }
    assert!(!server.story().contains("FAULT"), "{}", server.story());
    snapshot("snapshots/templates", "declaw", &(story + &server.story()));
}
