//! `sbx run` against a platform that keeps to the protocol and fails where a test says so.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::process::{ToEnd as _, to_end_into};
use crate::support::sandboxes::{Fault, Sandboxes};
use crate::support::{Ran, Workspace, closed_pipe};

fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.run(&[&["run", "web"], arguments].concat())
}

#[test]
fn the_exit_code_is_that_of_the_command_and_nothing_is_left() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    for (command, exit) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("signal killed", 137),
        ("signal segmentation fault (core dumped)", 139),
    ] {
        let ran = run(&workspace, &["--", command]).ends(exit);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{command}");
    }
    assert_eq!(platform.count(), (0, 5));
}

/// Checks that `both` and `cat` arrive and come back byte for byte, each in a sandbox of its own.
pub fn passes_streams_on(workspace: &Workspace) {
    let output = workspace.command(&["run", "web", "--", "both"]).to_end();
    assert_eq!(output.stdout, b"out \xff\n");
    assert_eq!(output.stderr, b"err\n");
    let mut child = workspace
        .command(&["run", "web", "--", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let input: Vec<u8> =
        (0..300_000_u32).map(|at| u8::try_from(at % 251).expect("small")).collect();
    child.stdin.take().expect("piped").write_all(&input).expect("it reads");
    let output = child.to_end();
    assert!(output.stdout == input, "{} bytes come back", output.stdout.len());
}

#[test]
fn streams_are_passed_on_byte_for_byte() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    passes_streams_on(&workspace);
    assert_eq!(platform.count(), (0, 2));
}

#[test]
fn user_directory_variables_and_words_reach_the_command() {
    let platform = Sandboxes::start(&[]);
    let mut workspace = platform.workspace();
    workspace.set("TOKEN", "passed-on");
    let arguments = ["--user", "root", "--workdir", "/app", "--env", "A=b=c", "--env", "TOKEN"];
    let ran = run(&workspace, &[&arguments[..], &["--", "show", "a b", "$HOME"]].concat()).ends(0);
    let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown["line"], "show 'a b' '$HOME'");
    assert_eq!(shown["user"], "Basic cm9vdDo=");
    assert_eq!(shown["process"]["cwd"], "/app");
    assert_eq!(shown["process"]["envs"], serde_json::json!({ "A": "b=c", "TOKEN": "passed-on" }));
}

#[test]
fn a_manifest_selects_its_template_with_the_first_tag() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    workspace.write("web/sandbox.toml", "name = \"missing\"\nfrom = \"x\"\n");
    for argument in ["web", "web/sandbox.toml"] {
        let ran = workspace.run(&["run", argument, "--", "exit 0"]).ends(125);
        assert!(ran.stderr.contains("template 'missing' not found"), "{}", ran.text());
    }
    workspace.write("sandbox.toml", "name = \"a\"\ntags = [\"v2\", \"v1\"]\nfrom = \"x\"\n");
    workspace.run(&["run", "--", "exit 4"]).ends(4);
    assert_eq!(platform.count(), (0, 1));
}

#[test]
fn failures_of_sbx_itself_are_125() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    for arguments in [
        &["run", "web", "--", "broken"][..],
        &["run", "web", "--", "refused"],
        &["run", "missing", "--", "exit 0"],
        &["run", "web", "--env", "NOT_SET", "--", "exit 0"],
        &["run", "web", "--env", "1=2", "--", "exit 0"],
        &["run", "web"],
        &["run", "web", "--no-such-option", "--", "exit 0"],
        &["--quiet", "--color", "never", "run", "a/b/c", "--", "exit 0"],
        &["shell", "web"],
    ] {
        let ran = workspace.run(arguments).ends(125);
        assert!(ran.stderr.contains("error"), "{arguments:?} {}", ran.text());
    }
    assert_eq!(platform.count().0, 0);
}

