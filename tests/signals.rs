//! Signals that end commands while a build runs, with an engine that is a script.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::support::process::{Limited as _, end_of};
use crate::support::{Workspace, write_program};

/// A `docker` whose commands in containers do not end. It notes its calls.
const DOCKER: &str = r#"echo "$*" >>"$0.calls"
case "$1 $2" in
"version --format") echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Version":"20.10.24"}}';;
"image inspect") echo 'sha256:a amd64 [] ["sha256:b"]';;
"container inspect") echo '[]';;
"run "*) echo; exec /bin/sleep 600;;
esac"#;

fn workspace() -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"debian:12\"\nplatform = \"local\"\n");
    let bin = workspace.path().join("bin");
    write_program(&bin, "docker", DOCKER);
    workspace.set("PATH", &bin.to_string_lossy());
    workspace.set("SBX_ENGINE", "docker");
    workspace
}

/// A program with words of its own that runs a command.
fn within(workspace: &Workspace, program: &str, words: &[&str], arguments: &[&str]) -> Command {
    let inner = workspace.command(arguments);
    let mut command = Command::new(program);
    command.args(words).arg(inner.get_program()).args(arguments);
    command.current_dir(workspace.path()).env_clear().stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command
}

/// A command and what it prints on standard error, which is read up to a line with `text`.
fn begin(workspace: &Workspace, arguments: &[&str], text: &str) -> (Child, BufReader<impl Read>) {
    // The tests may themselves run under `nohup`, which programs inherit.
    let mut env = within(workspace, "/usr/bin/env", &["--default-signal=HUP"], arguments);
    let mut child = env.stderr(Stdio::piped()).spawn().expect("the binary runs").limited();
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(stderr.read_line(&mut line).expect("text") > 0, "`{text}` is not printed");
    }
    (child, stderr)
}

fn send(signal: &str, child: &Child) {
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
}

/// Whether a container was started and removed.
fn is_removed(workspace: &Workspace) -> bool {
    let calls = fs::read_to_string(workspace.path().join("bin/docker.calls")).expect("calls");
    let is_started =
        calls.lines().any(|call| call.starts_with("run ") && call.contains(" --name=sbx-"));
    is_started && calls.contains("rm --force --volumes sbx-")
}

#[test]
fn a_signal_fails_the_running_build_and_removes_its_container() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let workspace = workspace();
        let (mut apply, mut stderr) = begin(&workspace, &["apply"], "Provisioning");
        send(signal, &apply);
        let mut printed = String::new();
        stderr.read_to_string(&mut printed).expect("text");
        assert_eq!(end_of(&mut apply).code(), Some(130), "{signal}: {printed}");
        assert!(printed.contains("interrupted"), "{printed}");
        assert!(printed.contains("the build ends, too"), "{printed}");
        assert!(is_removed(&workspace), "{signal}");
        let status = workspace.run(&["status"]).ends(1);
        assert!(status.stderr.contains("stopped while the build was running"), "{}", status.text());
    }
}

#[test]
fn a_signal_to_the_server_fails_its_builds_and_removes_their_containers() {
    let workspace = workspace();
    let (mut serve, _output) = begin(&workspace, &["serve", "--listen", "0"], "SBX_LOCAL_URL");
    let (mut apply, _stderr) = begin(&workspace, &["apply"], "Provisioning");
    send("-TERM", &serve);
    assert_eq!(end_of(&mut serve).code(), Some(0));
    assert!(is_removed(&workspace));
    apply.kill().expect("it is killed");
    end_of(&mut apply);
}

#[test]
fn a_build_in_the_background_is_ended_by_a_signal() {
    let workspace = workspace();
    let (mut apply, _stderr) = begin(&workspace, &["apply", "--background"], "started the build");
    send("-TERM", &apply);
    assert_eq!(end_of(&mut apply).code(), Some(130));
}

#[test]
fn a_command_started_to_outlive_its_terminal_ignores_its_end() {
    let workspace = workspace();
    let words = ["-c", "trap '' HUP; exec \"$0\" \"$@\""];
    let mut shell = within(&workspace, "/bin/sh", &words, &["apply"]);
    let mut apply = shell.stderr(Stdio::piped()).spawn().expect("it runs").limited();
    let mut lines = BufReader::new(apply.stderr.take().expect("piped")).lines();
    assert!(lines.any(|line| line.expect("text").contains("Provisioning")));
    send("-HUP", &apply);
    send("-TERM", &apply);
    let rest: Vec<String> = lines.map(|line| line.expect("text")).collect();
    assert_eq!(end_of(&mut apply).code(), Some(130), "{}", rest.join("\n"));
}
