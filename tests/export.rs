//! `sbx export`: the texts of the examples, and what the command says and writes.

use std::fs;

use serde_json::Value;

use crate::support::{Workspace, copy_tree, root, snapshot};

/// Every example, with the platforms and targets that it is exported for.
#[test]
fn every_example_is_exported() {
    let targets = [
        ("python", "e2b"),
        ("python", "novita"),
        ("typescript", "e2b"),
        ("typescript", "novita"),
        ("dockerfile", "local"),
        ("declaw", "declaw"),
    ];
    let examples = fs::read_dir(root().join("examples")).expect("the examples");
    for example in examples {
        let example = example.expect("an example");
        // The others are workflows.
        if !example.path().join("sandbox.toml").exists() {
            continue;
        }
        let workspace = Workspace::empty();
        copy_tree(&example.path(), workspace.path());
        let name = example.file_name().to_string_lossy().into_owned();
        for (target, platform) in targets {
            let ran = workspace.run(&["export", target, "--platform", platform, "--quiet"]);
            let remarks = workspace.run(&["export", target, "--platform", platform]).stderr;
            let text = format!("{}exit code {}\n{remarks}", ran.stdout, ran.exit);
            snapshot("snapshots/export", &format!("{name}-{target}-{platform}"), &text);
        }
    }
}

const MANIFEST: &str = "name = \"x\"\nfrom = { debian = \"12\" }\nignore = [\"*.log\"]\n\
                        [[steps]]\ncopy = \"a\"\nto = \"/srv/\"\n";

fn workspace() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("a/file", "x");
    workspace
}

#[test]
fn an_existing_file_is_kept_unless_force_says_otherwise() {
    let workspace = workspace();
    let path = workspace.write("out", "mine");
    for target in ["python", "dockerfile"] {
        let ran = workspace.run(&["export", target, "-p", "e2b", "-o", "out"]).ends(2);
        assert!(ran.stderr.contains("`out` already exists"), "{}", ran.text());
        assert_eq!(fs::read_to_string(&path).expect("it is read"), "mine");
    }
    // The ignore file beside it is as much a person's own.
    workspace.write("Dockerfile.dockerignore", "mine");
    let arguments = ["export", "dockerfile", "-p", "e2b", "-o", "Dockerfile"];
    workspace.run(&arguments).ends(2);
    assert!(!workspace.path().join("Dockerfile").exists(), "both or none");
    workspace.run(&[&arguments[..], &["--force"]].concat()).ends(0);
    let ignore = fs::read_to_string(workspace.path().join("Dockerfile.dockerignore"));
    assert_eq!(ignore.expect("it is read"), "*.log\n");
    let ran = workspace.run(&["export", "python", "--force"]).ends(2);
    assert!(ran.stderr.contains("--output"), "{}", ran.text());
}

#[test]
fn what_is_lost_is_named_with_its_place_and_in_the_exit_code() {
    let workspace = workspace();
    let ran = workspace.run(&["export", "dockerfile", "-p", "e2b"]).ends(1);
    assert!(ran.stderr.contains("lost: sandbox.toml:3:11: the Dockerfile needs"), "{}", ran.text());
    assert!(ran.stdout.contains("COPY"), "the text is written anyway");
    let ran = workspace.run(&["export", "python", "-p", "e2b", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&report["target"], &report["remarks"]), (&"python".into(), &Value::Array(vec![])));
    assert!(report["text"].as_str().is_some_and(|text| text.contains("file_ignore_patterns")));
    let ran = workspace.run(&["export", "python", "-p", "novita", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let remark = &report["remarks"][0];
    assert_eq!((&remark["severity"], &remark["line"]), (&"lost".into(), &3.into()));
}

#[test]
fn a_target_has_its_platforms() {
    let workspace = workspace();
    for (target, platform) in [
        ("python", "declaw"),
        ("typescript", "declaw"),
        ("dockerfile", "declaw"),
        ("declaw", "e2b"),
    ] {
        let ran = workspace.run(&["export", target, "--platform", platform]).ends(2);
        assert!(ran.stderr.contains("is not for the platform"), "{}", ran.text());
        assert_eq!(ran.stdout, "");
    }
    let parent = "name = \"x\"\nfrom = { template = \"base:v1\" }\n";
    workspace.write("child.toml", parent);
    let ran = workspace.run(&["export", "dockerfile", "child.toml"]).ends(1);
    assert!(ran.stderr.contains("child.toml:2"), "{}", ran.text());
    let ran = workspace.run(&["export", "python", "-p", "e2b", "child.toml"]).ends(0);
    assert!(ran.stdout.contains(".from_template(\"base:v1\")"), "{}", ran.text());
}

#[test]
fn a_wrong_manifest_is_reported_and_not_exported() {
    let workspace = Workspace::empty();
    workspace
        .write("sandbox.toml", "name = \"x\"\nfrom = { debian = \"12\" }\n[[steps]]\nrun = 1\n");
    let ran = workspace.run(&["export", "python", "-o", "out"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:4"), "{}", ran.text());
    assert!(!workspace.path().join("out").exists());
    workspace.run(&["export", "python", "missing.toml"]).ends(1);
}

#[test]
fn a_secret_is_a_reference_in_every_language() {
    let workspace = Workspace::empty();
    let manifest = "name = \"x\"\n[from]\nimage = \"registry.example.com/x:1\"\n[from.auth]\n\
                    type = \"basic\"\nusername = \"robot\"\npassword = \"hunter2-hunter2\"\n";
    workspace.write("sandbox.toml", manifest);
    for target in ["python", "typescript", "dockerfile"] {
        let ran = workspace.run(&["export", target, "-p", "e2b"]);
        assert!(!ran.everything().contains("hunter2"), "{}", ran.text());
        let read = ran.stdout.contains("REGISTRY_PASSWORD");
        assert_eq!(read, target != "dockerfile", "{}", ran.text());
        assert_eq!(read, ran.stderr.contains("lost: sandbox.toml:7"), "{}", ran.text());
    }
}

#[test]
fn paths_lead_from_the_file_to_the_manifest() {
    let workspace = Workspace::empty();
    workspace.write(".git/HEAD", "");
    workspace.write("project/a", "x");
    let manifest = "name = \"x\"\ncontext = \"..\"\nfrom = { debian = \"12\" }\n\
                    [[steps]]\ncopy = \"a\"\nto = \"/srv/\"\n";
    workspace.write("project/deploy/sandbox.toml", manifest);
    fs::create_dir(workspace.path().join("out")).expect("a directory");
    let file = "project/deploy/sandbox.toml";
    let run =
        |more: &[&str]| workspace.run(&[&["export", "python", "-p", "e2b", file], more].concat());
    assert!(run(&[]).ends(0).stdout.contains("HERE / \"..\""));
    run(&["-o", "out/template.py"]).ends(0);
    let text = fs::read_to_string(workspace.path().join("out/template.py")).expect("it is there");
    assert!(text.contains("HERE / \"../project\""), "{text}");
    run(&["-o", "project/template.py"]).ends(0);
    let text =
        fs::read_to_string(workspace.path().join("project/template.py")).expect("it is there");
    assert!(!text.contains("HERE"), "{text}");
    let ran = workspace.run(&["export", "dockerfile", file, "-o", "out/Dockerfile"]).ends(0);
    let text = fs::read_to_string(workspace.path().join("out/Dockerfile")).expect("it is there");
    assert!(text.contains("docker build -t x -f Dockerfile ../project"), "{text}{}", ran.text());
}
