//! `sbx check - --stdin-path PATH`: a text that is not saved yet, as the file that it becomes.

use serde_json::Value;

use crate::support::Workspace;

const MANIFEST: &str =
    "name = \"x\"\nfrom = \"debian:12\"\n[[steps]]\ncopy = \"app.py\"\nto = \"/srv/\"\n";

fn codes(workspace: &Workspace, arguments: &[&str], text: &str) -> Vec<(String, String)> {
    let arguments = [&["check", "--format", "json"], arguments].concat();
    let ran = workspace.run_with_input(&arguments, text);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
    let problem = |problem: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&problem["code"]), text(&problem["file"]))
    };
    report["diagnostics"].as_array().expect("a list").iter().map(problem).collect()
}

#[test]
fn a_text_is_checked_in_the_directory_of_its_path() {
    let workspace = Workspace::empty();
    workspace.write("project/app.py", "");
    workspace.write("project/sandbox.toml", "what is saved is not read");
    assert_eq!(codes(&workspace, &["-", "--stdin-path", "project/sandbox.toml"], MANIFEST), []);
    assert_eq!(codes(&workspace, &["-", "--stdin-path", "project"], MANIFEST), []);
    // A file that is not there yet, and a path that is absolute.
    let path = workspace.path().join("project/./new.toml");
    assert_eq!(codes(&workspace, &["-", "--stdin-path", &path.to_string_lossy()], MANIFEST), []);
    let elsewhere = codes(&workspace, &["-"], MANIFEST);
    assert_eq!(elsewhere, [("source-not-found".to_owned(), "<stdin>".to_owned())]);
    let wrong = MANIFEST.replace("app.py", "none.py");
    let found = codes(&workspace, &["-", "--stdin-path", "project/sandbox.toml"], &wrong);
    assert_eq!(found, [("source-not-found".to_owned(), "project/sandbox.toml".to_owned())]);
}

#[test]
fn the_lock_of_the_path_counts() {
    let workspace = Workspace::empty();
    workspace.write("project/app.py", "");
    workspace.write("project/sandbox.lock", "no lock\n");
    let found = codes(&workspace, &["-", "--stdin-path", "project/sandbox.toml"], MANIFEST);
    assert_eq!(found[0].0, "invalid-lock");
}

#[test]
fn a_path_without_standard_input_and_an_unreadable_text_are_reported() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    let ran = workspace.run(&["check", "--stdin-path", "sandbox.toml"]).ends(2);
    assert!(ran.stderr.contains("`--stdin-path` is only for standard input"), "{}", ran.text());
    let ran = workspace.run(&["check", "-", "--fix", "--stdin-path", "sandbox.toml"]).ends(2);
    assert!(ran.stderr.contains("`--fix` cannot change standard input"), "{}", ran.text());
    let large = "#".repeat(1024 * 1024 + 1);
    let found = codes(&workspace, &["-", "--stdin-path", "sandbox.toml"], &large);
    assert_eq!(found, [("manifest-too-large".to_owned(), "sandbox.toml".to_owned())]);
}
