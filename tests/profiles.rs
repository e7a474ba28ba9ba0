//! Profiles of a manifest, in the commands that take one.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::faulty::Faulty;
use crate::support::faulty::model::{Model, Script};
use crate::support::{Ran, Workspace, root};

/// A manifest, a key a line.
const BASE: &[(&str, &str)] = &[
    ("name", "name = \"web\""),
    ("tags", "tags = [\"v1\", \"default\"]"),
    ("platform", "platform = \"e2b\""),
    ("ignore", "ignore = [\"**/*.log\"]"),
    ("user", "user = \"user\""),
    ("workdir", "workdir = \"/srv\""),
    ("start", "start = \"python3 -m http.server 8000\""),
    ("ready", "ready = { port = 8000 }"),
    ("from", "from = { python = \"3.12\", inherit = [] }"),
    ("resources", "resources = { cpu = 2, memory = \"1GiB\" }"),
    ("env", "env = { A = \"1\", B = \"$A\" }"),
    ("build_env", "build_env = { C = \"3\" }"),
    ("steps", "steps = [{ copy = \"src\", to = \"/srv/\" }, { run = \"echo $A\" }]"),
];

/// What a profile says of a key, and what it makes of the manifest's line.
const MERGED: &[(&str, &str, &str)] = &[
    ("name", "name = \"web-staging\"", "name = \"web-staging\""),
    ("tags", "tags = [\"staging\"]", "tags = [\"staging\"]"),
    ("platform", "platform = \"novita\"", "platform = \"novita\""),
    ("ignore", "ignore = [\"**/*.txt\"]", "ignore = [\"**/*.txt\"]"),
    ("user", "user = \"root\"", "user = \"root\""),
    ("workdir", "workdir = \"/opt\"", "workdir = \"/opt\""),
    ("start", "start.cmd = \"sleep infinity\"", "start = \"sleep infinity\""),
    ("ready", "ready = \"true\"", "ready = \"true\""),
    ("from", "from.node = \"22\"", "from = { node = \"22\" }"),
    ("resources", "resources.memory = \"2GiB\"", "resources = { cpu = 2, memory = \"2GiB\" }"),
    ("resources", "[profiles.x.resources]\ncpu = 4", "resources = { cpu = 4, memory = \"1GiB\" }"),
    ("env", "env.A = \"5\"", "env = { A = \"5\", B = \"$A\" }"),
    ("env", "env = { D = \"4\", B = 0 }", "env = { A = \"1\", B = 0, D = \"4\" }"),
    ("build_env", "build_env.C = \"6\"", "build_env = { C = \"6\" }"),
    ("build_env", "build_env.E = \"7\"", "build_env = { C = \"3\", E = \"7\" }"),
];

fn workspace() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("src/a.log", "a");
    workspace.write("src/b.txt", "b");
    workspace
}

