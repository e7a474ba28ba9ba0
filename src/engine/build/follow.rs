//! A client that runs long, line by line.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// The pause between two looks at whether to stop.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a client may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what a client has left running may hold its output.
const HELD: Duration = Duration::from_secs(2);

/// The most bytes of one line: the rest is another line.
const MAX_LINE: u64 = 64 << 10;

/// The last lines that are kept to explain a failure.
const KEPT: usize = 40;

/// Runs a client to its end, and passes on each line that it prints.
///
/// The error is what the client says, or why it was ended.
pub(super) fn follow(
    client: &mut Command,
    lines: &mut dyn FnMut(&str),
    stopped: &dyn Fn() -> bool,
) -> Result<(), String> {
    client.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn().map_err(|error| error.to_string())?;
    let (send, receive) = mpsc::channel();
    let read = [
        child.stdout.take().map(|pipe| read(pipe, send.clone())),
        child.stderr.take().map(|pipe| read(pipe, send.clone())),
    ];
    drop(send);
    if let Some(error) = read.into_iter().flatten().find_map(Result::err) {
        end(&mut child);
        return Err(error.to_string());
    }
    let mut last = VecDeque::new();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match receive.recv_timeout(PAUSE) {
            Ok(line) => {
                lines(&line);
                if last.len() == KEPT {
                    last.pop_front();
                }
                last.push_back(line);
            }
            Err(RecvTimeoutError::Disconnected) if ended.is_some() => break,
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PAUSE),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stopped() {
            end(&mut child);
            return Err("stopped".to_owned());
        }
        if ended.is_none() {
            let status = child.try_wait().map_err(|error| error.to_string())?;
            ended = status.map(|status| (status, Instant::now()));
        }
        if ended.is_some_and(|(_, at)| at.elapsed() > HELD) {
            break;
        }
    }
    match ended {
        Some((status, _)) if status.success() => Ok(()),
        Some((status, _)) => Err(why(&last).unwrap_or_else(|| status.to_string())),
        None => Err("it did not end".to_owned()),
    }
}

/// Reads an output on a thread of its own.
fn read(pipe: impl Read + Send + 'static, send: Sender<String>) -> std::io::Result<()> {
    let mut pipe = BufReader::new(pipe);
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        while let Ok(1..) = pipe.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes) {
            let line = String::from_utf8_lossy(&bytes);
            // Without a receiver, the client was left; it has to be read nevertheless.
            let _ = send.send(line.trim_end().to_owned());
            bytes.clear();
        }
    })?;
    Ok(())
}

/// Ends a client and what it has started, such as a plugin: they are one process group. First they are
/// asked to, because Podman's helper then ends the container of a `RUN`.
fn end(child: &mut Child) {
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(group, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        // The client is a member of the group until it has been waited for.
        let has_ended = !matches!(child.try_wait(), Ok(None));
        if has_ended && test_kill_process_group(group).is_err() {
            return;
        }
        thread::sleep(PAUSE);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// What the client says of its failure: the last error, or else its last line.
fn why(last: &VecDeque<String>) -> Option<String> {
    let is_error = |line: &&String| {
        let line = line.to_ascii_lowercase();
        ["error", "denied", "unauthorized", "failed"].iter().any(|word| line.starts_with(word))
    };
    let said = last.iter().rev().filter(|line| !line.trim().is_empty());
    said.clone().find(is_error).or_else(|| said.clone().next()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt as _;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).process_group(0).stdin(Stdio::null());
        command
    }

    fn run(script: &str) -> (Result<(), String>, Vec<String>) {
        let mut lines = Vec::new();
        let ended = follow(&mut shell(script), &mut |line| lines.push(line.to_owned()), &|| false);
        (ended, lines)
    }

    #[test]
    fn every_line_is_passed_on() {
        let (ended, lines) = run("echo one; printf two");
        assert_eq!((ended, lines), (Ok(()), vec!["one".to_owned(), "two".to_owned()]));
    }

    #[test]
    fn the_error_is_what_the_client_says_of_it() {
        let script = "echo '#5 ERROR: step'; echo 'ERROR: failed to solve: exit 3' >&2; exit 1";
        assert_eq!(run(script).0, Err("ERROR: failed to solve: exit 3".to_owned()));
        assert_eq!(run("echo words; exit 1").0, Err("words".to_owned()));
        assert!(run("exit 7").0.unwrap_err().contains('7'));
    }

    #[test]
    fn a_client_ends_with_what_it_has_started() {
        let begun = Instant::now();
        let marks = tempfile::tempdir().unwrap();
        let mark = marks.path().join("ended");
        let script = format!("(sleep 3; touch {}) & sleep 60", mark.display());
        let ended = follow(&mut shell(&script), &mut |_| {}, &|| true);
        assert_eq!(ended, Err("stopped".to_owned()));
        assert!(begun.elapsed() < Duration::from_secs(30));
        thread::sleep(Duration::from_secs(4));
        assert!(!mark.exists(), "what it has started ended with it");
    }

    #[test]
    fn a_helper_that_holds_the_output_does_not_hold_the_run() {
        let begun = Instant::now();
        assert_eq!(run("sleep 20 & echo done").0, Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
}
