//! The program of an engine.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two looks at a program that runs.
const PAUSE: Duration = Duration::from_millis(2);

/// The most bytes that are kept of one output of a run with a time limit: enough for ten thousand
/// images.
const MAX_OUTPUT: u64 = 64 << 20;

/// The program of an engine.
#[derive(Debug, Clone)]
pub(super) struct Client {
    program: &'static str,
    /// The directories to search for it; `None` are those of this process.
    path: Option<OsString>,
}

/// How a run with a time limit ended.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Client {
    pub(super) fn new(program: &'static str, path: Option<OsString>) -> Self {
        Self { program, path }
    }

    /// The program without a subcommand. Its messages are in English, as they are read, and free of
    /// hints and warnings that are for people at a terminal. Ctrl-C does not reach it: it would end
    /// in the middle of an operation that the engine goes on with.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command
            .env("LC_ALL", "C")
            .env("DOCKER_CLI_HINTS", "false")
            .env("PODMAN_IGNORE_CGROUPSV1_WARNING", "1")
            .process_group(0)
            .stdin(Stdio::null());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }

    /// Runs a subcommand that does not change anything.
    ///
    /// # Errors
    /// Those of the system, such as [`io::ErrorKind::NotFound`] where the program is not installed,
    /// and [`io::ErrorKind::TimedOut`] where it had to be killed.
    pub(super) fn query(&self, arguments: &[&str], limit: Duration) -> io::Result<Output> {
        let mut command = self.command();
        command.args(arguments);
        run(&mut command, limit, &|| false)
    }
}

/// Runs a program to its end.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::TimedOut`] and [`io::ErrorKind::Interrupted`] where it had
/// to be killed, at the limit or because `stopped` said so.
pub(super) fn run(
    command: &mut Command,
    limit: Duration,
    stopped: &dyn Fn() -> bool,
) -> io::Result<Output> {
    let deadline = Instant::now() + limit;
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().map(collect).transpose()?;
    let stderr = child.stderr.take().map(collect).transpose()?;
    let status = wait(&mut child, deadline, stopped)?;
    // A helper that the program left running, such as `ssh`, may hold the pipes.
    let text = |output: Option<Receiver<Vec<u8>>>| {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = output.and_then(|output| output.recv_timeout(left).ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    Ok(Output { status, stdout: text(stdout), stderr: text(stderr) })
}

/// Waits for the end of a program, and kills it at the deadline or when it is to stop.
fn wait(
    child: &mut Child,
    deadline: Instant,
    stopped: &dyn Fn() -> bool,
) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let is_late = Instant::now() >= deadline;
        if is_late || stopped() {
            child.kill()?;
            child.wait()?;
            let why = if is_late { io::ErrorKind::TimedOut } else { io::ErrorKind::Interrupted };
            return Err(why.into());
        }
        thread::sleep(PAUSE);
    }
}

/// Reads an output on a thread of its own, because a full pipe stops the program.
fn collect(mut pipe: impl Read + Send + 'static) -> io::Result<Receiver<Vec<u8>>> {
    let (send, receive) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = io::copy(&mut pipe, &mut io::sink());
        let _ = send.send(bytes);
    })?;
    Ok(receive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_is_killed_at_its_limit_and_when_it_is_to_stop() {
        let begun = Instant::now();
        let (short, long) = (Duration::from_millis(50), Duration::from_mins(1));
        let late = run(&mut shell("exec sleep 60"), short, &|| false).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        let stopped = run(&mut shell("exec sleep 60"), long, &|| true).unwrap_err();
        assert_eq!(stopped.kind(), io::ErrorKind::Interrupted);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_helper_that_holds_the_output_does_not_hold_the_run() {
        let limit = Duration::from_secs(1);
        let begun = Instant::now();
        let done = run(&mut shell("sleep 8 & echo $!"), limit, &|| false).unwrap();
        assert!(done.status.success());
        assert!(begun.elapsed() < Duration::from_secs(6));
    }
}