/// The base manifest with another line for a key.
fn manifest(key: &str, line: &str) -> String {
    let line = |(known, own): &(&str, &str)| {
        if *known == key { line.to_owned() } else { (*own).to_owned() }
    };
    BASE.iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn requests(workspace: &Workspace, text: &str, arguments: &[&str]) -> String {
    workspace.write("sandbox.toml", text);
    let ran = workspace.run(&[&["compile", "--requests"], arguments].concat());
    ran.ends(0).stdout
}

#[test]
fn a_profile_is_the_manifest_with_its_keys_merged() {
    let workspace = workspace();
    let base = manifest("", "");
    let plain = requests(&workspace, &base, &[]);
    for (key, own, merged) in MERGED {
        let text = format!("{base}[profiles.x]\n{own}\n");
        let with_profile = requests(&workspace, &text, &["--profile", "x"]);
        let by_hand = requests(&workspace, &manifest(key, merged), &[]);
        assert_eq!(with_profile, by_hand, "{own}");
        // The requests of these two platforms are the same.
        if *key == "platform" {
            workspace.write("sandbox.toml", &text);
            let ran = workspace.run(&["show", "--profile", "x"]).ends(3);
            assert!(ran.stderr.contains("`novita` needs an API key"), "{}", ran.text());
        } else {
            assert_ne!(with_profile, plain, "{own}");
        }
        // The manifest without a profile stays what it is.
        assert_eq!(requests(&workspace, &text, &[]), plain, "{own}");
        assert_eq!(requests(&workspace, &text, &["--profile", "base"]), plain, "{own}");
    }
}

#[test]
fn lint_levels_are_merged_code_by_code() {
    let workspace = workspace();
    let levels = "[lints]\nunpinned-image = \"allow\"\nunpinned-package = \"allow\"\n\
                  [profiles.x]\nlints.unpinned-image = \"deny\"\n";
    let text =
        format!("name = \"web\"\nfrom = \"python\"\nsteps = [{{ pip = \"flask\" }}]\n{levels}");
    workspace.write("sandbox.toml", text);
    workspace.run(&["check", "--profile", "base"]).ends(0);
    let ran = workspace.run(&["check", "--format", "short", "--profile", "x"]).ends(1);
    assert!(ran.stdout.contains("unpinned-image"), "{}", ran.text());
    assert!(!ran.stdout.contains("unpinned-package"), "{}", ran.text());
}

/// Problems that all share, that one profile has, and that two have.
const PROBLEMS: &str = r#"name = "web"
from = "node:22"
start = "node app.js"
steps = [{ run = "make -j4" }]
lints = { start-without-ready = "allow" }
[profiles.pr]
tags = ["PR 1"]
lints.start-without-ready = "warn"
[profiles.staging]
from = "node:22-slim"
lints.start-without-ready = "warn"
"#;

/// The codes in a report, each with its profiles.
fn codes(report: &Value) -> Vec<(String, Value)> {
    let all = report["diagnostics"].as_array().expect("there are diagnostics").iter();
    all.map(|it| (it["code"].as_str().unwrap_or_default().to_owned(), it["profiles"].clone()))
        .collect()
}

#[test]
fn a_check_reports_what_profiles_share_once() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", PROBLEMS);
    let (report, text) = workspace.check_json(&[]);
    let found = codes(&report);
    let of = |code: &str| {
        let of_code = found.iter().filter(|(known, _)| known == code);
        of_code.map(|(_, profiles)| profiles.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("missing-file"), [Value::Null], "{text}");
    assert_eq!(of("invalid-tag"), [json!(["pr"])], "{text}");
    assert_eq!(of("missing-tool"), [json!(["staging"])], "{text}");
    assert_eq!(of("start-without-ready"), [json!(["pr", "staging"])], "{text}");

    let short = workspace.run(&["check", "--format", "short"]);
    assert!(short.stdout.contains("is not a valid tag (profile `pr`)"), "{}", short.text());
    assert!(short.stdout.contains("(profiles `pr`, `staging`)"), "{}", short.text());
    let (all, text) = workspace.check_json(&["--platform", "all"]);
    assert_eq!(codes(&all).iter().filter(|(code, _)| code == "invalid-tag").count(), 1, "{text}");

    // Alone, a profile is the manifest.
    let ran = workspace.run(&["check", "--format", "short", "--profile", "staging"]).ends(0);
    assert!(!ran.stdout.contains("profile"), "{}", ran.text());
    workspace.run(&["check", "--profile", "base"]).ends(0);
    workspace.run(&["check"]).ends(1);
}

#[test]
fn a_comment_may_silence_a_warning_of_one_profile() {
    let workspace = Workspace::empty();
    let text = "name = \"web\"\nfrom = \"python:3.12-slim\"\n\
                [profiles.pr]\nfrom = \"python:latest\" # sbx: allow(unpinned-image)\n";
    workspace.write("sandbox.toml", text);
    for arguments in
        [&["check"][..], &["check", "--platform", "all"], &["check", "--profile", "pr"]]
    {
        let ran = workspace.run(arguments).ends(0);
        assert!(!ran.everything().contains("unused-allow"), "{}", ran.text());
    }
    workspace.write("sandbox.toml", text.replace("python:latest", "python:3.12-slim"));
    let ran = workspace.run(&["check"]);
    assert!(ran.stdout.contains("unused-allow"), "{}", ran.text());
}

const TWO: &str = "name = \"web\"\nplatform = \"local\"\nfrom = \"python:3.12\"\n\
                   env = { STAGE = \"production\" }\n\
                   [profiles.staging]\nname = \"web-staging\"\nenv.STAGE = \"staging\"\n";

fn two() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", TWO);
    workspace
}

