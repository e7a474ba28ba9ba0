//! The cases that stand in files, on pages or in tables: one test each, with a name that selects
//! it (`cargo test ui::apt-needs-root`), so that a failing case hides no other and they run in
//! parallel.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail as tests do, and are not documented for others"
)]

mod corpus;
mod dockerfiles;
mod examples;
mod failures;
mod first_time;
mod fixes;
mod format;
mod import;
mod near_misses;
mod pages;
#[path = "../support/process.rs"]
#[expect(dead_code, reason = "other test programs use the rest")]
mod process;
#[path = "../support/workspace.rs"]
mod support;
mod ui;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::support::{Workspace, copy_tree, root};

fn main() -> ExitCode {
    let groups = [
        ("corpus", 10, corpus::trials()),
        ("dockerfiles", 30, dockerfiles::trials()),
        ("examples", 12, examples::trials()),
        ("failures", 120, failures::trials()),
        ("first_time", 30, first_time::trials()),
        ("fixes", 40, fixes::trials()),
        ("format", 100, format::trials()),
        ("import", 100, import::trials()),
        ("near_misses", 60, near_misses::trials()),
        ("pages", 240, pages::trials()),
        ("ui", 150, ui::trials()),
    ];
    let mut trials = Vec::new();
    for (name, least, group) in groups {
        assert!(group.len() >= least, "{name}: only {} cases were found", group.len());
        trials.extend(group);
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that fails by panicking.
fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// The last part of a path without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().expect("a case has a name").to_str().expect("a name is text").to_owned()
}

/// The names of what a directory of the repository holds, sorted.
fn names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(directory)).expect("the cases are read");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("the cases are read").file_name())
        .map(|name| name.into_string().expect("a case's name is text"))
        .collect();
    names.sort();
    names
}

/// A copy of a directory of the repository.
fn copy_of(directory: &str) -> Workspace {
    let workspace = Workspace::empty();
    copy_tree(&root().join(directory), workspace.path());
    settle(workspace.path());
    workspace
}

/// Gives all of a directory modes that do not depend on the umask of a checkout.
fn settle(path: &Path) {
    let mode = fs::metadata(path).expect("the file is there").permissions().mode();
    let settled = if path.is_dir() || mode & 0o100 != 0 { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(settled)).expect("the mode is set");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the directory is read") {
            settle(&entry.expect("the directory is read").path());
        }
    }
}