#[test]
fn no_fault_of_a_call_leaves_a_sandbox() {
    let create = "POST /v2/sandboxes";
    for (faults, exit) in [
        (&[(create, Fault::Refused(503))][..], 5),
        (&[(create, Fault::Refused(429))], 5),
        (&[(create, Fault::Heard)], 5),
        (&[(create, Fault::Heard), ("GET /v2/sandboxes", Fault::Refused(500))], 5),
        (&[(create, Fault::Refused(400))], 125),
        (&[("POST /process.Process/Start", Fault::Refused(500))], 125),
        (&[("DELETE /sandboxes", Fault::Refused(503))], 5),
        (&[("DELETE /sandboxes", Fault::Heard)], 5),
    ] {
        let platform = Sandboxes::start(faults);
        let ran = run(&platform.workspace(), &["--", "exit 5"]);
        assert_eq!(ran.exit, exit, "{faults:?}: {}", ran.text());
        assert_eq!(platform.count().0, 0, "{faults:?}: {:?}", platform.story());
    }
}

#[test]
fn a_signal_ends_the_sandbox() {
    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let platform = Sandboxes::start(&[]);
        let workspace = platform.workspace();
        let child = workspace.command(&["run", "web", "--", "forever"]).spawn().expect("it runs");
        let deadline = Instant::now() + Duration::from_secs(30);
        while !platform.story().iter().any(|line| line.contains("Start")) {
            assert!(Instant::now() < deadline, "the command is started");
            std::thread::sleep(Duration::from_millis(20));
        }
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, signal).expect("it is ours");
        let output = child.to_end();
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(platform.count(), (0, 1));
    }
}

#[test]
fn a_kept_sandbox_is_the_only_one_that_stays() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let ran = run(&workspace, &["--keep", "--", "exit 3"]).ends(3);
    assert!(ran.stderr.contains("the sandbox s1 runs until "), "{}", ran.text());
    assert_eq!(platform.count(), (1, 1));
    assert!(platform.story().contains(&"POST /sandboxes/s1/timeout".to_owned()));
}

#[test]
fn the_id_of_a_kept_sandbox_is_written_to_a_file() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let file = workspace.path().join("id");
    let written = || std::fs::read_to_string(&file).ok();
    for arguments in [&["--quiet", "--keep", "--id-file", "id"][..], &["--id-file=id", "--keep"]] {
        let ran = run(&workspace, &[arguments, &["--", "exit 3"]].concat()).ends(3);
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(written().as_deref(), Some("s2\n"));
    assert_eq!(platform.count(), (2, 2));
    // A command that fails keeps none, and one that cannot write the ID does not either.
    std::fs::remove_file(&file).expect("removed");
    run(&workspace, &["--keep", "--id-file", "id", "--", "refused"]).ends(125);
    assert_eq!(written(), None);
    let ran = run(&workspace, &["--keep", "--id-file", "missing/id", "--", "exit 0"]).ends(125);
    assert!(ran.stderr.contains("cannot write `missing/id`"), "{}", ran.text());
    assert_eq!(platform.count(), (2, 4));
    run(&workspace, &["--id-file", "id", "--", "exit 0"]).ends(125);
    assert_eq!((written(), platform.count()), (None, (2, 4)));
}

#[test]
fn words_of_a_platform_cannot_control_the_terminal() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    // The output of a command is passed on; what the platform says is text.
    let ran = run(&workspace, &["--", "say \u{1b}[31mred"]).ends(0);
    assert_eq!(ran.stdout, "\u{1b}[31mred");
    for (arguments, words) in [
        (&["run", "hostile-name", "--", "exit 0"][..], "an ID with characters"),
        (&["run", "hostile-words", "--", "exit 0"], "owned"),
        (&["run", "web", "--", "hostile"], "cannot start the command"),
        (&["--verbose", "run", "web", "--", "hostile"], "cannot start the command"),
    ] {
        let ran = workspace.run(arguments).ends(125);
        assert!(ran.stderr.contains(words), "{arguments:?} {}", ran.text());
        assert!(
            !ran.stderr.contains(['\u{1b}', '\u{7}', '\u{9b}']),
            "{arguments:?} {}",
            ran.text()
        );
        assert!(ran.stderr.len() < 4000, "{} bytes", ran.stderr.len());
        assert!(!ran.text().contains("token-of-the-test"), "{}", ran.text());
    }
    assert_eq!(platform.count().0, 0);
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_command() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let mut command = workspace.command(&["run", "web", "--", "both"]);
    Ran::of(to_end_into(closed_pipe(), &mut command)).ends(141);
    assert_eq!(platform.count(), (0, 1));
}
