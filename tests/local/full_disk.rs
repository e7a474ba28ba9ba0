//! A disk that is full in the middle of a build's log: a limit on the size of files takes its place.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

/// How long a log may become, in bytes.
const ROOM: usize = 64 << 10;

#[test]
fn a_log_that_does_not_fit_fails_its_build_and_stays_readable() {
    let workspace = Workspace::empty();
    let lines = "echo line\n".repeat(2000);
    let manifest =
        format!("name = \"x\"\nfrom = \"debian:12\"\n[[steps]]\nrun = '''\n{lines}'''\n");
    workspace.write("sandbox.toml", manifest);

    let sbx = workspace.command(&["apply", "--platform", "local"]);
    let mut shell = Command::new("sh");
    // A block of POSIX has 512 bytes.
    let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", ROOM / 512);
    shell.arg("-c").arg(limited).arg(sbx.get_program()).args(sbx.get_args());
    shell.current_dir(workspace.path()).env_clear();
    let variables: Vec<_> = sbx.get_envs().collect();
    shell.envs(variables.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.to_end();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("File too large"), "{stderr}");

    let logs = workspace.path().join("home/data/logs");
    let logs = fs::read_dir(logs).expect("a directory").flatten().collect::<Vec<_>>();
    let [log] = &logs[..] else { panic!("one log: {logs:?}") };
    let text = fs::read_to_string(log.path()).expect("a log");
    assert!(text.len() <= ROOM && text.len() > ROOM - 1024, "what fits is kept: {}", text.len());
    let entries: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    assert!(entries.is_ok() && text.ends_with('\n'), "no line is cut off");

    // With room again, the log has an end.
    let ran = workspace.run(&["logs", "--platform", "local"]);
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(
        last.contains("the local platform ended while the build was running"),
        "{}",
        ran.text()
    );
}
