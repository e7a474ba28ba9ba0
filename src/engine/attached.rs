//! Containers whose first process talks with this process, over its standard input and output.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};

use super::spec::Terms;
use super::{ContainerSpec, Engine, EngineError};

/// A running container whose first process talks with this one. Its standard input ends with this
/// process, however that ends. The container is removed when its first process ends, or when this is
/// dropped.
#[derive(Debug)]
pub struct Attached {
    /// The standard input of its first process.
    pub stdin: Option<ChildStdin>,
    /// The standard output of its first process.
    pub stdout: Option<ChildStdout>,
    engine: Engine,
    name: String,
    child: Child,
    /// Open, since the client ends if it cannot write to it.
    stderr: Option<ChildStderr>,
    is_removed: bool,
}

impl Engine {
    /// Starts a container with a command, sends it `input`, and waits until it has printed
    /// `answer`.
    ///
    /// # Errors
    /// When the engine refuses, which includes an image without the program, or when the command
    /// prints something else.
    pub fn attach(
        &self,
        spec: &ContainerSpec<'_>,
        command: &[&str],
        input: &[u8],
        answer: &[u8],
    ) -> Result<Attached, EngineError> {
        Self::on_terms(spec, |terms| {
            let mut attached = self.run_attached(spec, terms, command)?;
            if attached.greet(input, answer) {
                return Ok(attached);
            }
            Err(attached.failure())
        })
    }

    fn run_attached(
        &self,
        spec: &ContainerSpec<'_>,
        terms: Terms,
        command: &[&str],
    ) -> Result<Attached, EngineError> {
        let mut client = self.command();
        let mut arguments = self.arguments_of(spec, terms);
        arguments.insert(1, "--rm".to_owned());
        client.args(arguments).args(command);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // An interrupt at the terminal is not for the container.
        client.process_group(0);
        let mut child = client.spawn().map_err(|error| self.failed("run", error))?;
        Ok(Attached {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            engine: self.clone(),
            name: spec.name.to_owned(),
            child,
            is_removed: false,
        })
    }
}

impl Attached {
    /// The name of the container.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Kills what runs in it and removes it, once; whether that was possible.
    pub fn remove(&mut self) -> bool {
        self.is_removed || {
            self.is_removed = true;
            let is_gone = self.engine.remove_container(&self.name).is_ok();
            let _ = self.child.kill();
            let _ = self.child.wait();
            is_gone
        }
    }

    /// Whether the process took the input and gave the answer.
    fn greet(&mut self, input: &[u8], answer: &[u8]) -> bool {
        let (Some(stdin), Some(stdout)) = (&mut self.stdin, &mut self.stdout) else { return false };
        let mut given = vec![0; answer.len()];
        // A process that has ended takes nothing; the client says why.
        stdin.write_all(input).is_ok() && stdout.read_exact(&mut given).is_ok() && given == answer
    }

    /// Why the process did not answer.
    fn failure(&mut self) -> EngineError {
        self.stdin = None;
        self.stdout = None;
        let mut said = String::new();
        if let Some(stderr) = &mut self.stderr {
            let _ = stderr.take(1 << 16).read_to_string(&mut said);
        }
        let said = said.trim();
        self.engine.failed("run", if said.is_empty() { "it ended without a word" } else { said })
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.remove();
    }
}
