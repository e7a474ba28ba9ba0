//! `--engine` and its variables, with engines that are scripts.

use crate::support::serve::Serve;
use crate::support::{DOCKER, DOCKER_WITHOUT_DAEMON, Workspace, write_program};

/// A workspace with a manifest for the local platform and these programs in `PATH`, alone.
fn workspace(programs: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\nplatform = \"local\"\n");
    let bin = workspace.path().join("bin");
    for (name, script) in programs {
        write_program(&bin, name, script);
    }
    workspace.set("PATH", &bin.to_string_lossy());
    workspace
}

#[test]
fn an_engine_that_was_asked_for_and_does_not_answer_ends_builds() {
    let workspace = workspace(&[("docker", DOCKER_WITHOUT_DAEMON)]);
    let why = "error: Docker at `unix:///var/run/docker.sock` does not answer";
    for command in [&["apply", "--engine", "docker"][..], &["serve", "--engine", "docker"]] {
        let ran = workspace.run(command).ends(3);
        assert!(ran.stderr.contains(why), "{}", ran.text());
        assert!(ran.stderr.contains("`--engine none` or `SBX_ENGINE=none`"), "{}", ran.text());
        assert_eq!(ran.stdout, "");
    }
    let ran = workspace.run(&["apply", "--engine", "podman"]).ends(3);
    assert!(ran.stderr.contains("error: Podman is not installed"), "{}", ran.text());
    // Nothing was registered.
    assert_eq!(workspace.run(&["list", "--format", "json"]).ends(0).stdout, "[]\n");
    workspace.run(&["list", "--engine", "docker"]).ends(0);
    workspace.run(&["apply", "--engine", "docker", "--dry-run"]).ends(0);
}

#[test]
fn an_engine_that_takes_long_to_answer_is_waited_for_and_that_is_said() {
    let answer = r#"echo '{"version":{"Version":"4.3.1"}}'"#;
    let workspace = workspace(&[("podman", &format!("[ $1 != info ] || /bin/sleep 6\n{answer}"))]);
    let ran = workspace.run(&["apply", "--engine", "podman"]);
    assert!(
        ran.stderr.starts_with("waiting for the container engine to answer\nregistered x"),
        "{}",
        ran.text()
    );
}

#[test]
fn the_variable_asks_for_an_engine_too() {
    let mut workspace = workspace(&[]);
    workspace.set("SBX_ENGINE", "docker");
    let ran = workspace.run(&["apply"]).ends(3);
    assert!(ran.stderr.contains("error: Docker is not installed"), "{}", ran.text());
    workspace.run(&["apply", "--engine", "none"]).ends(0);
    workspace.set("SBX_ENGINE", "");
    workspace.run(&["apply"]).ends(0);
    workspace.set("SBX_ENGINE", "dcoker");
    let ran = workspace.run(&["apply"]).ends(2);
    assert!(ran.stderr.contains("SBX_ENGINE") && ran.stderr.contains("docker"), "{}", ran.text());
    let ran = workspace.run(&["apply", "--engine", "lxc"]).ends(2);
    assert!(ran.stderr.contains("auto, docker, podman, none"), "{}", ran.text());
}

#[test]
fn arguments_that_cannot_be_split_are_a_usage_error() {
    let mut workspace = workspace(&[("docker", DOCKER)]);
    workspace.set("SBX_ENGINE_ARGS", "-e 'TOKEN=hidden");
    for command in ["apply", "serve"] {
        let ran = workspace.run(&[command]).ends(2);
        assert!(ran.stderr.contains("`SBX_ENGINE_ARGS` cannot be split"), "{}", ran.text());
        assert!(!ran.everything().contains("hidden"), "{}", ran.text());
    }
}

#[test]
fn the_engine_of_a_running_server_is_its_own() {
    let mut workspace = workspace(&[("docker", DOCKER_WITHOUT_DAEMON)]);
    let serve = Serve::start(&workspace, &[]);
    let url = &serve.url;
    let note = "`--engine` has no effect: the local platform at ";

    let ran = workspace.run(&["apply", "--engine", "docker"]).ends(0);
    assert!(ran.stderr.contains(&format!("{note}{url}/")), "{}", ran.text());
    workspace.set("SBX_ENGINE", "docker");
    let ran = workspace.run(&["apply"]).ends(0);
    assert!(!ran.stderr.contains(note), "{}", ran.text());
    workspace.set("SBX_LOCAL_URL", url);
    let ran = workspace.run(&["list", "--engine", "none"]).ends(0);
    assert!(ran.stderr.contains(note), "{}", ran.text());
}

#[test]
fn a_sandbox_without_an_engine_says_what_is_missing_and_what_to_do() {
    let mut workspace = workspace(&[]);
    let test = "\n[[tests]]\nrun = \"true\"\n";
    workspace.write(
        "sandbox.toml",
        format!("name = \"x\"\nfrom = \"python:3.12\"\nplatform = \"local\"\n{test}"),
    );
    workspace.set("SBX_ENGINE", "auto");
    workspace.run(&["apply", "--no-test"]).ends(0);
    for (command, exit) in [(&["run", "--", "true"][..], 125), (&["test"], 3)] {
        let ran = workspace.run(command).ends(exit);
        let why = "were only recorded (Docker is not installed, Podman is not installed)";
        assert!(ran.stderr.contains(why), "{}", ran.text());
        assert!(ran.stderr.contains("help: install or start Docker or Podman"), "{}", ran.text());
        assert!(!ran.stderr.contains("try again"), "{}", ran.text());
    }
    // A template that does not exist needs no engine.
    let ran = workspace.run(&["run", "missing", "--", "true"]).ends(125);
    assert!(ran.stderr.contains("`sbx apply` makes a template"), "{}", ran.text());
}

#[test]
fn an_engine_that_answers_later_is_found_by_the_next_build() {
    let mut workspace = workspace(&[("docker", DOCKER_WITHOUT_DAEMON)]);
    workspace.set("SBX_ENGINE", "auto");
    workspace.set("SBX_RETRY_SCALE", "0.01");
    let _serve = Serve::start(&workspace, &[]);

    let ran = workspace.run(&["apply"]).ends(0);
    assert!(ran.stderr.contains("recorded only"), "{}", ran.text());
    write_program(&workspace.path().join("bin"), "docker", DOCKER);
    // It answers, and can do nothing else.
    let ran = workspace.run(&["apply"]);
    assert!(ran.stderr.contains("`docker image inspect`"), "{}", ran.text());
}