/// The build of a profile, by `sbx status`.
fn status(workspace: &Workspace, arguments: &[&str]) -> Value {
    let ran = workspace.run(&[&["status", "--format", "json"], arguments].concat()).ends(0);
    serde_json::from_str(&ran.stdout).expect("one object")
}

#[test]
fn each_profile_has_a_record_of_its_own() {
    let workspace = two();
    let ran = workspace.run(&["apply", "--profile", "base,staging"]).ends(0);
    assert!(ran.stdout.contains("sandbox.toml (staging)"), "{}", ran.text());
    let (base, staging) = (status(&workspace, &[]), status(&workspace, &["--profile", "staging"]));
    assert_eq!((&base["name"], &base["profile"]), (&json!("web"), &Value::Null));
    assert_eq!((&staging["name"], &staging["profile"]), (&json!("web-staging"), &json!("staging")));
    assert_ne!(base["buildId"], staging["buildId"]);

    // One that is applied again leaves the record of the other.
    workspace.run(&["apply", "--rebuild", "--profile", "staging"]).ends(0);
    assert_eq!(status(&workspace, &[])["buildId"], base["buildId"]);
    assert_ne!(status(&workspace, &["--profile", "staging"])["buildId"], staging["buildId"]);
}

/// Profiles of one template, which differ by a variable and by their tags.
const TAGGED: &str = "name = \"web\"\ntags = [\"v1\", \"default\"]\nfrom = \"python:3.12\"\n\
                      env = { STAGE = \"production\" }\n\
                      [profiles.pr]\ntags = [\"pr-1\"]\nenv.STAGE = \"pr\"\n";

const KEY: &str = "key_0123456789abcdef";

fn served() -> (Faulty, Workspace) {
    let script = Script { key: KEY.to_owned(), growth: vec![0], ..Script::default() };
    let server = Faulty::start(Model::new(script), Box::new(|_, _| None), Duration::ZERO);
    let mut workspace = Workspace::empty();
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("NOVITA_API_URL", &format!("http://{}", server.address));
    workspace.set("SBX_RETRY_SCALE", "0.002");
    workspace.write("sandbox.toml", TAGGED);
    (server, workspace)
}

