//! What the system refuses, and what would take too much of it: full disks, pipes in place of files,
//! few open files, input of a hostile size.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::support::process::{ToEnd as _, to_end_into};
use crate::support::{Ran, Workspace, closed_pipe};

#[test]
fn a_full_disk_is_no_success() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    for arguments in [
        &["compile"][..],
        &["check", "--format", "json"],
        &["apply", "--dry-run", "--format", "json"],
        &["schema"],
        &["explain"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
    ] {
        let output = to_end_into(full(), &mut workspace.command(arguments));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}\n{stderr}");
        let clap = arguments[0].starts_with('-');
        let reason = "error: cannot write to standard output: no space left on the device";
        assert!(clap || stderr.contains(reason), "{arguments:?}\n{stderr}");
    }
    let ran = workspace.run(&["compile", "--output", "/dev/full"]).ends(3);
    assert!(ran.stderr.contains("cannot write `/dev/full`: no space left"), "{}", ran.text());
    // A command that prints nothing there has lost nothing.
    let quiet = to_end_into(full(), &mut workspace.command(&["check"]));
    assert_eq!(quiet.status.code(), Some(0));
}

#[test]
fn a_reader_may_close_its_pipe() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    let output = to_end_into(closed_pipe(), &mut workspace.command(&["schema"]));
    let ran = Ran::of(output).ends(0);
    assert_eq!(ran.stderr, "");
}

/// Makes a named pipe that nothing ever writes to.
fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success());
}

#[test]
fn only_regular_files_are_read() {
    let not_regular = "it is not a regular file";
    let workspace = Workspace::empty();
    pipe(&workspace.path().join("pipe"));
    let _socket = UnixListener::bind(workspace.path().join("socket")).expect("a socket");
    for manifest in ["pipe", "socket", "/dev/zero", "/dev/tty"] {
        for command in ["check", "compile", "apply"] {
            let ran = workspace.run(&[command, manifest]);
            assert_ne!(ran.exit, 0, "{command} {manifest}\n{}", ran.text());
            let sockets = "no such device or address";
            let said = ran.everything();
            let refused = said.contains(not_regular) || said.contains(sockets);
            assert!(refused, "{command} {manifest}\n{said}");
        }
    }

    workspace.write("sandbox.toml", "name = \"x\"\nfrom = { dockerfile = \"pipe\" }\n");
    let ran = workspace.run(&["check"]).ends(1);
    assert!(ran.stdout.contains(not_regular), "{}", ran.text());

    let copy = "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"a\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    workspace.write("a", "");
    pipe(&workspace.path().join(".dockerignore"));
    let ran = workspace.run(&["check"]).ends(1);
    assert!(ran.stdout.contains(not_regular), "{}", ran.text());
}

#[test]
fn a_key_file_that_is_a_pipe_does_not_hang() {
    let mut workspace = Workspace::empty();
    pipe(&workspace.path().join("key"));
    workspace.set("NOVITA_API_KEY_FILE", "key");
    let ran = workspace.run(&["list"]);
    assert_ne!(ran.exit, 0);
    assert!(ran.stderr.contains("it is not a regular file"), "{}", ran.text());
}

#[test]
fn a_report_is_bounded_and_says_what_it_leaves_out() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", "=\n".repeat(300_000));
    for format in ["human", "short", "json", "github", "sarif"] {
        let ran = workspace.run(&["check", "--format", format]).ends(1);
        let bytes = ran.stdout.len();
        assert!(bytes < 1_000_000, "{format}: {bytes} bytes");
        let rest = "299500 more syntax errors from here on are not listed";
        assert!(ran.stdout.contains(rest), "{format}");
    }
    let warnings: Vec<_> =
        (0..3_000).map(|at| format!("[[steps]]\nrun = \"cd /x{at}\"\n")).collect();
    let warnings = warnings.concat();
    let head = "name = \"x\"\nfrom = \"python:3.12\"\n";
    workspace.write("sandbox.toml", format!("{head}{warnings}[what]\n"));
    let ran = workspace.run(&["check", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    assert_eq!(report["diagnostics"].as_array().map(Vec::len), Some(1_001));
    assert_eq!(report["summary"]["omitted"], 2_000);
    assert_eq!(report["summary"]["warnings"], 3_000);
    assert_eq!(report["diagnostics"][1_000]["severity"], "error", "no warning hides an error");
}

#[test]
fn a_hundred_thousand_ignore_patterns() {
    let workspace = Workspace::fixture();
    let patterns: Vec<_> = (0..100_000).map(|at| format!("f{at}.*\n")).collect();
    workspace.write(".dockerignore", patterns.concat());
    let copy = "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"src\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    let started = Instant::now();
    workspace.run(&["check"]).ends(0);
    // Compiling each pattern took seconds; this is slow without optimization, but not that.
    let took = started.elapsed();
    assert!(took.as_secs() < 30, "{took:?}");
}

/// Runs the binary with a limit of open files.
fn with_open_files(workspace: &Workspace, limit: u32, arguments: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    let inner = workspace.command(arguments);
    let variables = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command
        .env_clear()
        .envs(variables)
        .current_dir(workspace.path())
        .args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")])
        .arg(inner.get_program())
        .args(inner.get_args());
    Ran::of(command.to_end())
}

#[test]
fn a_low_limit_of_open_files_is_reported() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    for limit in 6..24 {
        for arguments in
            [&["apply", "--platform", "local"][..], &["serve", "--listen", "127.0.0.1:0"]]
        {
            let ran = with_open_files(&workspace, limit, arguments).ends(3);
            let reason = "error: cannot open files: too many open files\n  help: `ulimit -n 256`";
            assert!(ran.stderr.contains(reason), "{limit} {arguments:?}\n{}", ran.text());
        }
    }
    with_open_files(&workspace, 64, &["apply", "--platform", "local"]).ends(0);
}

#[test]
fn a_temporary_directory_that_takes_no_files_is_named() {
    let mut workspace = Workspace::fixture();
    let copy =
        "name = \"x\"\nfrom = \"python:3.12\"\nsteps = [{ copy = \"app.py\", to = \"/\" }]\n";
    workspace.write("sandbox.toml", copy);
    workspace.set("TMPDIR", "/nowhere");
    let ran = workspace.run(&["apply", "--platform", "local"]).ends(3);
    let reason = "error: cannot write to `/nowhere`: no such file or directory\n  help: archives";
    assert!(ran.stderr.contains(reason), "{}", ran.text());
    assert!(!ran.everything().contains("unreadable-file"), "{}", ran.text());
}
