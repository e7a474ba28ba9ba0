//! Calls of the engine's client.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::client::run;
use super::{Engine, EngineError, limits};

impl Engine {
    /// What a command of the client prints, without the last line break.
    pub(super) fn output<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, EngineError> {
        self.output_of(arguments, Stdio::null())
    }

    /// The same, with something to read.
    pub(super) fn output_of<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: Stdio,
    ) -> Result<String, EngineError> {
        let verb = arguments.first().map(|verb| verb.as_ref().to_string_lossy().into_owned());
        let verb = verb.unwrap_or_default();
        let mut client = self.command();
        client.args(arguments).stdin(input);
        let limit = limits::operation(self.kind, &verb);
        self.finish(&verb, &mut client, limit, &|| false)
    }

    /// Runs a command of the client; what it prints, without the last line break.
    pub(super) fn finish(
        &self,
        verb: &str,
        client: &mut Command,
        limit: Duration,
        stopped: &dyn Fn() -> bool,
    ) -> Result<String, EngineError> {
        let done = run(client, limit, stopped).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => {
                self.failed(verb, format!("no answer within {} s", limit.as_secs()))
            }
            io::ErrorKind::Interrupted => self.failed(verb, "stopped"),
            _ => self.failed(verb, error),
        })?;
        if !done.status.success() {
            let is_silent = done.stderr.trim().is_empty();
            let said = if is_silent { done.status.to_string() } else { done.stderr };
            return Err(self.failed(verb, said));
        }
        Ok(done.stdout.trim_end().to_owned())
    }

    /// The error of an operation.
    pub(super) fn failed(&self, operation: &str, why: impl Display) -> EngineError {
        EngineError::new(format!("{} {operation}", self.kind().program()), why.to_string())
    }
}
