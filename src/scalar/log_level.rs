//! How much a log entry matters.

use serde::Serialize;

/// How much a log entry matters, least first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Details for the platform's developers.
    Debug,
    /// Normal output.
    Info,
    /// Something that may be wrong.
    Warn,
    /// Something that is wrong.
    Error,
    /// A level that only the platform knows: it is never filtered out.
    #[serde(untagged)]
    Other(String),
}
