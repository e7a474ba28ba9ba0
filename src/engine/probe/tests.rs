use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use super::*;

const DOCKER: &str = r#"echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Components":[{"Name":"Engine"}],"Version":"20.10.24"}}'"#;
const PODMAN: &str = r#"case $1 in
version) echo '{"Client":{"APIVersion":"4.3.1","Version":"4.3.1"}}';;
info) echo '{"host":{},"version":{"APIVersion":"4.3.1","Version":"4.3.1"}}';;
esac"#;

/// A directory of programs, each a shell script.
fn programs(scripts: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, script) in scripts {
        // A file that this process had open could not be run: another test's process, forked at
        // that moment, would hold it open.
        let write = "printf '#!/bin/sh\n%s\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
        let path = directory.path().join(name);
        let mut shell = Command::new("/bin/sh");
        let status = shell.arg("-c").arg(write).arg(path).arg(script).status();
        assert!(status.expect("a shell runs").success());
    }
    directory
}

fn find_among(choice: Choice, scripts: &[(&str, &str)]) -> Result<Found, Unavailable> {
    let directory = programs(scripts);
    let search = Search { path: Some(directory.path().into()), limit: None };
    find(&Selection { choice, ..Selection::default() }, &search)
}

/// The kind, version and program of the engine that is found.
#[track_caller]
fn engine_among(choice: Choice, scripts: &[(&str, &str)]) -> (Kind, String, String) {
    let Ok(Found::Engine(engine)) = find_among(choice, scripts) else { panic!("no engine") };
    let program = engine.command().get_program().to_string_lossy().into_owned();
    (engine.kind(), engine.version().to_owned(), program)
}

