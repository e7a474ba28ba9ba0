//! The command line: what it prints where, and how it ends.

use std::process::Command;

use serde_json::Value;

use crate::support::process::ToEnd as _;
use crate::support::{Workspace, root, snapshot};

const EIGHT: &str = r#"name = "Eight Mistakes"
tags = ["v1", "v1"]
from = { python = 3.12 }
user = ""

[resources]
memory = "2GB"

[[steps]]
aptt = ["git"]

[[steps]]
copy = "missing.py"
to = "/app/"

[start]
cmd = "python /app/missing.py"

[ready]
port = 80000
"#;

#[test]
fn eight_mistakes_are_eight_diagnostics_in_one_run() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", EIGHT);
    let human = workspace.run(&["check"]).ends(1);
    snapshot("snapshots/cli", "eight-human", &human.text());
    let short = workspace.run(&["check", "--format", "short"]).ends(1);
    snapshot("snapshots/cli", "eight-short", &short.text());
    let json = workspace.run(&["check", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    let pretty = serde_json::to_string_pretty(&report).expect("a value is text");
    snapshot("snapshots/cli", "eight-json", &pretty);

    assert_eq!(report["summary"]["errors"], 8);
    let codes: Vec<_> = report["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|diagnostic| diagnostic["severity"] == "error")
        .map(|diagnostic| diagnostic["code"].as_str().expect("a code").to_owned())
        .collect();
    let lines: Vec<_> = short.stdout.lines().filter(|line| line.contains(" error[")).collect();
    assert_eq!(lines.len(), 8);
    for (code, line) in codes.iter().zip(lines) {
        assert!(line.contains(&format!("error[{code}]")), "{line}");
    }
}

#[test]
fn all_platforms_are_compared_in_a_table() {
    let workspace = Workspace::fixture();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nfrom = \"python:3.12-alpine\"\n\n[resources]\ncpu = 3\ndisk = \"10GiB\"\n\n\
         [novita]\npre_boot = \"true\"\n",
    );
    let human = workspace.run(&["check", "--platform", "all"]).ends(1);
    snapshot("snapshots/cli", "all-platforms-human", &human.text());
    let json = workspace.run(&["check", "--platform", "all", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    let diagnostics = report["diagnostics"].as_array().expect("a list");
    let disk = diagnostics.iter().find(|it| it["code"] == "ignored-on-platform");
    assert_eq!(disk.expect("it is told")["platforms"], serde_json::json!(["novita"]));
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\n");
    workspace.run(&["check"]).ends(0);
    workspace.run(&["check", "--deny", "warnings"]).ends(1);
    let quiet = workspace.run(&["check", "--quiet"]).ends(0);
    assert_eq!(quiet.everything(), "");
}

#[test]
fn several_manifests_are_one_report_and_the_worst_counts() {
    let workspace = Workspace::fixture();
    workspace.write("good/sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    workspace.write("bad.toml", "name = \"y\"\n");
    let ran = workspace.run(&["check", "good", "bad.toml", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    assert_eq!(report["summary"]["errors"], 1);
    assert_eq!(report["diagnostics"][0]["file"], "bad.toml");
}

#[test]
fn usage_is_exit_code_2() {
    let workspace = Workspace::fixture();
    for arguments in [
        &["frobnicate"][..],
        &["check", "--platform", "novit"],
        &["apply", "--tag", "V1"],
        &["apply", "--timeout", "soon"],
        &["apply", "--api-url", "example.com"],
        &["explain", "unknown-kye"],
        &["serve", "--listen", "0.0.0.0:0"],
        &["serve", "--api-key-env", "NOT_SET"],
    ] {
        let ran = workspace.run(arguments).ends(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}\n{}", ran.text());
    }
}

#[test]
fn the_variables_for_sdks_are_printed_for_a_shell() {
    let workspace = Workspace::empty();
    let ran = workspace.run(&["serve", "--env", "--listen", "4000", "--api-key-env", "MY_KEY"]);
    let ran = ran.ends(0);
    assert_eq!(ran.stderr, "");
    let script = format!("MY_KEY='a b'\n{}env", ran.stdout);
    let evaluated = Command::new("sh").args(["-c", &script]).to_end();
    let variables = String::from_utf8(evaluated.stdout).expect("text");
    for prefix in ["E2B", "NOVITA"] {
        for variable in [
            format!("{prefix}_API_URL=http://127.0.0.1:4000"),
            format!("{prefix}_SANDBOX_URL=http://127.0.0.1:4000"),
            format!("{prefix}_DOMAIN=localhost:4000"),
            format!("{prefix}_API_KEY=a b"),
        ] {
            assert!(variables.lines().any(|line| line == variable), "{variable}\n{variables}");
        }
    }
    // A port that the system chooses is not known before the server runs.
    workspace.run(&["serve", "--env", "--listen", "0"]).ends(2);
    // Nothing is started or written.
    let written = std::fs::read_dir(workspace.path()).expect("the directory is read");
    assert_eq!(written.count(), 0);
}

#[test]
fn the_platform_is_the_argument_s_then_the_environment_s_then_the_manifest_s() {
    let mut workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"x\"\nplatform = \"e2b\"\nfrom = { base = true }\n");
    let image = |workspace: &Workspace, arguments: &[&str]| {
        let ran = workspace.run(&[&["compile"], arguments].concat()).ends(0);
        let body: Value = serde_json::from_str(&ran.stdout).expect("the body is JSON");
        body["fromImage"].as_str().expect("an image").to_owned()
    };
    assert_eq!(image(&workspace, &[]), "e2bdev/base");
    assert_eq!(image(&workspace, &["--platform", "local"]), "novita/base");
    workspace.set("SBX_PLATFORM", "novita");
    assert_eq!(image(&workspace, &[]), "novita/base");
    assert_eq!(image(&workspace, &["--platform", "e2b"]), "e2bdev/base");
}

#[test]
fn compile_writes_json_to_stdout_or_to_a_file_and_hides_secrets() {
    let mut workspace = Workspace::fixture();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\n[from]\nimage = \"r.example.com/x:1\"\n\
         auth = { type = \"basic\", username = \"u-of-the-test\", password = { env = \"P\" } }\n",
    );
    workspace.set("P", "p-of-the-test");
    let hidden = workspace.run(&["compile"]).ends(0);
    assert!(hidden.stdout.contains("[secret P]"), "{}", hidden.text());
    assert!(!hidden.everything().contains("of-the-test"), "{}", hidden.text());
    let shown = workspace.run(&["compile", "--show-secrets"]).ends(0);
    assert!(shown.stdout.contains("p-of-the-test"), "{}", shown.text());
    let ran = workspace.run(&["compile", "-o", "out.json"]).ends(0);
    assert_eq!(ran.stdout, "");
    let written = std::fs::read_to_string(workspace.path().join("out.json")).expect("written");
    assert_eq!(written, hidden.stdout);
}

#[test]
fn init_writes_a_manifest_that_checks_clean_and_applies() {
    let workspace = Workspace::empty();
    std::fs::create_dir(workspace.path().join("My App")).expect("the directory is made");
    let ran = workspace.run(&["init", "My App"]).ends(0);
    snapshot("snapshots/cli", "init", &ran.text());
    let check = workspace.run(&["check", "My App", "--deny", "warnings"]).ends(0);
    assert_eq!(check.stdout, "");
    workspace.run(&["apply", "My App", "--platform", "local"]).ends(0);
    workspace.run(&["init", "My App"]).ends(2);
    workspace.run(&["init", "My App", "--force", "--name", "other"]).ends(0);
    workspace.run(&["init", "new/below"]).ends(0);
    workspace.run(&["check", "new/below"]).ends(0);
    for file in ["My App/sandbox.toml", "new/other.toml"] {
        let ran = workspace.run(&["init", file]).ends(2);
        let reason = format!("error: `{file}` is not a directory");
        assert!(ran.stderr.starts_with(&reason), "{}", ran.text());
    }
    workspace.run(&["init", "My App/sandbox.toml/below"]).ends(3);
}

#[test]
fn init_writes_a_manifest_of_each_kind() {
    let workspace = Workspace::empty();
    for (kind, base) in [("python", "python ="), ("node", "node ="), ("ubuntu", "ubuntu =")] {
        let ran = workspace.run(&["init", kind, "--kind", kind]).ends(0);
        assert!(ran.stderr.contains(&format!("next: `sbx check {kind}`")), "{}", ran.text());
        let text = std::fs::read_to_string(workspace.path().join(kind).join("sandbox.toml"));
        let text = text.expect("the manifest");
        assert!(text.starts_with("#:schema ") && text.contains(base), "{text}");
        for platform in ["novita", "e2b", "local"] {
            let given = ["check", kind, "--deny", "warnings", "--platform", platform];
            let ran = workspace.run(&given).ends(0);
            assert_eq!(ran.stdout, "", "{kind} on {platform}");
        }
        workspace.run(&["apply", kind, "--platform", "local"]).ends(0);
    }
}

#[test]
fn init_starts_from_a_dockerfile() {
    let workspace = Workspace::empty();
    let name = "a \"b\".Dockerfile";
    workspace.write(name, "FROM python:3.12\nRUN true\n");
    workspace.run(&["init", "--from-dockerfile", name]).ends(0);
    workspace.run(&["check", "--deny", "warnings"]).ends(0);
    workspace.run(&["apply", "--platform", "local"]).ends(0);
    let ran = workspace.run(&["init", "new", "--from-dockerfile", name]).ends(1);
    assert!(ran.stderr.starts_with("error: cannot read `new/a "), "{}", ran.text());
    assert!(!workspace.path().join("new").exists(), "nothing is made");
    workspace.run(&["init", "--kind", "node", "--from-dockerfile", name]).ends(2);
}

#[test]
fn init_refuses_a_name_that_no_template_can_have() {
    let workspace = Workspace::empty();
    for name in ["My App", "a:v1", "a/b/c", "", "a\nb"] {
        let ran = workspace.run(&["init", "--name", name]).ends(2);
        assert!(ran.stderr.starts_with("error: the name") || ran.stderr.contains("name"));
        assert!(!workspace.path().join("sandbox.toml").exists(), "{name}");
    }
    workspace.run(&["init", "--name", "team/app"]).ends(0);
}

#[test]
fn several_manifests_are_not_the_ids_of_a_build() {
    let workspace = Workspace::empty();
    let ran = workspace.run(&["logs", "a.toml", "b.toml"]).ends(2);
    let reason = "error: `a.toml` is a manifest, not an ID\n  help: give one manifest";
    assert!(ran.stderr.starts_with(reason), "{}", ran.text());
    // Each of them is looked for, and none is sent.
    let ran = workspace.run(&["status", "a.toml", "dir/b"]).ends(3);
    for file in ["a.toml", "dir/b"] {
        let reason = format!("error: there is no record of a build of `{file}`");
        assert!(ran.stderr.contains(&reason), "{}", ran.text());
    }
    // A path that exists is no ID either, beside one that is misspelled or a real ID.
    workspace.write("app/sandbox.toml", "name = \"app\"\n");
    for words in [["status", "app", "bsae"], ["status", "bsae", "app"], ["logs", "app", "base"]] {
        let ran = workspace.run(&words).ends(2);
        assert!(ran.stderr.starts_with("error: `app` is a path, not an ID"), "{}", ran.text());
    }
    let ran = workspace.run(&["status", "x.toml", "template", "dir/build"]).ends(2);
    assert!(ran.stderr.starts_with("error: `dir/build` is not an ID"), "{}", ran.text());
}

#[test]
fn the_name_of_a_template_is_no_build() {
    let mut workspace = Workspace::empty();
    workspace.set("SBX_PLATFORM", "local");
    for command in ["logs", "status"] {
        let ran = workspace.run(&[command, "agent:v1"]).ends(3);
        let help = "there is no file `agent:v1`: give a manifest, or the TEMPLATE_ID and BUILD_ID";
        assert!(ran.stderr.contains(help), "{}", ran.text());
        assert!(ran.stderr.contains("`sbx show agent:v1 --platform local"), "{}", ran.text());
        let ran = workspace.run(&[command, "missing.toml"]).ends(3);
        assert!(ran.stderr.contains("`sbx show NAME --platform local"), "{}", ran.text());
    }
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"debian:12\"\n");
    let ran = workspace.run(&["logs"]).ends(3);
    assert!(ran.stderr.contains("build it with `sbx apply --platform local"), "{}", ran.text());
}

#[test]
fn common_names_of_commands_are_aliases() {
    let workspace = Workspace::empty();
    for [alias, name] in [["ls", "list"], ["rm", "delete"]] {
        let help = |command| workspace.run(&[command, "--help"]).ends(0).stdout;
        assert_eq!(help(alias), help(name));
    }
}

#[test]
fn explain_shows_a_page_or_the_list() {
    let workspace = Workspace::empty();
    let page = workspace.run(&["explain", "unknown-key"]).ends(0);
    snapshot("snapshots/cli", "explain", &page.stdout);
    let renamed = workspace.run(&["explain", "unchecked-pipe"]).ends(2);
    snapshot("snapshots/cli", "explain-renamed", &renamed.text());
    let list = workspace.run(&["explain"]).ends(0);
    let listed = list.stdout.lines().filter(|line| line.starts_with("  "));
    assert_eq!(listed.count(), sandbox_toml::diagnostic::Code::ALL.len());
}

#[test]
fn schema_and_completions_are_data() {
    let workspace = Workspace::empty();
    let schema = workspace.run(&["schema"]).ends(0);
    assert!(serde_json::from_str::<Value>(&schema.stdout).is_ok());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = workspace.run(&["completions", shell]).ends(0);
        assert!(script.stdout.contains("sbx"), "{shell}");
    }
}

#[test]
fn every_link_is_made_of_the_repository() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    assert!(repository.starts_with("https://"), "{repository}");
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", EIGHT);
    let report = |arguments: &[&str]| -> Value {
        let ran = workspace.run(arguments).ends(1);
        serde_json::from_str(&ran.stdout).expect("the report is JSON")
    };
    let json = report(&["check", "--format", "json"]);
    for diagnostic in json["diagnostics"].as_array().expect("a list") {
        let page = format!("docs/codes/{}.md", diagnostic["code"].as_str().expect("a code"));
        assert_eq!(diagnostic["url"], format!("{repository}/blob/main/{page}"));
        assert!(root().join(page).is_file(), "{diagnostic}");
    }
    let driver = &report(&["check", "--format", "sarif"])["runs"][0]["tool"]["driver"];
    assert_eq!(driver["informationUri"], repository);
    for rule in driver["rules"].as_array().expect("a list") {
        let name = rule["id"].as_str().expect("a code");
        assert_eq!(rule["helpUri"], format!("{repository}/blob/main/docs/codes/{name}.md"));
    }
    let schema = sandbox_toml::schema::schema();
    assert_eq!(schema["$id"], format!("{repository}/raw/main/schema/sandbox.schema.json"));
}
