//! `sbx rollback` on a platform that does not know what a tag has pointed to.

use super::{Workspace, start, workspace};
use crate::support::faulty::Faulty;
use crate::support::faulty::model::Tags;

/// The build that a tag resolves to.
fn resolved(server: &Faulty, tag: &str) -> String {
    let model = server.model.lock().expect("not poisoned");
    model.resolved(tag).expect("it has a build").to_owned()
}

fn apply(server: &Faulty, workspace: &Workspace, content: &str) -> String {
    workspace.write("app.py", content);
    workspace.run(&["apply"]).ends(0);
    resolved(server, "v1")
}

#[test]
fn a_tag_goes_back_to_the_build_that_this_machine_gave_it_before() {
    let server = start(Tags::Older(404), Box::new(|_, _| None));
    let workspace = workspace(&server);
    let rollback = |tag: &str| workspace.run(&["rollback", "--tag", tag, "--yes"]);
    let first = apply(&server, &workspace, "first\n");
    let ran = rollback("v1").ends(3);
    assert!(ran.stderr.contains("this machine has no record of one"), "{}", ran.text());

    let second = apply(&server, &workspace, "second\n");
    assert_ne!(first, second);
    rollback("v1").ends(0);
    assert_eq!(resolved(&server, "v1"), first);
    assert_eq!(resolved(&server, "default"), second, "the other tag stays");
    // The build before is now the second one.
    rollback("v1").ends(0);
    assert_eq!(resolved(&server, "v1"), second);

    // Tags that were moved without a build count too.
    assert_eq!(apply(&server, &workspace, "first\n"), first);
    rollback("v1").ends(0);
    assert_eq!(resolved(&server, "v1"), second);
    rollback("unknown").ends(3);
}

#[test]
fn a_build_whose_tests_failed_is_no_build_before() {
    let server = start(Tags::Older(404), Box::new(|_, _| None));
    let workspace = workspace(&server);
    apply(&server, &workspace, "first\n");
    let tests = "\n[[tests]]\nrun = \"say 1\"\nstdout = \"2\"\n";
    let manifest = format!("{}{tests}", super::MANIFEST);
    workspace.write("sandbox.toml", &manifest);
    workspace.write("app.py", "second\n");
    workspace.run(&["apply"]).ends(1);
    let ran = workspace.run(&["rollback", "--tag", "v1", "--yes"]).ends(3);
    assert!(ran.stderr.contains("this machine has no record of one"), "{}", ran.text());
}
