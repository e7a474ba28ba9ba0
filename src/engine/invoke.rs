//! Calls of the engine's client.

use std::ffi::OsStr;
use std::fmt::Display;
use std::process::Stdio;

use super::{Engine, EngineError};

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
        let done = self.command().args(arguments).stdin(input).output();
        let done = done.map_err(|error| self.failed(&verb, error))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            let said = if said.trim().is_empty() { done.status.to_string() } else { said.into() };
            return Err(self.failed(&verb, said));
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
    }

    /// The error of an operation.
    pub(super) fn failed(&self, operation: &str, why: impl Display) -> EngineError {
        EngineError::new(format!("{} {operation}", self.kind().program()), why.to_string())
    }
}
