//! What a person sees for each fault: `tests/ui/CODE/CASE.toml` beside what it prints, and beside
//! `CASE.Dockerfile` where the manifest names a `Dockerfile`; `CASE.lock` is its lock; `CASE.other` and `CASE.third` are the
//! manifests of the directories `other` and `third`, where it takes several.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;

use crate::support::{Workspace, files, snapshot};
use crate::{stem, trial};

/// A first line that names another command than `check`.
const RUN: &str = "# run: ";

/// `ui::CODE::CASE` for each case.
pub fn trials() -> Vec<Trial> {
    let cases = files("tests/ui", ".toml").into_iter();
    let trials = cases.map(|case| {
        let code = stem(case.parent().expect("a case is in the directory of its code"));
        trial(format!("ui::{code}::{}", stem(&case)), move || check(&code, &case))
    });
    trials.collect()
}

fn check(code: &str, case: &Path) {
    let text = fs::read_to_string(case).expect("the case is read");
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", &text);
    let beside = [
        ("Dockerfile", "Dockerfile"),
        ("lock", "sandbox.lock"),
        ("other", "other/sandbox.toml"),
        ("third", "third/sandbox.toml"),
    ];
    for (extension, name) in beside {
        let file = case.with_extension(extension);
        if file.exists() {
            workspace.write(name, fs::read(&file).expect("the case is read"));
        }
    }
    let command = text.lines().next().and_then(|line| line.strip_prefix(RUN));
    let arguments: Vec<_> = command.unwrap_or("check").split(' ').collect();
    let ran = workspace.run(&arguments);
    assert!(
        ran.everything().lines().any(|line| line == code),
        "the code is not among what is printed\n{}",
        ran.text()
    );
    snapshot(&format!("ui/{code}"), &stem(case), &ran.text());
}
