//! What `sbx check --fix` makes of a manifest: `tests/fixes/CASE.toml` becomes
//! `tests/fixes/CASE.fixed.toml`, in `tests/fixes/proposed` with `--unsafe-fixes`.
//! `SBX_UPDATE=1` writes the results anew.

mod command;
mod faults;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Workspace, files, root};

/// The report of a check as JSON, and the manifest after it.
fn checked(workspace: &Workspace, arguments: &[&str]) -> (Value, String) {
    let ran = workspace.run(&[&["check", "--format", "json"], arguments].concat());
    let report = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
    let bytes = fs::read(workspace.path().join("sandbox.toml")).expect("the manifest is read");
    (report, String::from_utf8(bytes).expect("the manifest is text"))
}

/// What is mended in a text, after which there is nothing of that kind left.
fn mended(text: &str, arguments: &[&str]) -> String {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", text);
    let (report, after) = checked(&workspace, &[&["--fix"], arguments].concat());
    let proposals = !arguments.is_empty();
    for diagnostic in report["diagnostics"].as_array().expect("a list") {
        let left = &diagnostic["fix"];
        let left = left.is_object() && (proposals || left["safe"] == true);
        assert!(!left, "{diagnostic:#}\nis left in\n{after}");
    }
    let (again, same) = checked(&workspace, &[&["--fix"], arguments].concat());
    assert_eq!(same, after, "a second round changes nothing");
    assert_eq!(again["summary"]["fixed"], 0);
    after
}

fn cases(directory: &str) -> Vec<PathBuf> {
    let fixed = |path: &PathBuf| path.to_string_lossy().ends_with(".fixed.toml");
    let directory = root().join("tests").join(directory);
    let all = files(directory.to_str().expect("a path of text"), ".toml");
    let here = all.into_iter().filter(|path| path.parent() == Some(directory.as_path()));
    here.filter(|path| !fixed(path)).collect()
}

fn compare(directory: &str, least: usize, arguments: &[&str]) {
    let cases = cases(directory);
    assert!(cases.len() >= least, "the cases are where they are looked for");
    for case in cases {
        let text = fs::read_to_string(&case).expect("the case is read");
        let after = mended(&text, arguments);
        let expected = case.with_extension("fixed.toml");
        if std::env::var_os("SBX_UPDATE").is_some() {
            fs::write(&expected, &after).expect("the result is written");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(after, expected, "{}", case.display());
        // The line breaks and the byte-order mark of some editors stay what they are.
        let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(mended(&crlf(&text), arguments), crlf(&expected), "{}", case.display());
    }
}

#[test]
fn each_safe_fix_writes_what_stands_beside_it() {
    compare("fixes", 30, &[]);
}

#[test]
fn each_proposal_writes_what_stands_beside_it() {
    compare("fixes/proposed", 8, &["--unsafe-fixes"]);
}

#[test]
fn proposals_are_made_only_when_they_are_asked_for() {
    for case in cases("fixes/proposed") {
        let text = fs::read_to_string(&case).expect("the case is read");
        assert_eq!(mended(&text, &[]), text, "{}", case.display());
    }
}
