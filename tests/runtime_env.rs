//! The step that carries `env` into the sandbox, run in real shells.
//!
//! `tests/runtime_env/pam.sh` reads the same variables back through real PAM.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::Source;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

/// The last step's command for a manifest, which runs as root.
fn last_command(manifest: &str) -> String {
    let source = Source::new(Path::new("sandbox.toml"), manifest.to_owned());
    let analysis = pipeline::analyze_text(&System, source, Some(Platform::E2b));
    let plan = analysis.plan(&Secrets::Hidden);
    let plan = plan.unwrap_or_else(|faults| panic!("{:?} {faults:?}", analysis.diagnostics));
    let step = plan.steps.last().expect("there is a step");
    let args = step.request["args"].as_array().expect("arguments");
    assert_eq!(args[1], "root");
    args[0].as_str().expect("a command").to_owned()
}

/// The command with another `/etc`, so that it harms no machine.
fn elsewhere(command: &str, root: &Path) -> String {
    let encoded = command.split(' ').nth(1).expect("the script stands behind `echo`");
    let script = STANDARD.decode(encoded).expect("it is base64");
    let script = String::from_utf8(script).expect("it is text");
    let moved = script.replace("/etc/", &format!("{}/etc/", root.display()));
    command.replace(encoded, &STANDARD.encode(moved))
}

fn run_step(manifest: &str, workspace: &Workspace) {
    let command = elsewhere(&last_command(manifest), workspace.path());
    std::fs::create_dir_all(workspace.path().join("etc")).expect("made");
    // As the builder runs it.
    let ran =
        Command::new("bash").args(["-l", "-c", &command]).env("HOME", workspace.path()).to_end();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// What a shell knows after it has read the profile.
fn read_back(shell: &str, workspace: &Workspace) -> BTreeMap<String, String> {
    let profile = workspace.path().join("etc/profile.d/zz-sbx-env.sh");
    let script = format!(". '{}' && exec env -0", profile.display());
    let ran = Command::new(shell)
        .args(["-c", &script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/home/somebody")
        .to_end();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let variables = ran.stdout.split(|byte| *byte == 0).filter(|variable| !variable.is_empty());
    variables
        .map(|variable| {
            let text = OsString::from_vec(variable.to_vec()).into_string().expect("text");
            let (name, value) = text.split_once('=').expect("a variable has a value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

fn environment(workspace: &Workspace) -> String {
    std::fs::read_to_string(workspace.path().join("etc/environment")).expect("it is there")
}

fn manifest(variables: &BTreeMap<String, String>) -> String {
    let mut text = "name = \"x\"\nfrom = \"python:3.12\"\n[env]\n".to_owned();
    for (name, value) in variables {
        let value = value.replace('$', "$$");
        let value = serde_json::to_string(&value).expect("a text is JSON");
        // TOML wants the one character escaped that JSON does not.
        let value = value.replace('\u{7f}', "\\u007F");
        text.extend([name, " = ", &value, "\n"]);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_comes_back_in_any_shell(
        variables in prop::collection::btree_map(
            "V[A-Z_]{0,6}",
            prop_oneof![
                "[ -~\n\t'\"$%\\\\`!#äß漢🙂]{0,24}",
                any::<String>().prop_map(|text| text.replace('\0', "")),
            ],
            1..5,
        ),
    ) {
        let workspace = Workspace::empty();
        let kept = "# kept\nKEPT=1";
        workspace.write("etc/environment", kept);
        run_step(&manifest(&variables), &workspace);
        for shell in ["dash", "bash"] {
            let known = read_back(shell, &workspace);
            for (name, value) in &variables {
                prop_assert_eq!(known.get(name), Some(value), "{} in {}", name, shell);
            }
        }
        let environment = environment(&workspace);
        prop_assert!(environment.starts_with(&[kept, "\n"].concat()));
        let lines: Vec<_> = environment.lines().skip(2).collect();
        let sayable = variables.values().filter(|value| !value.contains(['#', '\n'])).count();
        // A carriage return ends no line for PAM.
        let written = environment[kept.len() + 1..].matches('\n').count();
        prop_assert_eq!(written, sayable, "{:?}", lines);
    }
}

#[test]
fn references_that_are_left_are_expanded_where_they_are_read() {
    let workspace = Workspace::empty();
    run_step(
        "name = \"x\"\nfrom = \"python:3.12\"\nuser = \"root\"\n\
         [env]\nTOOLS = \"/opt/tools\"\nPATH = \"$TOOLS/bin:$PATH\"\nDATA = \"${HOME}/data\"\n",
        &workspace,
    );
    let known = read_back("dash", &workspace);
    assert_eq!(known["PATH"], "/opt/tools/bin:/usr/bin:/bin");
    assert_eq!(known["DATA"], "/home/somebody/data");
    let environment = environment(&workspace);
    let path = environment.lines().find(|line| line.starts_with("PATH=")).expect("a path");
    assert!(path.starts_with("PATH=/opt/tools/bin:/") && !path.contains('$'), "{environment}");
    // The sandbox's user is root, whatever the step's own home was.
    assert!(environment.contains("DATA=/root/data\n"), "{environment}");
}

#[test]
fn the_last_value_counts_and_build_variables_stay_behind() {
    let workspace = Workspace::empty();
    run_step(
        "name = \"x\"\nfrom = \"python:3.12\"\n\
         [build_env]\nONLY_BUILD = \"1\"\n[env]\nMODE = \"a\"\nBOTH = \"$ONLY_BUILD\"\n\
         [[steps]]\nenv = { MODE = \"b\", EMPTY = \"\" }\n",
        &workspace,
    );
    let known = read_back("bash", &workspace);
    assert_eq!(known["MODE"], "b");
    assert_eq!(known["BOTH"], "1");
    assert_eq!(known["EMPTY"], "");
    assert!(!known.contains_key("ONLY_BUILD"));
    assert!(!environment(&workspace).contains("MODE=a"));
}

#[test]
fn a_template_on_top_of_another_keeps_that_one_s_variables() {
    let workspace = Workspace::empty();
    run_step("name = \"a\"\nfrom = \"x\"\n[env]\nA = \"1\"\nB = \"1\"\n", &workspace);
    run_step("name = \"b\"\nfrom = \"x\"\n[env]\nB = \"2\"\n", &workspace);
    let known = read_back("dash", &workspace);
    assert_eq!((known["A"].as_str(), known["B"].as_str()), ("1", "2"));
    assert_eq!(environment(&workspace), "A=1\nB=1\nB=2\n");
}

#[test]
fn a_template_without_variables_gets_no_step() {
    for manifest in ["", "[build_env]\nA = \"1\"\n", "[env]\n"] {
        let source = format!("name = \"a\"\nfrom = \"x\"\n{manifest}");
        let source = Source::new(Path::new("sandbox.toml"), source);
        let analysis = pipeline::analyze_text(&System, source, None);
        let plan = analysis.plan(&Secrets::Hidden).expect("it compiles");
        assert!(plan.steps.iter().all(|step| step.request["args"][1] != "root"));
    }
}
