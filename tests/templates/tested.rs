//! `sbx test`: the tests of a manifest, in sandboxes of the builds that its tags point to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::fake::Fake;
use super::json as read;
use crate::support::faulty::Call;
use crate::support::faulty::model::Tags;
use crate::support::{Ran, snapshot};

const MANIFEST: &str = r#"name = "web"
from = "python:3.12"
tags = ["v1", "v2"]

[[tests]]
name = "the agent starts"
run = "say claude 2.1"
stdout = "2."

[[tests]]
run = "exit 3"
status = 3
"#;

/// Three tests that fail, each in its way, and one that does not.
const FAILING: &str = r#"name = "web"
from = "python:3.12"

[[tests]]
name = "the agent starts"
run = "say claude 1.9"
stdout = { matches = "^claude 2\\." }

[[tests]]
run = "exit 7"

[[tests]]
run = "slow"
timeout = "2s"
user = "root"

[[tests]]
name = "ünïcode <&\">, and more"
run = "refused"
workdir = "/missing"

[[tests]]
run = "true"
"#;

fn fake(platform: &'static str, tags: Tags) -> Fake {
    let fake = Fake::start(platform, tags, |model| {
        model.add("web", "ready", &["v1", "v2", "default"]);
        model.add("web", "ready", &["other"]);
    });
    fake.workspace.write("sandbox.toml", MANIFEST);
    fake
}

/// Without what differs from run to run.
fn constant(text: &str) -> String {
    let seconds = regex::Regex::new(r#"\(\d+\.\d s\)|time="\d+\.\d+"|"seconds":[\d.]+"#);
    seconds.expect("correct").replace_all(text, "TIME").into_owned()
}

impl Fake {
    /// Runs `sbx test`; no sandbox is left, and no tag has moved.
    fn test(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(&[&["test"], arguments].concat());
        let model = self.server.model.lock().expect("not poisoned");
        assert!(model.sandboxes.living.is_empty(), "{}", ran.text());
        for call in [Call::Register, Call::Assign, Call::Unassign, Call::Publish] {
            assert_eq!(model.calls.get(&call), None, "nothing is changed");
        }
        ran
    }

    fn sandboxes(&self) -> Vec<String> {
        self.server.model.lock().expect("not poisoned").sandboxes.created.clone()
    }
}

#[test]
fn each_build_of_the_declared_tags_is_tested_once() {
    for (platform, tags) in [("e2b", Tags::Whole), ("novita", Tags::Older(404))] {
        let fake = fake(platform, tags);
        let ran = fake.test(&[]).ends(0);
        assert!(ran.stdout.ends_with("web:v1: 2 tests passed\n"), "{}", ran.text());
        assert_eq!(fake.sandboxes(), ["web:v1"]);
        fake.server.model.lock().expect("not poisoned").add("web", "ready", &["v2"]);
        fake.test(&[]).ends(0);
        assert_eq!(fake.sandboxes(), ["web:v1", "web:v1", "web:v2"]);
        let commands = fake.server.model.lock().expect("not poisoned").sandboxes.ran.len();
        assert_eq!(commands, 6);
    }
}

#[test]
fn another_build_is_tested_by_its_tag_or_its_id() {
    let fake = fake("e2b", Tags::Whole);
    let id = fake.resolved("other").expect("it is ready");
    fake.test(&["--build", "other"]).ends(0);
    fake.test(&["--build", &id]).ends(0);
    assert_eq!(fake.sandboxes(), ["web:other".to_owned(), format!("web:{id}")]);
    let missing = fake.test(&["--build", "missing"]).ends(3);
    assert!(missing.stderr.contains("there is no build `web:missing` on `e2b`"));
    fake.test(&["--build", "No Tag"]).ends(2);
}

#[test]
fn what_fails_is_shown_in_each_format() {
    let fake = fake("e2b", Tags::Whole);
    fake.workspace.write("sandbox.toml", FAILING);
    let mut shown = String::new();
    for format in ["human", "github", "junit"] {
        let ran = fake.test(&["--format", format]).ends(1);
        let _ = writeln!(shown, "--format {format}\n{}", constant(&ran.text()));
    }
    let report = read(&fake.test(&["--format", "json"]).ends(1));
    assert_eq!(report["summary"], json!({ "passed": 1, "failed": 4 }));
    let tests = report["builds"][0]["tests"].as_array().expect("tests");
    assert_eq!(tests[0]["diagnostic"]["range"]["start"]["line"], 6);
    let pretty = serde_json::to_string_pretty(&tests[1]).expect("JSON");
    let pretty = regex::Regex::new(r#""seconds": [\d.]+"#)
        .expect("correct")
        .replace(&pretty, r#""seconds": TIME"#)
        .into_owned();
    let _ = writeln!(shown, "--format json, one test\n{pretty}");
    snapshot("ui/test-failed", "formats", &shown);
}

#[test]
fn no_format_can_be_broken_by_names_and_output() {
    const HOSTILE: &str = r"\u001b[31m\u0007\u0085\u202e\uFFFE\uFFFF]]>\n::error::x%0A<b>";
    let fake = fake("e2b", Tags::Whole);
    let test =
        format!("[[tests]]\nname = \"{HOSTILE}\"\nrun = \"say {HOSTILE}\"\nstdout = \"no\"\n");
    let manifest = format!("name = \"web\"\nfrom = \"python:3.12\"\n\n{test}");
    fake.workspace.write("sandbox.toml", manifest);
    let human = fake.test(&[]).ends(1).everything();
    let is_control = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!human.contains(is_control), "{human:?}");
    let github = fake.test(&["--format", "github"]).ends(1).stdout;
    assert_eq!(github.lines().count(), 1, "{github:?}");
    assert!(github.starts_with("::error file=") && github.contains("%250A"), "{github:?}");
    let junit = fake.test(&["--format", "junit"]).ends(1).stdout;
    // Production 2 of the specification of XML 1.0.
    let is_illegal = |c: char| c < ' ' && !"\t\n\r".contains(c) || "\u{fffe}\u{ffff}".contains(c);
    assert!(!junit.contains(is_illegal), "{junit:?}");
    assert!(!junit.contains("]]>") && !junit.contains("<b>"), "{junit:?}");
    let json: Value = read(&fake.test(&["--format", "json"]).ends(1));
    assert_eq!(json["summary"], json!({ "passed": 0, "failed": 1 }));
}

#[test]
fn a_passing_report_is_valid_in_each_format() {
    let fake = fake("e2b", Tags::Whole);
    let report = read(&fake.test(&["--format", "json"]).ends(0));
    let build = &report["builds"][0];
    assert_eq!(
        (
            &build["file"],
            &build["template"],
            &build["platform"],
            &build["reference"],
            &build["tags"]
        ),
        (
            &json!("sandbox.toml"),
            &json!("web"),
            &json!("e2b"),
            &json!("web:v1"),
            &json!(["v1", "v2"])
        )
    );
    assert_eq!(build["buildId"].as_str(), fake.resolved("v1").as_deref());
    assert_eq!(build["tests"][1]["name"], "exit 3");
    assert_eq!(build["tests"][1].get("expected"), None::<&Value>);
    assert_eq!(report["summary"], json!({ "passed": 2, "failed": 0 }));
    assert_eq!(fake.test(&["--format", "github"]).ends(0).stdout, "");
    let junit = fake.test(&["--format", "junit"]).ends(0).stdout;
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"0\""), "{junit}");
}

