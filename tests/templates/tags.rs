//! Tags as they resolve: to the newest build that is ready.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::platforms::{MINE, run, template};
use super::scripted::{Answer, Call, Scripted, call, ok, refused};
use super::{applied, json as read};
use crate::support::snapshot;
use crate::support::terminal::at_a_terminal;

const BUILD: &str = "5a6f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a11";
const OTHER: &str = "6b7f0d1e-3b0c-4f7e-9d52-0c9d6c2f7a22";

/// The tags of the template `t1`, each on a build.
fn tags(tags: &[(&str, &str)]) -> Call {
    let tag = |(tag, build): &(&str, &str)| json!({ "tag": tag, "buildID": build, "createdAt": "2026-11-21T00:00:00Z" });
    let tags: Vec<_> = tags.iter().map(tag).collect();
    call("GET /templates/template-1/tags", &[ok(json!(tags))])
}

/// A look at a build of a template.
fn look(template: &str, build: &str, status: &str) -> Call {
    let line = format!("GET /templates/{template}/builds/{build}/status?limit=1");
    let status = json!({
        "templateID": template, "buildID": build, "status": status, "logEntries": [], "logs": [],
    });
    call(&line, &[ok(status)])
}

fn alias(name: &str, answer: &Answer) -> Call {
    call(&format!("GET /templates/aliases/{name}"), std::slice::from_ref(answer))
}

#[test]
fn a_tag_exists_if_a_build_of_it_is_ready() {
    let unknown = || refused(404, "tag 'v1' does not exist for template 't1'");
    let older = |more: Vec<Call>| {
        let bare = vec![alias("t1:v1", &refused(404, "no such alias")), alias("t1", &ok(MINE))];
        bare.into_iter().chain(more).collect::<Vec<_>>()
    };
    let by_id = |answer: Call| {
        let name = format!("t1:{BUILD}");
        vec![alias(&name, &unknown()), alias("t1", &ok(MINE)), answer]
    };
    let gone = call(
        &format!("GET /templates/template-1/builds/{BUILD}/status?limit=1"),
        &[refused(400, "Build not found")],
    );
    let on_build = format!("t1:{BUILD}");
    let cases = [
        ("a platform that looks up tags", "t1:v1", vec![alias("t1:v1", &ok(MINE))], 0),
        (
            "one that looks up bare names only",
            "t1:v1",
            older(vec![tags(&[("v1", BUILD)]), look("template-1", BUILD, "ready")]),
            0,
        ),
        (
            "one that refuses a name with a tag",
            "t1:v1",
            vec![
                alias("t1:v1", &refused(400, "invalid alias")),
                alias("t1", &ok(MINE)),
                tags(&[("v1", BUILD)]),
                look("template-1", BUILD, "ready"),
            ],
            0,
        ),
        (
            "the newest build is not ready",
            "t1:v1",
            older(vec![tags(&[("v1", BUILD)]), look("template-1", BUILD, "building")]),
            1,
        ),
        (
            "a status that is no word",
            "t1:v1",
            older(vec![tags(&[("v1", BUILD)]), look("template-1", BUILD, "a\n\u{1b}[31mb")]),
            1,
        ),
        ("no such tag", "t1:v1", older(vec![tags(&[("v2", BUILD)])]), 1),
        (
            "a platform without a list of tags",
            "t1:v1",
            older(vec![call("GET /templates/template-1/tags", &[refused(404, "no such call")])]),
            3,
        ),
        ("a build", &on_build, by_id(look("template-1", BUILD, "ready")), 0),
        ("a failed build", &on_build, by_id(look("template-1", BUILD, "error")), 1),
        ("no such build", &on_build, by_id(gone), 1),
        (
            "another team's namespace",
            "you/t1:v1",
            vec![
                alias("you%2Ft1:v1", &refused(400, "namespace 'you' must match your team 'team'")),
                alias("you%2Ft1", &refused(400, "namespace 'you' must match your team 'team'")),
            ],
            3,
        ),
    ];
    let mut story = String::new();
    for (title, template, calls, exit) in cases {
        let server = Scripted::start(calls);
        let ran = run("novita", &server, &["exists", template]).ends(exit);
        let requests = server.story().join("\n");
        let _ = write!(story, "{title}\n$ sbx exists {template}\n{}{requests}\n\n", ran.text());
    }
    snapshot("snapshots/templates", "tags-exist", &story);
}

