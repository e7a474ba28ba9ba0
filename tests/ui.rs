//! What a person sees for each fault: `tests/ui/CODE/CASE.toml` beside what it prints, and beside
//! `CASE.Dockerfile` where the manifest names a `Dockerfile`; `CASE.other` and `CASE.third` are the
//! manifests of the directories `other` and `third`, where it takes several.

use std::fs;

use crate::support::{Workspace, files, root, snapshot};

/// A first line that names another command than `check`.
const RUN: &str = "# run: ";

#[test]
fn every_case_prints_what_stands_beside_it() {
    let cases = files("tests/ui", ".toml");
    assert!(cases.len() > 50, "the cases are where they are looked for");
    for case in cases {
        let text = fs::read_to_string(&case).expect("the case is read");
        let workspace = Workspace::fixture();
        workspace.write("sandbox.toml", &text);
        let dockerfile = case.with_extension("Dockerfile");
        if dockerfile.exists() {
            workspace.write("Dockerfile", fs::read(&dockerfile).expect("the case is read"));
        }
        for directory in ["other", "third"] {
            let manifest = case.with_extension(directory);
            if manifest.exists() {
                let text = fs::read(&manifest).expect("the case is read");
                workspace.write(&format!("{directory}/sandbox.toml"), text);
            }
        }
        let command = text.lines().next().and_then(|line| line.strip_prefix(RUN));
        let arguments: Vec<_> = command.unwrap_or("check").split(' ').collect();
        let ran = workspace.run(&arguments);

        let relative = case.strip_prefix(root().join("tests")).expect("the case is a test's");
        let code = relative.parent().and_then(|it| it.file_name()).expect("a case has a code");
        let code = code.to_string_lossy();
        let name = case.file_stem().expect("a case has a name").to_string_lossy().into_owned();
        assert!(
            ran.everything().lines().any(|line| line == code),
            "{}: the code is not among what is printed\n{}",
            relative.display(),
            ran.text()
        );
        snapshot(&format!("ui/{code}"), &name, &ran.text());
    }
}
