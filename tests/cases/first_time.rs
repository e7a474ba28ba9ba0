//! A manifest written for the first time, with what people know of other tools: each
//! `tests/first_time/CASE.toml` stands beside what `check` says to it, and beside
//! `CASE.fixed.toml`, which is what the message alone leads to.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;

use crate::support::{Ran, Workspace, files, snapshot};
use crate::{stem, trial};

/// `first_time::CASE` for each case.
pub fn trials() -> Vec<Trial> {
    let all = files("tests/first_time", ".toml").into_iter();
    let broken = all.filter(|path| !path.to_string_lossy().ends_with(".fixed.toml"));
    broken.map(|path| trial(format!("first_time::{}", stem(&path)), move || test(&path))).collect()
}

fn test(path: &Path) {
    let ran = check(path);
    assert_ne!(ran.stdout, "", "the fault is reported");
    snapshot("first_time", &stem(path), &ran.text());
    let ran = check(&path.with_extension("fixed.toml"));
    assert_eq!(ran.stdout, "", "fixed as the message says\n{}", ran.text());
}

fn check(manifest: &Path) -> Ran {
    let workspace = Workspace::fixture();
    workspace.write("Dockerfile", "FROM python:3.12\n");
    workspace.write("sandbox.toml", fs::read(manifest).expect("the case is read"));
    workspace.run(&["check"])
}
