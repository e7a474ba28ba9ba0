//! Leaving a build, and everything that can be wrong with the place where builds are remembered.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{records, script, workspace};
use crate::support::Workspace;
use crate::support::process::{Limited as _, ToEnd as _, end_of};
use crate::support::server::{BUILD_ID, Script, Server, TEMPLATE_ID};

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill runs").success());
}

fn wait_for(server: &Server, words: &str) {
    let begun = Instant::now();
    while !server.story().contains(words) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", server.story());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The command between backticks that a text ends its advice with.
fn command_in(text: &str) -> Vec<String> {
    let from = text.find("`sbx ").expect("a command is named") + "`sbx ".len();
    let rest = &text[from..];
    let command = &rest[..rest.find('`').expect("it ends")];
    command.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn an_interrupt_names_the_command_that_comes_back_and_another_one_harms_nothing() {
    for second in [false, true] {
        let server = Server::start(Script { log_entries: 1, ..script() });
        let workspace = workspace(&server);
        let mut child = workspace
            .command(&["apply"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        wait_for(&server, "/status");
        interrupt(&child);
        if second {
            interrupt(&child);
        }
        let status = end_of(&mut child);
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        assert_eq!(status.code(), Some(130), "{stderr}");
        let command = command_in(&stderr);
        let there = ["logs", "--follow", TEMPLATE_ID, BUILD_ID, "--platform", "novita"];
        assert_eq!(command, there);
        assert_eq!(records(&workspace)[0]["stage"], "started");
        workspace.run(&["status"]).ends(0);
        server.change(|script| script.endless = false);
        let ran = workspace.run(&command).ends(0);
        assert_eq!(ran.stdout, "[1] line 0 of the log\n");
    }
}

#[test]
fn an_interrupted_log_and_a_timeout_name_the_command_too() {
    let server = Server::start(Script { log_entries: 1, ..script() });
    let workspace = workspace(&server);
    let url = server.url();
    let ran = workspace.run(&["apply", "--timeout", "2s", "--api-url", &url]).ends(3);
    assert_eq!(command_in(&ran.stderr).last(), Some(&format!("{url}/")), "{}", ran.text());
    let ran = workspace.run(&["logs", "--follow", "--timeout", "1s", "--format", "json"]).ends(3);
    let last = ran.stdout.lines().last().expect("an event");
    let event: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!((&event["event"], &event["status"]), (&"finished".into(), &"unknown".into()));
    let command = format!("sbx logs --follow {TEMPLATE_ID} {BUILD_ID} --platform novita");
    assert_eq!(event["command"], command);
    let mut child = workspace
        .command(&["logs", "--follow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
        .limited();
    let mut first = [0];
    child.stdout.as_mut().expect("piped").read_exact(&mut first).expect("the log is printed");
    interrupt(&child);
    let output = child.to_end();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(command_in(&String::from_utf8_lossy(&output.stderr))[0], "logs");
}

#[test]
fn a_build_that_was_not_started_is_not_said_to_go_on() {
    let faults = vec![("POST /v2", 503); 20];
    let server = Server::start(Script { faults, ..script() });
    let workspace = workspace(&server);
    let ran = workspace.run(&["apply", "--timeout", "2s"]).ends(3);
    assert!(!ran.stderr.contains("continues"), "{}", ran.text());
    let command = command_in(&ran.stderr);
    assert_eq!(command[0], "status", "{}", ran.text());
    assert_eq!(records(&workspace)[0]["stage"], "registered");
    let ran = workspace.run(&command).ends(0);
    assert!(ran.stdout.contains(": not started\n"), "{}", ran.text());
    assert!(ran.stderr.contains("run `sbx apply --platform novita` again"), "{}", ran.text());
    assert!(!ran.everything().contains("logs --follow"), "{}", ran.text());
    let ran = workspace.run(&["logs", "--follow"]).ends(3);
    assert!(ran.stderr.contains("error: the build was not started\n"), "{}", ran.text());
}

/// An apply with its state in `directory`, run by a shell after `before`.
fn apply_after(before: &str, directory: &str) -> (String, Option<i32>, Workspace) {
    let server = Server::start(Script { endless: false, ..script() });
    let mut workspace = workspace(&server);
    workspace.set("SBX_STATE", directory);
    let inner = workspace.command(&["apply"]);
    let mut shell = Command::new("sh");
    let script = format!("{before}; exec \"$0\" apply");
    shell.args(["-c", &script]).arg(inner.get_program());
    shell.current_dir(workspace.path()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    for (name, value) in inner.get_envs() {
        shell.env(name, value.expect("it is set"));
    }
    let output = shell.to_end();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{TEMPLATE_ID}\n"));
    }
    (stderr, output.status.code(), workspace)
}

#[test]
fn a_place_that_cannot_be_written_is_a_warning_once() {
    // A file where a directory should be; a file system that takes nothing; a full disk, for which
    // a limit on the size of files stands in.
    let full = "trap '' XFSZ; ulimit -f 0";
    for (before, directory) in [("true", "sandbox.toml/x"), ("true", "/proc/sbx"), (full, "state")]
    {
        let (stderr, code, workspace) = apply_after(before, directory);
        assert_eq!(code, Some(0), "{directory}\n{stderr}");
        assert_eq!(stderr.matches("warning: cannot record the build").count(), 1, "{stderr}");
        let left = std::fs::read_dir(workspace.path().join("state")).into_iter().flatten().count();
        assert_eq!(left, 0, "nothing is left of what could not be written");
    }
    // The other way round: with room there is no warning.
    let (stderr, code, workspace) = apply_after("true", "state");
    assert_eq!((code, stderr.contains("warning")), (Some(0), false), "{stderr}");
    // The record, and what the build was made of.
    assert_eq!(std::fs::read_dir(workspace.path().join("state")).expect("there").count(), 2);
}

/// On a disk of its own, which is really full, or really read-only. That takes a name space of its
/// own; where the kernel gives none, the test above is all there is.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_and_a_read_only_one_are_survived() {
    let allowed = Command::new("unshare").args(["-rm", "true"]).output();
    let isolated = allowed.is_ok_and(|output| output.status.success());
    for (options, fill) in [("size=4k", "head -c 8192 /dev/zero >state/full 2>&-"), ("ro", "true")]
    {
        let mount = format!("mkdir state; mount -t tmpfs -o {options} none state; {fill}");
        let (stderr, code, _workspace) = if isolated {
            // The shell enters a name space of its own and becomes itself again.
            let enter = format!("exec unshare -rm sh -c '{mount}; exec \"$0\" apply' \"$0\"; true");
            apply_after(&enter, "state")
        } else {
            apply_after("mkdir state; trap '' XFSZ; ulimit -f 0", "state")
        };
        assert_eq!(code, Some(0), "{options}\n{stderr}");
        assert!(stderr.contains("warning: cannot record the build"), "{options}\n{stderr}");
    }
}

#[test]
fn a_clock_that_jumped_changes_only_what_is_shown() {
    let server = Server::start(script());
    let workspace = workspace(&server);
    workspace.run(&["apply", "--background"]).ends(0);
    let directory = workspace.path().join("home/.local/state/sbx/builds");
    let mut entries = std::fs::read_dir(&directory).expect("there").flatten();
    let is_record =
        |entry: &std::fs::DirEntry| entry.path().extension().is_some_and(|it| it == "json");
    let entry = entries.find(is_record).expect("a record");
    for year in ["1971", "2525"] {
        let mut record = records(&workspace).remove(0);
        for key in ["registeredAt", "updatedAt"] {
            record[key] = format!("{year}-01-01T00:00:00Z").into();
        }
        std::fs::write(entry.path(), record.to_string()).expect("written");
        let ran = workspace.run(&["status"]).ends(0);
        assert!(ran.stdout.contains(year), "{}", ran.text());
        let ran = workspace.run(&["logs", "--follow", "--timeout", "1s"]).ends(3);
        assert!(ran.stderr.contains("not finished within 1 s"), "{}", ran.text());
    }
    workspace.run(&["apply", "--background"]).ends(0);
}

#[test]
fn two_applies_of_one_manifest_leave_one_whole_record() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (address, _data) = super::super::many::local(&runtime, |_| {});
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    workspace.set("SBX_LOCAL_URL", &format!("http://{address}"));
    for _ in 0..5 {
        let both = std::thread::scope(|scope| {
            let apply = || workspace.run(&["apply", "--platform", "local"]);
            let two = [scope.spawn(apply), scope.spawn(apply)];
            two.map(|thread| thread.join().expect("it ends"))
        });
        // A build of the same tag stops the one before it, and a start stops the other build even
        // if its own was replaced meanwhile, as on E2B: both can fail. Each says how it ended.
        for ran in &both {
            assert!([0, 1, 3].contains(&ran.exit), "{}", ran.text());
            assert!(ran.exit == 0 || ran.stderr.contains("failed"), "{}", ran.text());
        }
        let record = records(&workspace).remove(0);
        let ids =
            ["templateId", "buildId"].map(|key| record[key].as_str().expect("an ID").to_owned());
        assert!(both.iter().any(|ran| ran.stderr.contains(&ids[1])), "one of the two");
        let ran = workspace.run(&["status", "--platform", "local"]);
        assert!(ran.stdout.contains(&ids[1]) && ran.exit < 2, "{}", ran.text());
    }
}
