//! Dockerfiles of many kinds: `tests/dockerfiles/NAME` is converted, or refused with a reason.
//!
//! `tests/conformance/dockerfiles.py` compares what they compile to with what the platform's own
//! client makes of them.

use libtest_mimic::Trial;

use crate::support::snapshot;
use crate::{copy_of, names, settle, trial};

/// The manifest of a directory that has none.
const MANIFEST: &str = "name = \"example\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";

/// `dockerfiles::NAME` for each directory.
pub fn trials() -> Vec<Trial> {
    let names = names("tests/dockerfiles").into_iter();
    names.map(|name| trial(format!("dockerfiles::{name}"), move || test(&name))).collect()
}

fn test(name: &str) {
    let workspace = copy_of(&format!("tests/dockerfiles/{name}"));
    if !workspace.path().join("sandbox.toml").exists() {
        workspace.write("sandbox.toml", MANIFEST);
        settle(workspace.path());
    }
    let ran = workspace.run(&["compile", "--platform", "e2b"]);
    assert!(ran.exit == 0 || ran.stderr.contains("error"), "{}", ran.text());
    snapshot("snapshots/dockerfiles", name, &ran.text());
}
