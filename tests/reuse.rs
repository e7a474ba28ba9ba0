//! A second `sbx apply`: what is built, what is found by its digest, and which tags are moved.

mod rollback;
mod tested;
mod visibility;

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::faulty::{Call, Faulty, Phase, Plan};
use crate::support::{Ran, Workspace, snapshot};

const KEY: &str = "key_0123456789abcdef";

const MANIFEST: &str = r#"name = "web"
tags = ["v1", "default"]
from = "python:3.12"
steps = [{ copy = "app.py", to = "/app.py" }]
"#;

/// Servers by the calls about tags that they have.
const SERVERS: [(&str, Tags); 3] = [
    ("all calls", Tags::Whole),
    ("no look-up of name:tag", Tags::Older(404)),
    ("no tags", Tags::Unknown),
];

fn start(tags: Tags, plan: Plan) -> Faulty {
    start_with(Script::default(), tags, plan)
}

fn start_with(script: Script, tags: Tags, plan: Plan) -> Faulty {
    let script = Script { key: KEY.to_owned(), tags, growth: vec![0], ..script };
    Faulty::start(Model::new(script), plan, Duration::ZERO)
}

fn workspace(server: &Faulty) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("NOVITA_API_URL", &format!("http://{}", server.address));
    workspace.set("SBX_RETRY_SCALE", "0.002");
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("app.py", "print()\n");
    workspace
}

/// Runs `sbx apply`, and writes down what came of it.
fn step(
    story: &mut String,
    server: &Faulty,
    workspace: &Workspace,
    title: &str,
    more: &[&str],
) -> Ran {
    let before = {
        let mut model = server.model.lock().expect("not poisoned");
        model.calls.clear();
        model.started
    };
    let ran = workspace.run(&[&["apply", "--format", "json"], more].concat());
    let model = server.model.lock().expect("not poisoned");
    assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
    assert!(model.started <= before + 1, "{}", ran.text());
    let finished = ran.stdout.lines().last().unwrap_or_default();
    let finished: serde_json::Value = serde_json::from_str(finished).unwrap_or_default();
    let short = |id: &str| id[id.len().saturating_sub(2)..].to_owned();
    let calls: Vec<_> =
        model.calls.iter().map(|(call, count)| format!("{call:?} {count}")).collect();
    let tags: Vec<_> = model
        .resolutions()
        .iter()
        .map(|(tag, build)| {
            let tag = match tag.as_str() {
                tag if tag.starts_with("sbx-tmp-") => "TEMPORARY",
                tag if tag.starts_with("sbx-") => "DIGEST",
                tag => tag,
            };
            format!("{tag}={}", short(build))
        })
        .collect();
    let _ = writeln!(
        story,
        "{title}: exit {}, {}, build {}\n  calls: {}\n  tags: {}",
        ran.exit,
        finished["result"].as_str().unwrap_or("nothing"),
        short(finished["buildId"].as_str().unwrap_or_default()),
        calls.join(", "),
        tags.join(", "),
    );
    ran
}

#[test]
fn only_what_is_new_is_built() {
    let mut story = String::new();
    for (title, tags) in SERVERS {
        let _ = writeln!(story, "# A platform with {title}\n");
        let server = start(tags, Box::new(|_, _| None));
        let workspace = workspace(&server);
        let mut step =
            |title: &str, more: &[&str]| step(&mut story, &server, &workspace, title, more);
        step("the first time", &[]);
        let again = step("the same again", &[]);
        assert_eq!(again.exit, 0, "{}", again.text());
        step("a tag is added", &["--tag", "v2"]);
        workspace.write("app.py", "print(1)\n");
        step("a file is changed", &[]);
        workspace.write("app.py", "print()\n");
        step("the file is as before", &[]);
        step("--rebuild", &["--rebuild"]);
        step("--no-cache", &["--no-cache"]);
        story.push('\n');
    }
    snapshot("snapshots/reuse", "only-what-is-new", &story);
}

#[test]
fn a_clone_with_another_umask_finds_the_build() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let (one, other) = (workspace(&server), workspace(&server));
    let file = other.path().join("app.py");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
    let mut story = String::new();
    step(&mut story, &server, &one, "one", &[]);
    step(&mut story, &server, &other, "other", &[]);
    let model = server.model.lock().expect("not poisoned");
    assert_eq!(model.started, 1, "{story}");
    let expected = BTreeMap::from([(Call::Tags, 1), (Call::Alias, 1)]);
    assert_eq!(model.calls, expected, "{story}");
}

#[test]
fn a_tag_that_was_moved_meanwhile_stays_unless_it_is_forced() {
    for (force, exit) in [(false, 3), (true, 0)] {
        let known: Arc<OnceLock<Arc<Mutex<Model>>>> = Arc::default();
        let model = Arc::clone(&known);
        let mut moved = false;
        let server = start(
            Tags::Whole,
            Box::new(move |call, phase| {
                if call == Call::Assign && phase == Phase::Request && !moved {
                    moved = true;
                    let model = model.get().expect("it is set");
                    model.lock().expect("not poisoned").add("web", "ready", &["v1"]);
                }
                None
            }),
        );
        known.set(Arc::clone(&server.model)).ok();
        let workspace = workspace(&server);
        let more: &[&str] = if force { &["--force"] } else { &[] };
        let ran = workspace.run(&[&["apply"], more].concat()).ends(exit);
        let message = "error: the tag `v1` was moved to another build meanwhile\n  help: \
                       `sbx apply --force` moves it to this build\n";
        assert_eq!(ran.stderr.contains(message), !force, "{}", ran.text());
        let again = workspace.run(&["apply"]);
        assert!(
            again.stderr.contains(if force { "is up to date" } else { "moved v1" }),
            "{}",
            again.text()
        );
        assert_eq!(server.model.lock().expect("not poisoned").started, 1);
    }
}

#[test]
fn a_human_reads_what_was_done() {
    let server = start(Tags::Whole, Box::new(|_, _| None));
    let workspace = workspace(&server);
    workspace.run(&["apply"]).ends(0);
    let mut story = workspace.run(&["apply"]).ends(0).text();
    story.push_str(&workspace.run(&["apply", "--tag", "v2"]).ends(0).text());
    let server = start(Tags::Unknown, Box::new(|_, _| None));
    let workspace = self::workspace(&server);
    story.push_str(&workspace.run(&["apply"]).ends(0).text());
    story.push_str(&workspace.run(&["apply"]).ends(0).text());
    // The delays are random.
    let delay = regex::Regex::new(r"again in \d+\.\d s").expect("correct");
    snapshot("snapshots/reuse", "human", &delay.replace_all(&story, "again in N s"));
}
