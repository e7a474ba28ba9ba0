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

/// A real server has the histories and times of tags, by which a rebuilt base is noticed.
#[test]
fn a_base_that_was_rebuilt_is_looked_up() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (address, _data) = crate::many::local(&runtime, |_| {});
    let mut workspace = workspace();
    workspace.set("SBX_LOCAL_URL", &format!("http://{address}"));
    workspace.run(&["apply", "base", "app"]).ends(0);
    let note = |arguments: &[&str]| {
        let ran = workspace.run(&[&["plan", "app"], arguments].concat()).ends(0);
        let notes: Vec<_> = ran.stdout.lines().filter(|line| line.contains("note: ")).collect();
        notes.join("\n")
    };
    let offline = "  note: whether the template `base` was rebuilt since is not known: `--online` \
                   looks it up";
    assert_eq!(note(&[]), offline);
    assert_eq!(note(&["--online"]), "");
    workspace.run(&["apply", "base"]).ends(0);
    let rebuilt = note(&["--online"]);
    assert!(rebuilt.contains("`base` was rebuilt since, on 20"), "{rebuilt}");
    // The base names the manifests that it leaves behind.
    let ran = workspace.run(&["plan", "base"]).ends(0);
    assert!(ran.stdout.contains("not rebuilt: ") && ran.stdout.contains("app/sandbox.toml"));
    let ran = workspace.run(&["plan", "base", "app"]).ends(0);
    assert!(!ran.stdout.contains("not rebuilt: "), "{}", ran.text());
}
