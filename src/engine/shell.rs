//! The first process of a container: a shell that runs what it reads.

use std::io::Read as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::process::Process;
use super::spec::Terms;
use super::{ContainerSpec, Engine, EngineError};

/// Runs each line of its standard input, in the form that `printf %b` turns back. It ends with its
/// standard input, and so with the process that has started the container, however that ends.
///
/// What a command leaves is its child, and is reaped while the next one runs. A signal that a command
/// sends to it is ignored, since it handles none.
const SHELL: [&str; 5] = [
    "/usr/bin/env",
    "-i",
    "/bin/sh",
    "-c",
    r#"echo; while IFS= read -r script; do eval "$(printf '%b' "$script")"; done"#,
];

/// How long an engine may take to start a container. The storage driver `vfs` copies whole images.
const LIMIT: Duration = Duration::from_mins(3);

impl Engine {
    /// Starts a container with its shell.
    pub(super) fn start_shell(
        &self,
        spec: &ContainerSpec<'_>,
        terms: Terms,
    ) -> Result<Process, EngineError> {
        let mut client = self.command();
        client.args(self.arguments_of(spec, terms)).args(SHELL);
        let process = Process::spawn(&mut client).map_err(|error| self.failed("run", error))?;
        greeted(process).map_err(|why| self.failed("run", why))
    }
}

/// The process once it has printed its first line; what the client says if it prints none.
fn greeted(process: Process) -> Result<Process, String> {
    let Process { stdin, mut stdout, mut stderr, mut client } = process;
    let (sender, greeting) = channel();
    let wait = move || {
        let read = stdout.read(&mut [0]);
        // Without a receiver, the wait took too long.
        let _ = sender.send((stdout, read));
    };
    thread::Builder::new().spawn(wait).map_err(|error| error.to_string())?;
    match greeting.recv_timeout(LIMIT) {
        Ok((stdout, Ok(1))) => Ok(Process { stdin, stdout, stderr, client }),
        Ok(_) | Err(RecvTimeoutError::Disconnected) => {
            let mut said = Vec::new();
            let _ = stderr.read_to_end(&mut said);
            let said = String::from_utf8_lossy(&said).trim().to_owned();
            Err(if said.is_empty() { "it ended without a message".to_owned() } else { said })
        }
        Err(RecvTimeoutError::Timeout) => {
            client.abandon();
            Err(format!("no answer within {} s", LIMIT.as_secs()))
        }
    }
}