#[test]
fn a_list_says_what_a_bare_name_resolves_to() {
    let listed = |number: usize, build: Option<&str>, status: &str| {
        let mut listed = template(number);
        listed["buildID"] = json!(build.unwrap_or("00000000-0000-0000-0000-000000000000"));
        listed["buildStatus"] = json!(status);
        listed
    };
    // An older server reports no status.
    let mut unreported = template(6);
    unreported.as_object_mut().expect("a template").remove("buildStatus");
    let list = json!([
        listed(1, None, "waiting"),
        listed(2, Some(BUILD), "error"),
        listed(3, Some(OTHER), "building"),
        listed(4, None, "building"),
        listed(5, Some(BUILD), "ready"),
        unreported,
    ]);
    let calls = || {
        vec![
            call("GET /v2/templates?limit=100", &[ok(&list)]),
            tags(&[("v1", BUILD)]),
            look("template-2", BUILD, "ready"),
            look("template-3", OTHER, "building"),
        ]
    };
    let refusing = vec![call("GET /v2/templates?limit=100", &[ok(&list)])];
    let as_listed =
        read(&run("e2b", &Scripted::start(refusing), &["list", "--format", "json"]).ends(0));
    assert_eq!(as_listed[1]["status"], "error", "a look that is refused fails nothing");
    let server = Scripted::start(calls());
    let shown = read(&run("e2b", &server, &["list", "--format", "json"]).ends(0));
    let statuses = |key: &str| -> Vec<Value> {
        shown.as_array().expect("a list").iter().map(|it| it[key].clone()).collect()
    };
    let newest = [
        Value::Null,
        json!("error"),
        json!("building"),
        json!("building"),
        json!("ready"),
        Value::Null,
    ];
    assert_eq!(statuses("lastStatus"), newest);
    let status = [
        Value::Null,
        json!("ready"),
        json!("building"),
        json!("building"),
        json!("ready"),
        Value::Null,
    ];
    assert_eq!(statuses("status"), status);
    let server = Scripted::start(calls());
    let human = run("e2b", &server, &["list"]).ends(0).stdout;
    assert!(human.contains("ready (last: error)"), "{human}");
    assert_eq!(human.matches("tags only").count(), 1, "{human}");
    assert_eq!(server.story().len(), 4, "only what is in doubt is looked at");
}

#[test]
fn a_tag_is_shown_with_the_status_of_its_newest_build() {
    let mut details = template(1);
    details["builds"] = json!([{
        "buildID": BUILD, "status": "error", "createdAt": "2026-11-21T00:00:00Z",
        "updatedAt": "2026-11-21T00:00:00Z", "cpuCount": 2, "memoryMB": 512,
    }]);
    details["buildID"] = json!("");
    let calls = || {
        vec![
            alias("t1", &ok(MINE)),
            call("GET /templates/template-1?limit=20", &[ok(&details)]),
            call("GET /templates/template-1?limit=100", &[ok(&details)]),
            tags(&[("v1", OTHER), ("default", BUILD)]),
            look("template-1", OTHER, "ready"),
            alias("template-1:default", &ok(MINE)),
        ]
    };
    let server = Scripted::start(calls());
    let shown = read(&run("e2b", &server, &["show", "t1", "--format", "json"]).ends(0));
    assert_eq!(shown["status"], "ready", "an older build with the tag is");
    assert_eq!(shown["lastStatus"], "error");
    assert_eq!(shown["tags"][0]["status"], "error");
    assert_eq!(shown["tags"][1]["status"], "ready");
    let listed = run("e2b", &Scripted::start(calls()), &["tag", "list", "t1"]).ends(0);
    assert!(listed.stderr.contains("`sbx exists t1:default` tests"), "{}", listed.text());
}

#[test]
fn a_lost_answer_to_new_tags_is_read_and_nothing_is_taken_back() {
    let lost = refused(500, "as the test asked for");
    for (now, exit, attempts) in [
        (&[("default", BUILD), ("a", BUILD), ("b", BUILD)][..], 0, 1),
        // It was not processed, and no other client wants these tags.
        (&[("default", BUILD), ("a", BUILD)][..], 3, 3),
        (&[("default", BUILD), ("a", OTHER), ("b", OTHER)][..], 3, 1),
        (&[("default", BUILD), ("b", OTHER)][..], 3, 1),
        (&[("a", BUILD)][..], 3, 1),
    ] {
        let server = Scripted::start(vec![
            call("POST /templates/tags", std::slice::from_ref(&lost)),
            alias("t1", &ok(MINE)),
            tags(now),
        ]);
        let ran = run("e2b", &server, &["tag", "add", "t1", "b", "a"]).ends(exit);
        let sent = server.story().iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!(sent, attempts, "{}", ran.text());
        if exit == 0 {
            assert_eq!(ran.stderr, format!("build {BUILD} is now t1:a, t1:b\n"));
        }
    }
}

#[test]
fn a_build_that_loses_its_last_tag_is_named() {
    let (workspace, _) = applied();
    let text = "name = \"web\"\nplatform = \"local\"\nfrom = \"python:3.12\"\ntags = [\"old\"]\n";
    workspace.write("old.toml", text);
    workspace.run(&["apply", "old.toml", "--quiet"]).ends(0);
    let kept = workspace.run(&["tag", "remove", "web", "v1", "--format", "json"]).ends(0);
    assert_eq!(read(&kept)["unreachable"], json!([]), "it still has the tag `default`");
    let (screen, exit) = at_a_terminal(&workspace, &["tag", "remove", "web", "old"], 100, "n\n");
    assert_eq!(exit, 1, "{screen}");
    assert!(screen.contains("no other tag"), "{screen}");
    assert!(screen.contains("remove web:old?"), "{screen}");
    assert!(screen.contains("nothing was removed"), "{screen}");
    workspace.run(&["exists", "web:old"]).ends(0);
    let lost = workspace.run(&["tag", "remove", "web", "old", "--format", "json"]).ends(0);
    assert_eq!(read(&lost)["unreachable"].as_array().expect("builds").len(), 1);
    assert!(lost.stderr.contains("out of reach for good"), "{}", lost.text());
    workspace.run(&["exists", "web:old"]).ends(1);
    let shown = read(&workspace.run(&["show", "--format", "json"]).ends(0));
    assert_eq!(shown["builds"].as_array().expect("builds").len(), 1);
}
