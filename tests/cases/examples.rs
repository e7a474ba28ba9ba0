//! The examples: each is checked, and its requests or its diagnostics are snapshotted for each
//! platform.

use libtest_mimic::Trial;
use sandbox_toml::platform::Platform;

use crate::support::{Workspace, root, snapshot};
use crate::{copy_of, names, trial};

/// The examples that are manifests; the others are workflows.
pub fn manifests() -> Vec<String> {
    let mut names = names("examples");
    names.retain(|name| root().join("examples").join(name).join("sandbox.toml").exists());
    names
}

/// `examples::NAME::compile`, `examples::NAME::check`, and all of them applied.
pub fn trials() -> Vec<Trial> {
    let compiles = manifests().into_iter();
    let compiles =
        compiles.map(|name| trial(format!("examples::{name}::compile"), move || compile(&name)));
    let checks = manifests().into_iter();
    let checks = checks.map(|name| trial(format!("examples::{name}::check"), move || check(&name)));
    compiles.chain(checks).chain([trial("examples::apply", apply)]).collect()
}

fn compile(name: &str) {
    let workspace = copy_of(&format!("examples/{name}"));
    for platform in Platform::ALL {
        let ran = workspace.run(&["compile", "--requests", "--platform", platform.name()]);
        snapshot("snapshots/examples", &format!("{name}@{platform}"), &ran.text());
    }
}

/// Each is without a fault on the platform that it is for.
fn check(name: &str) {
    let ran = copy_of(&format!("examples/{name}")).run(&["check", "--deny", "warnings"]).ends(0);
    assert_eq!(ran.stdout, "", "{name}");
}

/// Each can be applied on the local platform, in the order in which they build on each other.
fn apply() {
    let mut names = manifests();
    names.sort_by_key(|name| name == "layered");
    let mut home = Workspace::empty();
    home.set("REGISTRY_USERNAME", "robot");
    home.set("REGISTRY_PASSWORD", "s3cr3t-of-the-test");
    for name in names {
        let directory = root().join("examples").join(&name);
        let path = directory.to_str().expect("the path is text");
        let ran = home.run(&["apply", path, "--platform", "local"]).ends(0);
        assert_eq!(ran.stdout.trim().len(), 20, "{name}: a template's ID\n{}", ran.text());
        assert!(!ran.everything().contains("s3cr3t-of-the-test"), "{}", ran.text());
    }
}