fn objects(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines.map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

#[test]
fn plan_and_verify_have_an_entry_for_each_profile() {
    let (_server, mut workspace) = served();
    workspace.set("SBX_PROFILE", "base,pr");
    let actions = |workspace: &Workspace| {
        let ran = workspace.run(&["plan", "--format", "json"]).ends(0);
        let plans = objects(&ran).into_iter();
        plans.map(|plan| (plan["profile"].clone(), plan["action"].clone())).collect::<Vec<_>>()
    };
    let entries = |base: &str, pr: &str| vec![(Value::Null, json!(base)), (json!("pr"), json!(pr))];
    assert_eq!(actions(&workspace), entries("build", "build"));
    let ran = workspace.run(&["apply", "--jobs", "1"]).ends(0);
    assert!(ran.stdout.contains("sandbox.toml (pr)"), "{}", ran.text());
    assert_eq!(actions(&workspace), entries("up-to-date", "up-to-date"));
    let verified = workspace.run(&["verify"]).ends(0);
    assert_eq!(verified.stdout.lines().count(), 2, "{}", verified.text());

    // A change of one profile is a build of that one.
    workspace.write("sandbox.toml", TAGGED.replace("\"pr\"\n", "\"next\"\n"));
    assert_eq!(actions(&workspace), entries("up-to-date", "build"));
    let drifted = workspace.run(&["verify", "--format", "json"]).ends(1);
    let drifted = objects(&drifted);
    let verdicts: Vec<_> = drifted.iter().map(|it| (&it["profile"], &it["verified"])).collect();
    assert_eq!(verdicts, [(&Value::Null, &json!(true)), (&json!("pr"), &json!(false))]);
}

fn usage(workspace: &Workspace, arguments: &[&str], words: &str) {
    let ran: Ran = workspace.run(arguments).ends(2);
    assert!(ran.stderr.contains(words), "{}", ran.text());
}

#[test]
fn two_profiles_that_build_the_same_are_an_error() {
    let workspace = two();
    workspace.write("sandbox.toml", format!("{TWO}[profiles.copy]\nresources.cpu = 4\n"));
    let clash = "`sandbox.toml` and `sandbox.toml (copy)` both build `web:default` on local";
    for command in ["apply", "plan", "verify", "test", "check"] {
        let ran = workspace.run(&[command, "--profile", "base", "--profile", "copy"]).ends(1);
        assert!(ran.everything().contains(clash), "{}", ran.text());
        workspace.run(&["check", "--profile", "copy"]).ends(0);
    }
    let ran = workspace.run(&["apply", "--profile", "base,copy,staging"]).ends(1);
    assert!(ran.stdout.contains("(copy)     wrong"), "{}", ran.text());
    assert!(ran.stdout.contains("(staging)  recorded"), "{}", ran.text());
    // Profiles that nothing selects together are no clash.
    workspace.run(&["check"]).ends(0);
    workspace.run(&["apply", "--profile", "copy"]).ends(0);
}

#[test]
fn commands_about_one_template_take_one_profile() {
    let mut workspace = two();
    let one = "this command takes one profile, not `a`, `b`";
    usage(&workspace, &["compile", "--profile", "a,b"], one);
    usage(&workspace, &["show", "--profile", "a", "--profile", "b"], one);
    usage(&workspace, &["show", "--profile", "stagin"], "there is no profile `stagin`");
    workspace.set("SBX_PROFILE", "a,b");
    usage(&workspace, &["exists"], one);
    workspace.run(&["compile", "--profile", "staging"]).ends(0);
}

#[test]
fn a_failure_leads_into_the_profile() {
    let workspace = Workspace::empty();
    let text = TWO.replace("env.STAGE = \"staging\"", "env.STAGE = \"${NOWHERE}\"");
    workspace.write("sandbox.toml", text);
    let (report, text) = workspace.check_json(&[]);
    let all = report["diagnostics"].as_array().expect("there are diagnostics");
    let found = all.iter().find(|it| it["code"] == "undefined-reference").expect(&text);
    assert_eq!(found["range"]["start"]["line"], 7, "{text}");
    assert_eq!(found["profiles"], json!(["staging"]), "{text}");
}

#[test]
fn a_secret_of_another_profile_is_in_no_excerpt() {
    let workspace = Workspace::empty();
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let text = format!(
        "name = \"web\"\nfrom = \"python:3.12\"\n\
         [profiles]\npr = {{ env = {{ TOKEN = \"{secret}\" }}, memory = 1 }}\n"
    );
    workspace.write("sandbox.toml", text);
    for profile in ["base", "pr"] {
        let ran = workspace.run(&["check", "--profile", profile]).ends(1);
        assert!(!ran.everything().contains(secret), "{}", ran.text());
        assert!(ran.stdout.contains("unknown key `memory` in a profile"), "{}", ran.text());
    }
    let file = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("it is there");
    assert!(file.contains(secret));
}

#[test]
fn the_manifest_of_the_guide_is_clean_in_every_profile() {
    let guide = fs::read_to_string(root().join("docs/profiles.md")).expect("it is there");
    let samples: Vec<_> = guide.split("```toml\n").skip(1).collect();
    assert!(!samples.is_empty());
    for sample in samples {
        let (text, _) = sample.split_once("```").expect("the sample ends");
        let mut workspace = Workspace::empty();
        workspace.set("PR_NUMBER", "42");
        workspace.write("sandbox.toml", text);
        let ran = workspace.run(&["check", "--deny", "warnings"]).ends(0);
        assert_eq!(ran.stdout, "", "{}", ran.text());
        for profile in ["base", "staging", "pr"] {
            let ran = workspace.run(&["apply", "--dry-run", "--profile", profile]).ends(0);
            let named = ran.everything().contains("agent-runtime-staging");
            assert_eq!(named, profile == "staging", "{}", ran.text());
        }
    }
}
