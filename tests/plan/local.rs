//! Plans for the local platform, which records builds where there is no engine.

use crate::support::{Workspace, snapshot};

/// Manifests in directories of their names, with what each starts from.
fn workspace() -> Workspace {
    let mut workspace = Workspace::empty();
    for (name, from) in [
        ("base", "\"python:3.12\""),
        ("app", "{ template = \"base\" }"),
        ("other", "\"debian:12\""),
    ] {
        let text = format!("name = \"{name}\"\nfrom = {from}\nsteps = [{{ run = \"date\" }}]\n");
        workspace.write(&format!("{name}/sandbox.toml"), text);
    }
    workspace.set("SBX_PLATFORM", "local");
    workspace
}

/// The output with the IDs of builds, which are random, replaced.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let word = |word: &str| {
        let end = word.trim_end_matches([',', ':', ';']).len();
        if is_id(&word[..end]) { format!("BUILD{}", &word[end..]) } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn what_starts_from_a_template_that_changes_is_built_too() {
    let workspace = workspace();
    let arguments = ["plan", "app", "other", "base", "--exit-code"];
    let ran = workspace.run(&arguments).ends(4);
    let first = |name: &str| ran.stdout.find(&format!("{name} on local"));
    assert!(first("base") < first("app"), "{}", ran.text());
    snapshot("snapshots/plan", "several", &ran.stdout);
}

#[test]
fn a_build_whose_steps_were_only_recorded_is_built_again() {
    let workspace = workspace();
    workspace.run(&["apply", "base"]).ends(0);
    let ran = workspace.run(&["plan", "base", "--exit-code"]).ends(4);
    snapshot("snapshots/plan", "recorded", &without_ids(&ran.stdout));
}
