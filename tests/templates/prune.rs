//! `sbx prune TEMPLATE`: the tags of `sbx` that nothing needs go, and no other.

use serde_json::json;

use super::fake::Fake;
use super::json as read;
use crate::support::Workspace;
use crate::support::faulty::Call;
use crate::support::faulty::model::{Model, Tags};
use crate::support::terminal::at_a_terminal;

fn digest(number: usize) -> String {
    format!("sbx-{number:016x}")
}

/// Builds with a digest each, of which the first one is in use.
fn many(model: &mut Model) {
    for number in 0..23 {
        model.add("web", "ready", &[&digest(number)]);
    }
    model.add("web", "ready", &["default"]);
    model.assign_to("prod", 0);
}

#[test]
fn digests_that_nothing_needs_are_removed() {
    let fake = Fake::start("novita", Tags::Older(404), many);
    let (screen, exit) = at_a_terminal(&fake.workspace, &["prune", "web"], 120, "n\n");
    assert_eq!(exit, 1, "{screen}");
    assert!(screen.contains("remove these tags? 2 builds have no other tag"), "{screen}");
    assert!(screen.contains("nothing was removed"), "{screen}");
    let ran = fake.run(&["prune", "web", "--yes", "--format", "json"]).ends(0);
    let told = read(&ran);
    assert_eq!(told["removed"], json!([digest(2), digest(1)]));
    assert_eq!(told["unreachable"].as_array().expect("builds").len(), 2);
    for (tag, is_there) in [(0, true), (1, false), (2, false), (3, true), (22, true)] {
        assert_eq!(fake.resolved(&digest(tag)).is_some(), is_there, "{tag}");
    }
    assert!(fake.resolved("prod").is_some());
    let ran = fake.run(&["prune", "web", "--yes"]).ends(0);
    assert_eq!(ran.stderr, "there was nothing to remove\n");
    let calls = fake.server.model.lock().expect("not poisoned").calls.clone();
    assert_eq!(calls[&Call::Unassign], 1);
}

#[test]
fn usage_is_checked_before_any_request() {
    let workspace = Workspace::empty();
    for (arguments, error) in [
        (&["prune", "web"][..], "cannot ask for confirmation"),
        (&["prune", "web:v1", "--yes"], "`web:v1` is one build of a template"),
        (&["prune", "web", "--yes", "--platform", "declaw"], "`declaw` has no tags"),
        (&["prune", "--yes"], "required arguments were not provided"),
    ] {
        let ran = workspace.run(arguments).ends(2);
        assert!(ran.stderr.contains(error), "{}", ran.text());
    }
}