/// Why no engine is found.
#[track_caller]
fn nothing_among(scripts: &[(&str, &str)]) -> String {
    match find_among(Choice::Auto, scripts) {
        Ok(Found::Nothing(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Why Docker is unavailable whose program writes this text on standard error.
#[track_caller]
fn docker_says(text: &str) -> String {
    let script = format!(
        "echo '{{\"Server\":null}}'\nwhile read -r line; do echo \"$line\" >&2; done <<'E'\n{text}\nE\nexit 1"
    );
    find_among(Choice::Docker, &[("docker", &script)]).expect_err("unavailable").to_string()
}

#[test]
fn auto_takes_the_first_that_answers() {
    let docker = (Kind::Docker, "20.10.24".to_owned(), "docker".to_owned());
    let podman = (Kind::Podman, "4.3.1".to_owned(), "podman".to_owned());
    let both = [("docker", DOCKER), ("podman", PODMAN)];
    assert_eq!(engine_among(Choice::Auto, &both), docker);
    assert_eq!(engine_among(Choice::Podman, &both), podman);
    assert_eq!(engine_among(Choice::Auto, &[("podman", PODMAN)]), podman);
    assert_eq!(engine_among(Choice::Auto, &[("docker", "exit 1"), ("podman", PODMAN)]), podman);
}

#[test]
fn without_an_engine_there_are_reasons() {
    assert_eq!(nothing_among(&[]), "Docker is not installed, Podman is not installed");
    assert_eq!(
        nothing_among(&[
            ("docker", "exit 3"),
            ("podman", "echo 'Error: no such luck' >&2; exit 125")
        ]),
        "Docker cannot be used: its program ended with exit status: 3, \
         Podman cannot be used: no such luck"
    );
    let none = find_among(Choice::None, &[("docker", DOCKER)]);
    assert!(matches!(none, Ok(Found::Nothing(why)) if why == "the selected engine is `none`"));
}

#[test]
fn an_engine_that_was_asked_for_is_the_only_one() {
    let error = find_among(Choice::Docker, &[("podman", PODMAN)]).expect_err("unavailable");
    assert_eq!(error, Unavailable { engine: Kind::Docker, reason: Reason::NotInstalled });
    let error = find_among(Choice::Podman, &[("docker", DOCKER)]).expect_err("unavailable");
    assert_eq!(error.to_string(), "Podman is not installed");
}

#[test]
fn a_daemon_that_does_not_answer_is_named() {
    let unreachable = "Docker at `unix:///var/run/docker.sock` does not answer";
    let up_to_28 = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the \
                    docker daemon running?";
    let after_28 = "failed to connect to the docker API at unix:///var/run/docker.sock; check if \
                    the path is correct and if the daemon is running: dial unix \
                    /var/run/docker.sock: connect: no such file or directory";
    assert_eq!(docker_says(up_to_28), unreachable);
    assert_eq!(docker_says(after_28), unreachable);
}

#[test]
fn missing_rights_are_missing_rights() {
    let denied = "no permission to use Docker's socket at `unix:///var/run/docker.sock`";
    let end = "unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version\": \
               dial unix /var/run/docker.sock: connect: permission denied";
    for start in [
        "Got permission denied while trying to connect to the Docker daemon socket at",
        "permission denied while trying to connect to the Docker daemon socket at",
        "permission denied while trying to connect to the docker API at",
    ] {
        assert_eq!(docker_says(&format!("{start} {end}")), denied);
    }
    let error = Unavailable { engine: Kind::Docker, reason: Reason::NoPermission(None) };
    assert!(error.help().contains("usermod -aG docker"), "{}", error.help());
}

#[test]
fn other_words_are_the_engines_own() {
    let context =
        "Failed to initialize: unable to resolve docker endpoint: context \"x\": not found";
    assert_eq!(docker_says(context), format!("Docker cannot be used: {context}"));
    let noisy = "time=\"2026-01-01\" level=warning msg=\"x\"\n\nWARNING: x\nwhat is wrong\nmore";
    assert_eq!(docker_says(noisy), "Docker cannot be used: what is wrong");
    let long = docker_says(&"x".repeat(9999));
    assert!(long.len() < 400, "{}", long.len());
    let error = find_among(Choice::Docker, &[("docker", "echo hello")]).expect_err("unavailable");
    assert_eq!(error.to_string(), "Docker cannot be used: its answer is not JSON");
    let error = find_among(Choice::Docker, &[("docker", "echo '{}'")]).expect_err("unavailable");
    assert_eq!(error.to_string(), "Docker cannot be used: its answer has no version");
}

#[test]
fn a_program_that_hangs_is_ended() {
    // The background process holds the pipes, as the `ssh` of a remote engine may.
    for script in ["exec /bin/sleep 60", "/bin/sleep 60 & wait"] {
        let directory = programs(&[("docker", script)]);
        let limit = Duration::from_millis(300);
        let search = Search { path: Some(directory.path().into()), limit: Some(limit) };
        let selection = Selection { choice: Choice::Docker, ..Selection::default() };
        let start = Instant::now();
        let error = find(&selection, &search).expect_err("unavailable");
        assert_eq!(error.reason, Reason::TimedOut(limit));
        assert!(start.elapsed() < Duration::from_secs(30));
    }
    let busy = Unavailable {
        engine: Kind::Podman,
        reason: Reason::TimedOut(limits::answer(Kind::Podman)),
    };
    assert_eq!(busy.to_string(), "Podman did not answer within 120 s");
    assert!(busy.help().starts_with("try again: it waits while"), "{}", busy.help());
}

#[test]
fn podman_under_the_name_of_docker_is_podman() {
    let emulation = format!("echo 'Emulate Docker CLI using podman.' >&2\n{PODMAN}");
    let (kind, version, program) =
        engine_among(Choice::Docker, &[("docker", &emulation), ("podman", PODMAN)]);
    assert_eq!((kind, version.as_str(), program.as_str()), (Kind::Podman, "4.3.1", "podman"));
    let alone = engine_among(Choice::Auto, &[("docker", &emulation)]);
    assert_eq!(alone, (Kind::Podman, "4.3.1".to_owned(), "docker".to_owned()));
    let broken =
        "case $1 in version) echo '{\"Client\":{\"APIVersion\":\"4\"}}';; *) exit 1;; esac";
    let why = nothing_among(&[("docker", broken), ("podman", broken)]);
    assert_eq!(why, "Podman cannot be used: its program ended with exit status: 1");

    let server = r#"echo '{"Client":{"ApiVersion":"1.41"},"Server":{"Components":[{"Name":"Podman Engine"}],"Version":"5.0.0"}}'"#;
    let behind = engine_among(Choice::Docker, &[("docker", server)]);
    assert_eq!(behind, (Kind::Podman, "5.0.0".to_owned(), "docker".to_owned()));
    let Ok(Found::Engine(behind)) = find_among(Choice::Docker, &[("docker", server)]) else {
        panic!("no engine")
    };
    assert_eq!(behind.client_kind, Kind::Docker);
}

#[test]
fn the_names_of_choices_are_read_and_written() {
    for choice in Choice::ALL {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    assert!("Docker".parse::<Choice>().is_err());
    assert_eq!(Selection::default().choice, Choice::Auto);
}

#[test]
fn arguments_are_in_no_debug_output() {
    let arguments = vec!["--env=TOKEN=secret".to_owned()];
    let selection = Selection { choice: Choice::Docker, network: None, arguments };
    let directory = programs(&[("docker", DOCKER)]);
    let search = Search { path: Some(directory.path().into()), limit: None };
    let found = find(&selection, &search).expect("an engine");
    assert!(!format!("{selection:?} {found:?}").contains("secret"));
    let Found::Engine(engine) = found else { panic!("no engine") };
    assert_eq!(engine.arguments(), selection.arguments);
}
