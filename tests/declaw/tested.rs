//! `[[tests]]` on declaw, which has no tags: they run after the build, and the template stays.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::faulty::model::{Model, Script};
use crate::support::faulty::{Call, Faulty};
use crate::support::process::ToEnd as _;
use crate::support::{Ran, Workspace, snapshot};

const KEY: &str = "key_0123456789abcdef";

const MANIFEST: &str = r#"name = "team/web"
platform = "declaw"
from = "python:3.12"

[[steps]]
run = "true"

[[tests]]
name = "the agent starts"
run = "say claude 2.1"
stdout = "2."
"#;

struct Fake {
    server: Faulty,
    workspace: Workspace,
    story: String,
}

impl Fake {
    fn start() -> Self {
        let script =
            Script { key: KEY.to_owned(), declaw: true, growth: vec![0], ..Script::default() };
        let server = Faulty::start(Model::new(script), Box::new(|_, _| None), Duration::ZERO);
        let mut workspace = Workspace::empty();
        workspace.set("DECLAW_API_KEY", KEY);
        workspace.set("DECLAW_API_URL", &format!("http://{}", server.address));
        workspace.set("SBX_RETRY_SCALE", "0.002");
        workspace.write("sandbox.toml", MANIFEST);
        Self { server, workspace, story: String::new() }
    }

    /// Runs a command, and adds to the story what it says, what was built and which commands ran. No
    /// sandbox is left.
    fn step(&mut self, title: &str, arguments: &[&str]) -> Ran {
        let commands = self.server.model.lock().expect("not poisoned").sandboxes.ran.len();
        let ran = self.workspace.run(arguments);
        let model = self.server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        assert!(model.sandboxes.living.is_empty(), "{}", ran.text());
        assert!(!ran.everything().contains(KEY), "{}", ran.text());
        let seconds = regex::Regex::new(r"\d+\.\d s|sbx-[0-9a-f]{16}").expect("correct");
        let text = ran.text();
        let shown = seconds.replace_all(&text, "…");
        let (builds, ran_now) = (model.started, &model.sandboxes.ran[commands..]);
        let _ = writeln!(self.story, "# {title}: sbx {}\n{shown}", arguments.join(" "));
        let _ = writeln!(self.story, "builds so far: {builds}; ran: {ran_now:?}\n");
        drop(model);
        ran
    }
}

#[test]
fn a_template_whose_test_fails_stays_and_is_tested_again() {
    let mut fake = Fake::start();
    let failing = MANIFEST.replace("say claude 2.1", "say claude 1.9");
    fake.workspace.write("sandbox.toml", &failing);
    fake.step("the test fails", &["apply"]).ends(1);
    fake.step("the same again", &["apply"]).ends(1);
    fake.step("on its own", &["test"]).ends(1);
    fake.workspace.write("sandbox.toml", MANIFEST);
    fake.step("the test is corrected", &["apply"]).ends(0);
    fake.step("the same again", &["apply"]).ends(0);
    fake.step("on its own", &["test"]).ends(0);
    fake.workspace.write("sandbox.toml", failing.replace("\"true\"", "\"date\""));
    fake.step("a step is changed, and the test fails", &["apply", "--replace"]).ends(1);
    fake.step("without tests", &["apply", "--no-test"]).ends(0);
    snapshot("snapshots/declaw", "tested", &fake.story);
}

#[test]
fn programs_see_that_a_test_failed() {
    let mut fake = Fake::start();
    fake.workspace.write("sandbox.toml", MANIFEST.replace("claude 2.1", "claude 1.9"));
    let ran = fake.step("the test fails", &["apply", "--format", "json"]).ends(1);
    let events: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let finished = events.last().expect("an event");
    assert_eq!(finished["event"], "finished");
    assert_eq!(finished["result"], "tests-failed");
    assert_eq!(finished["templateId"], "tpl-new");
    let report = fake.step("on its own", &["test", "--format", "json"]).ends(1).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let build = &report["builds"][0];
    assert_eq!(build["reference"], "team/web");
    assert_eq!(build["tags"], serde_json::json!([]));
    assert_eq!(build["buildId"], serde_json::Value::Null);
}

#[test]
fn a_command_that_takes_too_long_is_killed() {
    let mut fake = Fake::start();
    // The stream of the command ends early, and is opened again until then.
    fake.workspace.set("SBX_RETRY_SCALE", "1");
    let slow = MANIFEST.replace("say claude 2.1\"", "slow\"\ntimeout = \"1s\"");
    fake.workspace.write("sandbox.toml", slow);
    let ran = fake.step("the test is slow", &["apply"]).ends(1);
    assert!(ran.stderr.contains("got a command that still runs after 1 s"), "{}", ran.text());
}

#[test]
fn a_secret_of_a_test_goes_to_the_sandbox_with_consent_alone() {
    let mut fake = Fake::start();
    let test = "run = \"env TOKEN\"\nstdout = \"wanted\"\n\
                env = { TOKEN = { env = \"TOKEN_OF_TEST\" } }\n";
    let (head, _) = MANIFEST.split_once("name = \"the agent").expect("it has a test");
    fake.workspace.write("sandbox.toml", format!("{head}{test}"));
    fake.workspace.set("TOKEN_OF_TEST", "unheard-of-value");
    let refused = fake.step("without consent", &["apply"]).ends(1);
    assert!(refused.stderr.contains("secret-needs-consent"), "{}", refused.text());
    assert_eq!(fake.server.model.lock().expect("not poisoned").started, 0);
    let sent = fake.step("with consent", &["apply", "--allow-secret", "TOKEN_OF_TEST"]).ends(1);
    assert!(sent.stderr.contains("got `[secret]`"), "{}", sent.text());
    assert!(!sent.everything().contains("unheard-of-value"), "{}", sent.text());
}

#[test]
fn an_interrupted_test_leaves_the_template_and_no_sandbox() {
    let mut fake = Fake::start();
    fake.workspace.set("SBX_RETRY_SCALE", "1");
    fake.workspace.write("sandbox.toml", MANIFEST.replace("say claude 2.1", "slow"));
    let child = fake.workspace.command(&["apply"]).stderr(Stdio::piped()).spawn();
    let child = child.expect("it runs");
    let calls = |call| {
        let model = fake.server.model.lock().expect("not poisoned");
        model.calls.get(&call).copied().unwrap_or_default()
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while calls(Call::Output) == 0 {
        assert!(Instant::now() < deadline, "the test runs");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is ours");
    let output = child.to_end();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).expect("text");
    let expected = "error: interrupted\n  help: the build is ready: `sbx apply` runs its tests\n";
    assert!(stderr.contains(expected), "{stderr}");
    fake.workspace.write("sandbox.toml", MANIFEST);
    fake.step("again", &["apply"]).ends(0);
    assert!(fake.story.contains("builds so far: 1; ran: [\"say claude 2.1\"]"), "{}", fake.story);
}
