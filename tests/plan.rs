//! `sbx plan`: what `sbx apply` would do, as people and programs read it.

mod fake;
mod local;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::support::faulty::Call;
use crate::support::registry::{Door, Registry, config};
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
fn the_tests_that_would_run_are_listed() {
    const TESTS: &str = "\n[[tests]]\nname = \"a|`b`@team<script>\"\nrun = \"python -V\"\n\n\
                         [[tests]]\nport = 8000\n";
    let mut fake = Fake::start("e2b");
    let text = MANIFEST.to_owned() + TESTS;
    fake.workspace.write("sandbox.toml", &text);
    let about_tests = |fake: &Fake, arguments: &[&str]| {
        let plan = fake.plan(arguments).ends(0).stdout;
        let from = plan.lines().skip_while(|line| !line.to_lowercase().contains("tests:"));
        from.take_while(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
    };
    let mut story = about_tests(&fake, &[]);
    story.push_str(&about_tests(&fake, &["--format", "markdown"]));
    fake.workspace.write("sandbox.toml", MANIFEST);
    fake.apply();
    // Nothing is tested where all tags are there already.
    fake.workspace.write("sandbox.toml", &text);
    assert_eq!(about_tests(&fake, &[]), "");
    assert!(fake.plan(&["--format", "json"]).stdout.contains(r#""tests":[]"#));
    story.push_str(&about_tests(&fake, &["--tag", "v2"]));
    let plan = fake.plan(&["--tag", "v2", "--format", "json"]).ends(0).stdout;
    assert!(plan.contains(r#""tests":["a|`b`@team<script>","port 8000"]"#), "{plan}");
    snapshot("snapshots/plan", "tests", &story);
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

#[test]
fn a_comment_on_a_pull_request_has_the_same_plan() {
    let mut fake = Fake::start("e2b");
    fake.apply();
    let mut story = fake.plan(&["--format", "markdown"]).ends(0).stdout;
    fake.workspace.write("src/a|`b`@team<script>.py", "");
    let text = MANIFEST.replace("1GiB", "2GiB").replace("main.py\"", "main.py | tee `x`\"");
    fake.workspace.write("sandbox.toml", text);
    story.push_str(&fake.plan(&["--format", "markdown"]).ends(0).stdout);
    snapshot("snapshots/plan", "markdown", &story);
}

#[test]
fn a_plan_for_programs_is_one_object() {
    let mut fake = Fake::start("e2b");
    fake.apply();
    let mut story = String::new();
    let mut tell = |fake: &Fake| {
        let ran = fake.plan(&["--format", "json"]).ends(0);
        let plan: serde_json::Value = serde_json::from_str(&ran.stdout).expect("an object");
        let _ = writeln!(story, "{}", serde_json::to_string_pretty(&plan).expect("it is written"));
    };
    tell(&fake);
    fake.workspace.write("src/main.py", "print(2)\n");
    let text = MANIFEST
        .replace("1GiB", "2GiB")
        .replace("production", "staging")
        .replace("[\"git\"]", "[\"git\", \"curl\"]")
        .replace("8000\"", "8080\"")
        .replace("[[steps]]\nrun = \"python /app/main.py\"\n", "");
    fake.workspace.write("sandbox.toml", text);
    tell(&fake);
    snapshot("snapshots/plan", "json", &story);
}

#[test]
fn an_image_that_has_moved_is_looked_up() {
    let registry = Registry::start(Door::Open);
    registry.push("team/base", "1", &config());
    let mut fake = Fake::start("e2b");
    fake.workspace.set("SBX_NO_IMAGE_CHECK", "0");
    let text = MANIFEST.replace("python:3.12", &registry.image("team/base:1"));
    fake.workspace.write("sandbox.toml", text);
    fake.apply();
    let notes = |arguments: &[&str]| {
        let ran = fake.plan(arguments).ends(0);
        let notes = ran.stdout.lines().filter(|line| line.starts_with("  note: "));
        notes.map(|note| note.replace(&registry.image(""), "REGISTRY/")).collect::<Vec<_>>()
    };
    assert_eq!(notes(&["--online"]), [] as [&str; 0]);
    let mut other = config();
    other["config"]["Env"] = serde_json::json!(["A=1"]);
    registry.push("team/base", "1", &other);
    let [offline] = notes(&[]).try_into().expect("a note");
    assert!(offline.ends_with("is not known: `--online` asks its registry"), "{offline}");
    let [online] = notes(&["--online"]).try_into().expect("a note");
    let beginning = "  note: the image `REGISTRY/team/base:1` has changed since: sha256:";
    assert!(online.starts_with(beginning), "{online}");
    assert!(online.ends_with("; `sbx apply --no-cache` builds on the new one"), "{online}");
}
