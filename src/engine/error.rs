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
        Self { operation: operation.into(), message: words(&message.into()) }
    }
}

/// The message without what only says that it is one, and without the advice about `--help`.
fn words(message: &str) -> String {
    let is_advice = |line: &&str| {
        line.is_empty() || line.starts_with("See '") || line.starts_with("Run 'docker ")
    };
    let lines = message.lines().map(str::trim).filter(|line| !is_advice(line));
    let lines = lines.map(|line| {
        let prefixes = ["docker: ", "Error: ", "Error response from daemon: "];
        prefixes.iter().fold(line, |line, prefix| line.strip_prefix(prefix).unwrap_or(line))
    });
    lines.collect::<Vec<_>>().join("; ")
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.operation, self.message)
    }
}

impl Error for EngineError {}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn only_what_is_wrong_is_kept() {
        let message = "docker: Error response from daemon: no space left on device.\n\n\
                       Run 'docker run --help' for more information\n";
        assert_eq!(words(message), "no space left on device.");
        assert_eq!(words("Error: no such image\n"), "no such image");
        assert_eq!(words("one\ntwo"), "one; two");
    }
}
