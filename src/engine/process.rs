//! Processes in containers, each with the client of the engine that is attached to it.

use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

/// A process in a container, with its streams.
#[derive(Debug)]
pub struct Process {
    /// Its standard input.
    pub stdin: ChildStdin,
    /// Its standard output.
    pub stdout: ChildStdout,
    /// Its standard error, and what the client says.
    pub stderr: ChildStderr,
    /// The client.
    pub client: Attachment,
}

/// A client that passes on the streams of a process. Dropping it ends the client; the process goes on
/// until its container ends.
#[derive(Debug)]
pub struct Attachment(Child);

impl Process {
    /// Starts a client that attaches to a process.
    pub(super) fn spawn(client: &mut Command) -> io::Result<Self> {
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = client.spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let client = Attachment(child);
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(io::Error::other("its streams are not piped"));
        };
        Ok(Self { stdin, stdout, stderr, client })
    }
}

impl Attachment {
    /// The exit code of the client once the process has ended.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn try_wait(&mut self) -> io::Result<Option<i32>> {
        Ok(self.0.try_wait()?.map(|status| status.code().unwrap_or(137)))
    }

    /// Ends the client.
    pub fn abandon(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            self.abandon();
        }
    }
}
