//! Declaw's protocol: one build call, then questions about the build.
//!
//! A server ignores fields that it does not know, in silence, so the names in here are the
//! contract. What is empty is left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The line that stands first once a log has grown past the lines that are kept.
pub const TRUNCATED: &str = "... [earlier build output truncated]";

/// How many of a log's newest lines are kept, as the documentation has it.
pub const LOG_WINDOW: usize = 2000;

/// Body of `POST /templates/build`: builds a template under an alias that is free.
///
/// This is what `sbx compile` prints: the one request that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRequest {
    /// What is built.
    pub template: TemplateSpec,
    /// What sandboxes are created from.
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

/// What is built, in one of the protocol's two forms, which no field tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TemplateSpec {
    /// A Dockerfile, as it is.
    Dockerfile {
        /// Its whole text.
        dockerfile: String,
    },
    /// In parts.
    Parts(Parts),
}

/// The largest Dockerfile that the platform documents, in bytes.
pub const MAX_DOCKERFILE: usize = 64 * 1024;

/// A template in parts. The platform makes a Dockerfile of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The image to start from.
    pub base_image: String,
    /// Shell lines, each equivalent to one `RUN` of a Dockerfile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run_cmds: Vec<String>,
    /// Variables of the build and of the sandbox.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<String, String>,
    /// Packages that apt installs before any of the lines is run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// The command that is running when a sandbox starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_cmd: Option<String>,
}

/// Answer 201 to [`BuildRequest`], and to `POST /templates/{id}/rebuild`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStarted {
    /// Identifies the build.
    pub build_id: String,
    /// Where the build stands: at its beginning.
    pub status: BuildState,
    /// Identifies the template.
    pub template_id: String,
}

/// Answer 200 to `GET /templates/builds/{build_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStatus {
    /// The build.
    pub build_id: String,
    /// Where it stands.
    pub status: BuildState,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The log's newest lines, [`LOG_WINDOW`] at most; `null` while there are none. If older
    /// ones were dropped, the first is [`TRUNCATED`].
    #[serde(default)]
    pub logs: Option<Vec<String>>,
}

/// Where a build stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// Running.
    Building,
    /// Done; sandboxes can be created.
    Completed,
    /// Failed; the template keeps its alias.
    Failed,
    /// A state that a newer server may know.
    #[serde(untagged)]
    Other(String),
}

/// Answer 200 to `GET /templates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateList {
    /// The templates of the account; `null` if there are none.
    #[serde(default)]
    pub templates: Option<Vec<TemplateSummary>>,
}

/// A template as it is listed, and as `GET /templates/{id}` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    /// Identifies the template.
    pub template_id: String,
    /// What sandboxes are created from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// When it was built, as the server writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}
