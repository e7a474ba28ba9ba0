//! Declaw's protocol: one request starts a build, others poll it.
//!
//! Servers silently ignore unknown fields, so the names in here are the contract. Empty fields are
//! omitted.

pub mod sandboxes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id;

/// The first line of a log whose older lines were dropped.
pub const TRUNCATED: &str = "... [earlier build output truncated]";

/// The documented number of log lines that the server keeps.
pub const LOG_WINDOW: usize = 2000;

/// Body of `POST /templates/build`: builds a template under an unused alias.
///
/// `sbx compile` prints it; it is the only request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRequest {
    /// The definition of the template.
    pub template: TemplateSpec,
    /// The name of the template.
    pub alias: String,
    /// Virtual CPUs of the sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<u64>,
    /// Memory of the sandbox in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u64>,
    /// Disk of the sandbox in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_mb: Option<u64>,
}

/// The definition of a template in one of two forms, which no field distinguishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TemplateSpec {
    /// A Dockerfile.
    Dockerfile {
        /// Its whole text.
        dockerfile: String,
    },
    /// In parts.
    Parts(Parts),
}

/// The largest Dockerfile that the platform documents, in bytes.
pub const MAX_DOCKERFILE: usize = 64 * 1024;

/// A template in parts, from which the platform generates a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The base image.
    pub base_image: String,
    /// Shell lines, each equivalent to one `RUN` of a Dockerfile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run_cmds: Vec<String>,
    /// Variables of the build and of the sandbox.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<String, String>,
    /// Packages that apt installs before the first line runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// The start command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_cmd: Option<String>,
}

/// Response 201 to [`BuildRequest`] and to `POST /templates/{id}/rebuild`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStarted {
    /// The ID of the build.
    #[serde(deserialize_with = "id::read")]
    pub build_id: String,
    /// The initial state of the build.
    pub status: BuildState,
    /// The ID of the template.
    #[serde(deserialize_with = "id::read")]
    pub template_id: String,
}

/// Response 200 to `GET /templates/builds/{build_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStatus {
    /// The build.
    pub build_id: String,
    /// Where it stands.
    pub status: BuildState,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The newest lines of the log, at most [`LOG_WINDOW`]; `null` while there are none. If older
    /// ones were dropped, the first is [`TRUNCATED`].
    #[serde(default)]
    pub logs: Option<Vec<String>>,
}

/// The state of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// Running.
    Building,
    /// Done; sandboxes can be created.
    Completed,
    /// Failed; the template keeps its alias.
    Failed,
    /// A state of a newer server.
    #[serde(untagged)]
    Other(String),
}

/// Response 200 to `GET /templates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateList {
    /// The templates of the account; `null` if there are none.
    #[serde(default)]
    pub templates: Option<Vec<TemplateSummary>>,
}

/// A template in a list and in the response to `GET /templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    /// The ID of the template.
    #[serde(deserialize_with = "id::read")]
    pub template_id: String,
    /// The name of the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The time of its build, in the format of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}