#[test]
fn what_cannot_be_tested_is_an_error() {
    let fake = fake("e2b", Tags::Whole);
    fake.workspace.write("none.toml", "name = \"web\"\nfrom = \"x\"\n");
    let none = fake.test(&["none.toml"]).ends(0);
    assert!(none.stderr.contains("`none.toml` has no tests"), "{}", none.text());
    fake.workspace.write("wrong.toml", "name = \"web\"\nfrom = \"x\"\n[[tests]]\nrun = 1\n");
    fake.test(&["wrong.toml"]).ends(1);
    fake.workspace.write("other.toml", MANIFEST.replace("\"web\"", "\"other\""));
    let other = fake.test(&["other.toml"]).ends(3);
    assert!(other.stderr.contains("template 'other' not found"), "{}", other.text());
    // Several manifests: each is tried, and the highest exit code counts.
    let all = fake.test(&["other.toml", "sandbox.toml", "wrong.toml"]).ends(3);
    assert!(all.stdout.contains("web:v1: 2 tests passed"), "{}", all.text());
    assert_eq!(fake.sandboxes(), ["web:v1"]);
}

#[test]
fn a_secret_goes_to_the_sandbox_with_consent_alone() {
    let mut fake = fake("e2b", Tags::Whole);
    fake.workspace.write(
        "sandbox.toml",
        "name = \"web\"\nfrom = \"x\"\n\n[[tests]]\nrun = \"env TOKEN\"\nstdout = \"wanted\"\n\
         env = { TOKEN = { env = \"TOKEN_OF_TEST\" } }\n",
    );
    fake.workspace.set("TOKEN_OF_TEST", "unheard-of-value");
    let refused = fake.test(&[]).ends(1);
    assert!(refused.stderr.contains("secret-needs-consent"), "{}", refused.text());
    assert!(
        refused.stderr.contains("--allow-secret TOKEN_OF_TEST@127.0.0.1"),
        "{}",
        refused.text()
    );
    assert_eq!(fake.sandboxes(), [""; 0]);
    let sent = fake.test(&["--allow-secret", "TOKEN_OF_TEST"]).ends(1);
    assert!(sent.stdout.contains("in its standard output, got `[secret]`"), "{}", sent.text());
    assert!(!sent.everything().contains("unheard-of-value"), "{}", sent.text());
    fake.workspace.set("TOKEN_OF_TEST", "the value that is wanted");
    fake.test(&["--allow-secret", "TOKEN_OF_TEST"]).ends(0);
    let manifest = "name = \"web\"\nfrom = \"x\"\n[[tests]]\nrun = \"x\"\nenv = { A = { env = \"UNSET_A\" } }\n";
    fake.workspace.write("unset.toml", manifest);
    let unset = fake.test(&["unset.toml", "--allow-secret", "UNSET_A"]).ends(1);
    assert!(unset.stderr.contains("unset-secret"), "{}", unset.text());
}
