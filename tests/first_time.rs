//! Somebody writes a manifest for the first time, with what they know of other tools: each
//! `tests/first_time/CASE.toml` stands beside what `check` says to it, and beside
//! `CASE.mended.toml`, which is what the message alone tells them to write.

use std::fs;

use crate::support::{Workspace, files, root, snapshot};

fn check(manifest: &str) -> crate::support::Ran {
    let workspace = Workspace::fixture();
    workspace.write("Dockerfile", "FROM python:3.12\n");
    workspace.write("sandbox.toml", manifest);
    workspace.run(&["check"])
}

#[test]
fn each_message_says_what_to_write_and_what_it_says_is_right() {
    let all = files("tests/first_time", ".toml");
    let broken = all.iter().filter(|path| !path.to_string_lossy().ends_with(".mended.toml"));
    let mut count = 0;
    for path in broken {
        let name = path.file_stem().expect("a case has a name").to_string_lossy().into_owned();
        let ran = check(&fs::read_to_string(path).expect("the case is read"));
        assert_ne!(ran.stdout, "", "{name}: the fault is told");
        snapshot("first_time", &name, &ran.text());

        let mended = root().join("tests/first_time").join(format!("{name}.mended.toml"));
        let mended = fs::read_to_string(mended).expect("each case is mended");
        let ran = check(&mended);
        assert_eq!(ran.stdout, "", "{name}: mended as it was said\n{}", ran.text());
        count += 1;
    }
    assert!(count >= 30, "the cases are where they are looked for");
}
