//! `sbx run` on declaw, which fails where a test says so.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::sandboxes::passes_streams_on;
use crate::support::declaw_sandboxes::{Fault, KEY, Sandboxes};
use crate::support::process::ToEnd as _;
use crate::support::{Ran, Workspace, snapshot};

fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let ran = workspace.run(&[&["run", "web"], arguments].concat());
    assert!(!ran.everything().contains(KEY), "{}", ran.text());
    ran
}

#[test]
fn the_exit_code_is_that_of_the_command_and_nothing_is_left() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    // The platform does not say which signal ended a process.
    for (command, exit) in [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("exit -1", 128)] {
        let ran = run(&workspace, &["--", command]).ends(exit);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{command}");
    }
    assert_eq!(platform.count(), (0, 4));
}

#[test]
fn the_calls_are_those_of_one_command() {
    let platform = Sandboxes::start(&[]);
    run(&platform.workspace(), &["--", "say x"]).ends(0);
    // The end of this process' standard input may come before that of the command, or not.
    let calls = platform.story().into_iter().filter(|call| !call.ends_with("/stdin/close"));
    assert_eq!(
        calls.collect::<Vec<_>>(),
        [
            "POST /sandboxes",
            "POST /sandboxes/sbx-1/stdio",
            "GET /sandboxes/sbx-1/stdio/cmd-0/stream",
            "DELETE /sandboxes/sbx-1",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn streams_are_passed_on_byte_for_byte() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    passes_streams_on(&workspace);
    assert_eq!(platform.count(), (0, 2));
}

#[test]
fn directory_variables_and_words_reach_the_command() {
    let platform = Sandboxes::start(&[]);
    let mut workspace = platform.workspace();
    workspace.set("TOKEN", "passed-on");
    let arguments = ["--user", "root", "--workdir", "/app", "--env", "A=b=c", "--env", "TOKEN"];
    let ran = run(&workspace, &[&arguments[..], &["--", "show", "a 'b", "$HOME"]].concat()).ends(0);
    let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown["line"], r#"show 'a '"'"'b' '$HOME'"#);
    assert_eq!(shown["cwd"], "/app");
    assert_eq!(shown["envs"], serde_json::json!({ "A": "b=c", "TOKEN": "passed-on" }));
}

#[test]
fn what_the_platform_does_not_have_is_an_error_before_any_call() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let mut shown = String::new();
    let manifest = "name = \"web\"\nfrom = \"x\"\n\n[[tests]]\nrun = \"true\"\n";
    workspace.write("sandbox.toml", manifest);
    for arguments in [
        &["run", "web", "--user", "node", "--", "exit 0"][..],
        &["run", "web:v1", "--", "exit 0"],
        &["test", "--build", "v1"],
    ] {
        workspace
            .write("sandbox.toml", "name = \"web\"\nfrom = \"x\"\n[[tests]]\nrun = \"true\"\n");
        let ran = workspace.run(arguments);
        let _ = writeln!(shown, "$ sbx {}\n{}", arguments.join(" "), ran.text());
    }
    workspace.write("sandbox.toml", format!("{manifest}user = \"node\"\n"));
    for command in ["test", "apply"] {
        let ran = workspace.run(&[command]).ends(1);
        let _ = writeln!(shown, "$ sbx {command}\n{}", ran.text());
    }
    snapshot("snapshots/declaw", "sandboxes-not-supported", &shown);
    assert_eq!(platform.story(), [""; 0]);
}

#[test]
fn a_template_that_cannot_be_used_is_reported() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let mut shown = String::new();
    for template in ["missing", "unready", "team/missing"] {
        let ran = workspace.run(&["run", template, "--", "exit 0"]).ends(125);
        let _ = writeln!(shown, "$ sbx run {template} -- exit 0\n{}", ran.text());
    }
    snapshot("snapshots/declaw", "sandboxes-not-created", &shown);
    let creations = platform.story().iter().filter(|call| *call == "POST /sandboxes").count();
    assert_eq!(creations, 3, "none is repeated: {:?}", platform.story());
}

#[test]
fn no_fault_of_a_call_leaves_a_sandbox() {
    const CREATE: &str = "POST /sandboxes";
    const START: &str = "POST /sandboxes/sbx-1/stdio";
    const STREAM: &str = "GET /sandboxes/sbx-1/stdio/cmd-0/stream";
    const KILL: &str = "DELETE /sandboxes/sbx-1";
    for (faults, exit) in [
        (&[(CREATE, Fault::Refused(503))][..], 5),
        (&[(CREATE, Fault::Refused(429))], 5),
        (&[(CREATE, Fault::Heard)], 5),
        (&[(CREATE, Fault::InProgress), (CREATE, Fault::InProgress)], 5),
        (&[(CREATE, Fault::Refused(402))], 125),
        (&[(CREATE, Fault::Heard), (CREATE, Fault::Refused(403))], 125),
        (&[(START, Fault::Refused(500))], 125),
        (&[(START, Fault::Heard)], 125),
        (&[(STREAM, Fault::Refused(502))], 5),
        (&[(STREAM, Fault::Refused(404))], 125),
        (&[(STREAM, Fault::Heard)], 5),
        (&[(STREAM, Fault::Cut(0))], 5),
        (&[(KILL, Fault::Refused(503))], 5),
        (&[(KILL, Fault::Heard)], 5),
    ] {
        let platform = Sandboxes::start(faults);
        let ran = run(&platform.workspace(), &["--", "exit 5"]);
        assert_eq!(ran.exit, exit, "{faults:?}: {}", ran.text());
        let (living, created) = platform.count();
        assert_eq!(living, 0, "{faults:?}: {:?}", platform.story());
        assert!(created <= 1, "{faults:?}: {:?}", platform.story());
    }
}

