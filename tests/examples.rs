//! The examples: each is checked, and its requests or its diagnostics are snapshotted for each
//! platform.

use std::fs;

use sandbox_toml::platform::Platform;

use crate::support::{Workspace, copy_tree, root, settle, snapshot};

fn names() -> Vec<String> {
    let examples = fs::read_dir(root().join("examples")).expect("the examples are read");
    let mut names: Vec<_> = examples
        .map(|entry| entry.expect("the examples are read").file_name())
        .map(|name| name.into_string().expect("an example's name is text"))
        .collect();
    names.sort();
    names
}

/// A copy of an example with modes that do not depend on the umask of a checkout.
fn workspace(name: &str) -> Workspace {
    let workspace = Workspace::empty();
    copy_tree(&root().join("examples").join(name), workspace.path());
    settle(workspace.path());
    workspace
}

#[test]
fn each_compiles_for_every_platform_or_says_why_not() {
    let names = names();
    assert!(names.len() >= 6, "the examples are where they are looked for");
    for name in names {
        let workspace = workspace(&name);
        for platform in Platform::ALL {
            let ran = workspace.run(&["compile", "--requests", "--platform", platform.name()]);
            snapshot("snapshots/examples", &format!("{name}@{platform}"), &ran.text());
        }
    }
}

#[test]
fn each_is_without_a_fault_on_the_platform_it_is_for() {
    for name in names() {
        let ran = workspace(&name).run(&["check", "--deny", "warnings"]).ends(0);
        assert_eq!(ran.stdout, "", "{name}");
    }
}

#[test]
fn each_can_be_applied_on_the_local_platform() {
    // In the order in which the templates build on each other.
    let mut names = names();
    names.sort_by_key(|name| name == "layered");
    let mut home = Workspace::empty();
    home.set("REGISTRY_USERNAME", "somebody");
    home.set("REGISTRY_PASSWORD", "s3cr3t-of-the-test");
    for name in names {
        let directory = root().join("examples").join(&name);
        let path = directory.to_str().expect("the path is text");
        let ran = home.run(&["apply", path, "--platform", "local"]).ends(0);
        assert_eq!(ran.stdout.trim().len(), 20, "{name}: a template's ID\n{}", ran.text());
        assert!(!ran.everything().contains("s3cr3t-of-the-test"), "{}", ran.text());
    }
}
