//! Bad input of any kind gets a diagnostic and exit code 1, never a panic.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::{Ran, Workspace, snapshot};

fn check(content: impl AsRef<[u8]>) -> Ran {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", content);
    let ran = workspace.run(&["check"]).ends(1);
    assert!(!ran.everything().contains("panicked"), "{}", ran.text());
    ran
}

#[test]
fn bytes_that_are_no_text() {
    let bytes: Vec<u8> = (0..=255).collect();
    snapshot("ui/not-utf8", "binary", &check(bytes).text());
    snapshot("ui/not-utf8", "latin-1", &check(b"name = \"x\"\nuser = \"Andr\xe9\"\n").text());
}

#[test]
fn three_megabytes() {
    let content = "# a comment\n".repeat(3 * 1024 * 1024 / 12);
    snapshot("ui/manifest-too-large", "three-megabytes", &check(content).text());
}

#[test]
fn ten_thousand_brackets() {
    for opening in ["[", "{a=", "x=[", "a."] {
        let ran = check(opening.repeat(10_000));
        assert!(ran.stdout.contains("toml-syntax"), "{opening}");
        assert!(ran.stdout.len() < 20_000, "{opening}: {} bytes", ran.stdout.len());
        let ran = check(format!("x = {}", opening.repeat(10_000)));
        assert!(ran.stdout.len() < 20_000, "{opening}: {} bytes", ran.stdout.len());
    }
}

#[test]
fn thousands_of_faults_in_one_long_line() {
    let keys: Vec<_> = (0..5_000).map(|at| format!("unknown_key_{at} = 1")).collect();
    let ran = check(format!("resources = {{ {} }}", keys.join(", ")));
    assert_eq!(ran.stdout.matches("unknown key").count(), 998, "two keys are missing, too");
    assert!(ran.stdout.len() < 4_000_000, "{} bytes", ran.stdout.len());
    let rest = "4002 more problems are not shown\nsandbox.toml: 5002 errors";
    assert!(ran.stderr.starts_with(rest), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_missing() {
    let workspace = Workspace::empty();
    snapshot("ui/unreadable-file", "missing", &workspace.run(&["check"]).ends(1).text());
    workspace.run(&["compile", "nowhere/sandbox.toml"]).ends(1);
    workspace.run(&["apply", "nowhere.toml"]).ends(1);
}

#[test]
fn a_directory_without_a_manifest() {
    let workspace = Workspace::empty();
    workspace.write("directory/file", "");
    let ran = workspace.run(&["check", "directory"]).ends(1);
    snapshot("ui/unreadable-file", "directory-without-a-manifest", &ran.text());
}

#[test]
fn a_file_without_permission() {
    let workspace = Workspace::empty();
    let path = workspace.write("sandbox.toml", "name = \"x\"\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("the mode is set");
    if fs::read(&path).is_ok() {
        // Root reads everything. A path through a file is refused to everybody.
        workspace.run(&["check", "sandbox.toml/sandbox.toml"]).ends(1);
        return;
    }
    let ran = workspace.run(&["check"]).ends(1);
    assert!(ran.stdout.contains("permission denied"), "{}", ran.text());
}

#[test]
fn a_byte_order_mark_and_crlf_keep_spans_right() {
    let plain = "name = \"x\"\r\nfrom = \"python:3.12\"\r\ntags = [\"V1\", \"default\"]\r\n";
    for (text, shift) in [(plain.to_owned(), 0), (format!("\u{feff}{plain}"), 3)] {
        let workspace = Workspace::fixture();
        workspace.write("sandbox.toml", &text);
        let ran = workspace.run(&["check", "--format", "json"]).ends(1);
        let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
        let start = &report["diagnostics"][0]["range"]["start"];
        assert_eq!(start["line"], 3);
        assert_eq!(start["column"], 9);
        let offset = plain.find("\"V1\"").expect("it is there") + shift;
        assert_eq!(start["offset"], offset);
        assert_eq!(&text[offset..offset + 4], "\"V1\"");
    }
    let marked = "\u{feff}nam = \"x\"\r\nfrom = \"python:3.12\"\r\n";
    snapshot("ui/unknown-key", "byte-order-mark-and-crlf", &check(marked).text());
}

#[test]
fn an_ignore_file_that_cannot_be_read() {
    let workspace = Workspace::fixture();
    let copy =
        "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"app.py\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    workspace.write(".dockerignore", b"\xff\xfe");
    let ran = workspace.run(&["check"]).ends(1);
    snapshot("ui/unreadable-file", "ignore-file-that-is-no-text", &ran.text());
    workspace.write(".dockerignore", "# fine\n\n  [a-  \n*.log\n");
    let ran = workspace.run(&["check"]).ends(1);
    snapshot("ui/invalid-value", "pattern-in-an-ignore-file", &ran.text());
}

#[test]
fn a_context_that_is_not_there() {
    let workspace = Workspace::fixture();
    let copy = "name = \"x\"\ncontext = \"nowhere\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"a\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    let ran = workspace.run(&["check"]).ends(1);
    snapshot("ui/unreadable-file", "context-that-is-not-there", &ran.text());
}

#[test]
fn things_in_the_context_that_cannot_be_copied() {
    let workspace = Workspace::fixture();
    let made = std::process::Command::new("mkfifo").arg(workspace.path().join("src/pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    let copy = "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"src\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    let ran = workspace.run(&["check"]).ends(1);
    snapshot("ui/invalid-path", "pipe", &ran.text());

    let workspace = Workspace::fixture();
    std::os::unix::fs::symlink("src", workspace.path().join("link")).expect("the link is made");
    let copy = "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"link\", to = \"/\", follow_symlinks = true }]\n";
    workspace.write("sandbox.toml", copy);
    let ran = workspace.run(&["check"]).ends(1);
    snapshot("ui/invalid-path", "link-to-a-directory", &ran.text());
}

#[test]
fn no_secret_is_shown_however_many_there_are() {
    let workspace = Workspace::empty();
    let secret = |at: usize| format!("q7Rk2xW9vTz4LmB8nYc1Hs{at:03}Jd");
    let variables = (0..450).map(|at| format!("T{at}_TOKEN = \"{}\"\n", secret(at)));
    let variables: String = variables.collect();
    // The last one is said twice, and where an error is told of.
    let last = secret(449);
    let text = format!(
        "name = \"x\"\nfrom = \"python:3.12\"\n# {last}\ncontext = \"{last}\"\n\
         steps = [{{ copy = \"a\", to = \"b\" }}]\n\n\
         [env]\n{variables}",
    );
    workspace.write("sandbox.toml", text);
    for format in ["human", "short", "json"] {
        let shown = workspace.run(&["check", "--format", format]).ends(1).everything();
        assert!(shown.contains("secret-in-env"), "{format}\n{shown}");
        assert!(!shown.contains("q7Rk2xW9vT"), "{format}\n{shown}");
    }
}