#[test]
fn faults_at_the_input_of_a_command() {
    const WRITE: &str = "POST /sandboxes/sbx-1/stdio/cmd-0/stdin";
    const CLOSE: &str = "POST /sandboxes/sbx-1/stdio/cmd-0/stdin/close";
    for (fault, exit, inputs) in [
        ((WRITE, Fault::Refused(429)), 0, 1),
        // What may have been written is not written again.
        ((WRITE, Fault::Heard), 125, 1),
        ((WRITE, Fault::Refused(403)), 125, 0),
        ((CLOSE, Fault::Refused(503)), 0, 1),
        ((CLOSE, Fault::Heard), 0, 1),
    ] {
        let platform = Sandboxes::start(&[fault]);
        let workspace = platform.workspace();
        let mut child = workspace
            .command(&["run", "web", "--", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        child.stdin.take().expect("piped").write_all(b"text").expect("it reads");
        let ran = Ran::of(child.to_end());
        assert_eq!(ran.exit, exit, "{fault:?}: {}", ran.text());
        assert_eq!(platform.inputs(), inputs, "{fault:?}: {:?}", platform.story());
        assert_eq!(ran.stdout, if exit == 0 { "text" } else { "" }, "{fault:?}");
        assert_eq!(platform.count(), (0, 1), "{fault:?}: {:?}", platform.story());
    }
}

#[test]
fn a_stream_that_ends_early_is_continued_where_it_ended() {
    const STREAM: &str = "GET /sandboxes/sbx-1/stdio/cmd-0/stream";
    let expected: Vec<_> = (0..40).map(|number| number.to_string()).collect();
    for faults in [&[(STREAM, Fault::Cut(7)); 5][..], &[(STREAM, Fault::Cut(1)); 30]] {
        let platform = Sandboxes::start(faults);
        let ran = run(&platform.workspace(), &["--", "count 40"]).ends(0);
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
        let story = platform.story();
        assert!(story.iter().any(|call| call.ends_with("?last_entry_id=7")), "{story:?}");
    }
    // One that never has anything is given up.
    let platform = Sandboxes::start(&[(STREAM, Fault::Cut(0)); 500]);
    let ran = run(&platform.workspace(), &["--", "exit 0"]).ends(125);
    assert!(ran.stderr.contains("it ended before the command"), "{}", ran.text());
    assert_eq!(platform.count(), (0, 1));
}

/// Runs a command that does not end by itself, and interrupts `sbx` once it has made a call.
fn interrupted(platform: &Sandboxes, signal: Signal, call: &str) {
    let workspace = platform.workspace();
    let child = workspace.command(&["run", "web", "--", "forever"]).spawn().expect("it runs");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !platform.story().iter().any(|line| line.contains(call)) {
        assert!(Instant::now() < deadline, "the call is made");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), signal).expect("it is ours");
    let output = child.to_end();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(platform.count(), (0, 1), "{:?}", platform.story());
}

#[test]
fn a_signal_ends_the_sandbox() {
    for signal in [Signal::INT, Signal::TERM] {
        interrupted(&Sandboxes::start(&[]), signal, "stream");
    }
}

#[test]
fn a_signal_ends_a_sandbox_that_is_being_created() {
    // Once, its ID comes in time. Then it does not, and the sandbox is looked for.
    for seconds in [1, 60] {
        let faults = [("POST /sandboxes", Fault::Late(seconds))];
        let platform = Sandboxes::start(&faults);
        interrupted(&platform, Signal::INT, "POST /sandboxes");
        let is_sought = platform.story().iter().any(|call| call.starts_with("GET /sandboxes?"));
        assert_eq!(is_sought, seconds > 1, "{:?}", platform.story());
    }
}

#[test]
fn a_kept_sandbox_is_the_only_one_that_stays() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let ran = run(&workspace, &["--keep", "--", "exit 3"]).ends(3);
    assert!(ran.stderr.contains("the sandbox sbx-1 runs until "), "{}", ran.text());
    assert_eq!(platform.count(), (1, 1));
    assert!(platform.story().contains(&"PATCH /sandboxes/sbx-1/timeout".to_owned()));
}

#[test]
fn words_of_a_platform_cannot_control_the_terminal() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    for (arguments, words) in [
        (&["run", "hostile-words", "--", "exit 0"][..], "owned"),
        (&["run", "web", "--", "hostile"], "cannot start the command"),
        (&["--verbose", "run", "web", "--", "hostile"], "cannot start the command"),
        (&["run", "web", "--", "wrong"], "is not the platform's"),
        (&["run", "hostile-name", "--", "exit 0"], "an ID with characters"),
    ] {
        let ran = workspace.run(arguments).ends(125);
        assert!(ran.stderr.contains(words), "{arguments:?} {}", ran.text());
        let text = ran.text();
        assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{arguments:?} {text}");
        assert!(ran.stderr.len() < 4000, "{} bytes", ran.stderr.len());
        assert!(!text.contains(KEY), "{text}");
    }
}
