//! `sbx plan`: what `sbx apply` would do, as people and programs read it.

mod fake;
mod local;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::support::faulty::Call;
use crate::support::snapshot;
use fake::{Fake, MANIFEST};

/// A change of a manifest: what it is about, the text and what is put in its place.
const CHANGES: &[(&str, &[(&str, &str)])] = &[
    ("a step is inserted", &[("[[steps]]\ncopy", "[[steps]]\nrun = \"date\"\n\n[[steps]]\ncopy")]),
    ("a step is removed", &[("[[steps]]\nrun = \"python /app/main.py\"\n", "")]),
    ("a step is changed", &[("apt = [\"git\"]", "apt = [\"git\", \"curl\"]")]),
    ("memory", &[("memory = \"1GiB\"", "memory = \"2GiB\"")]),
    ("env", &[("production", "hunter2"), ("DEBUG = \"0\"", "TRACE = \"1\"")]),
    ("the image", &[("python:3.12", "python:3.13")]),
    ("the start command", &[("http.server 8000", "http.server 8080")]),
    (
        "five changes",
        &[
            ("memory = \"1GiB\"", "memory = \"2GiB\""),
            ("apt = [\"git\"]", "apt = [\"git\", \"curl\"]"),
            ("production", "staging"),
            ("http.server 8000", "http.server 8080"),
            ("[[steps]]\nrun", "[[steps]]\nrun = \"pip install flask\"\n\n[[steps]]\nrun"),
        ],
    ),
];

#[test]
fn each_change_is_named_in_the_manifest_s_words() {
    let mut fake = Fake::start("e2b");
    let mut story = String::new();
    let mut tell = |title: &str, fake: &Fake| {
        let human = fake.plan(&[]);
        let _ = write!(story, "# {title}\n\n{}\n", human.stdout);
        for value in ["hunter2", "production", "staging"] {
            assert!(!human.everything().contains(value), "{}", human.text());
        }
    };
    tell("nothing is deployed", &fake);
    fake.apply();
    tell("nothing has changed", &fake);
    fake.workspace.write("src/main.py", "print(2)\n");
    fake.workspace.write("src/new.py", "");
    std::fs::remove_file(fake.workspace.path().join("src/old.py")).expect("removed");
    tell("files", &fake);
    fake.write_files();
    for (title, changes) in CHANGES {
        let text = changes.iter().fold(MANIFEST.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{title}: {from}");
            text.replace(from, to)
        });
        fake.workspace.write("sandbox.toml", text);
        tell(title, &fake);
    }
    snapshot("snapshots/plan", "changes", &story);
}

#[test]
fn a_tag_that_is_new_is_moved_without_a_build() {
    let mut fake = Fake::start("e2b");
    fake.apply();
    let mut story = fake.plan(&["--tag", "v2"]).ends(0).stdout;
    fake.server.model.lock().expect("not poisoned").add("web", "ready", &["v1"]);
    story.push_str(&fake.plan(&["--tag", "v2", "--exit-code"]).ends(4).stdout);
    snapshot("snapshots/plan", "tags", &story);
}

#[test]
fn requests_only_read_and_two_are_enough_where_nothing_has_changed() {
    let mut fake = Fake::start("novita");
    fake.apply();
    fake.plan(&["--exit-code"]).ends(0);
    let expected = BTreeMap::from([(Call::Tags, 1), (Call::Alias, 1)]);
    assert_eq!(fake.calls(), expected);
    fake.workspace.write("src/main.py", "print(2)\n");
    let before = fake.files();
    fake.plan(&["--exit-code"]).ends(4);
    assert_eq!(fake.files(), before, "nothing is written");
    let reads = [Call::Tags, Call::Alias, Call::Status, Call::Link, Call::Details, Call::History];
    for call in fake.calls().keys() {
        assert!(reads.contains(call), "{call:?}");
    }
}

#[test]
fn a_build_that_was_made_elsewhere_is_named() {
    let mut fake = Fake::start("e2b");
    fake.apply();
    std::fs::remove_dir_all(fake.workspace.path().join("home")).expect("removed");
    fake.workspace.write("src/main.py", "print(2)\n");
    snapshot("snapshots/plan", "elsewhere", &fake.plan(&[]).ends(0).stdout);
}

#[test]
fn a_platform_that_does_not_answer_is_no_plan() {
    let mut fake = Fake::start("e2b");
    fake.workspace.set("E2B_API_URL", "http://127.0.0.1:9");
    let ran = fake.plan(&["--exit-code"]).ends(3);
    assert_eq!(ran.stdout, "");
    snapshot("snapshots/plan", "silent", &ran.stderr);
}

#[test]
fn a_manifest_that_is_wrong_is_no_plan() {
    let fake = Fake::start("e2b");
    fake.workspace.write("wrong.toml", "name = 1\n");
    fake.plan(&["wrong.toml", "--exit-code"]).ends(1);
    // The other one is planned.
    let ran = fake.plan(&["wrong.toml", "sandbox.toml", "--exit-code"]).ends(1);
    assert!(ran.stdout.contains("web on e2b: build"), "{}", ran.text());
}

#[test]
fn declaw_is_compared_with_the_record_of_this_machine() {
    let mut fake = Fake::start("declaw");
    let mut story = fake.plan(&[]).ends(0).stdout;
    fake.apply();
    story.push_str(&fake.plan(&["--exit-code"]).ends(0).stdout);
    let text = fake.manifest.replace("APP_ENV", "APP_MODE").replace("date", "date -u");
    fake.workspace.write("sandbox.toml", text);
    story.push_str(&fake.plan(&["--exit-code"]).ends(4).stdout);
    snapshot("snapshots/plan", "declaw", &story);
}
