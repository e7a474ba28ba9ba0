//! What the local platform has beside E2B's protocol: calls that prove who answers, prune what its
//! engine keeps and say which images it lacks, and fields of answers that say whether a build was only recorded.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The largest number of log entries in one status response to a client that asks with `sbxLimit`.
///
/// Clients read at most 16 MiB of an answer. An entry has at most 4,096 characters, which are six bytes
/// each in JSON at most.
pub const LOG_PAGE: usize = 500;

/// The answer to `GET /sbx/identity/{challenge}`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Identity {
    /// The SHA-256 digest of the server's token and the challenge, in hexadecimal.
    pub proof: String,
}

/// Reads a flag of the local platform. On another platform, a field of the same name means something
/// else.
pub(super) fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(deserializer)? == Value::Bool(true))
}

/// Reads a text of the local platform, with the same caution.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_str().map(str::to_owned))
}

/// Whether a flag is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Answer to `POST /sbx/prune`: what the engine no longer keeps for the local platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// The names of the removed images.
    pub images: Vec<String>,
    /// The disk space that they took, in bytes, if the engine says so.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Why nothing can be removed, if there is no engine.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Answer to `GET /sbx/images/{templateID}`: which builds of a template have lost their image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Images {
    /// The builds that an engine has run and whose image is not in the engine in use.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Why that is not known, if it is not.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Refers to the state of a build before one of its steps, counted from 1, in the place of a template
/// that a sandbox is created from. The build may have failed.
#[must_use]
pub fn before_step(build: &str, step: usize) -> String {
    format!("{build}@{step}")
}

/// The parts of such a reference; `None` for one of a template.
#[must_use]
pub fn split_step(reference: &str) -> Option<(&str, &str)> {
    reference.rsplit_once('@')
}
