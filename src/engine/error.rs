//! What an engine says when it cannot do something.

use std::error::Error;
use std::fmt;

/// An operation of the engine failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineError {
    /// The operation, such as `docker commit`.
    pub operation: String,
    /// The engine's own words, or those of the operating system.
    pub message: String,
}

impl EngineError {
    pub(super) fn new(operation: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        // The prefixes say that an error is an error.
        let message = message.trim();
        let message = message.strip_prefix("Error: ").unwrap_or(message);
        let message = message.strip_prefix("Error response from daemon: ").unwrap_or(message);
        Self { operation: operation.into(), message: message.to_owned() }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.operation, self.message)
    }
}

impl Error for EngineError {}
