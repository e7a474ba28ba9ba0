//! One build as it is remembered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;

/// A build that was registered for a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The manifest's canonical path.
    pub manifest: String,
    /// The platform's name.
    pub platform: String,
    /// The API's URL without credentials; none for a local platform within `sbx` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    /// The template.
    pub template_id: String,
    /// The build.
    pub build_id: String,
    /// The template's name.
    pub name: String,
    /// The labels of the build.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What was asked for.
    pub requests: Digest,
    /// How far the build has come, as far as anybody was told.
    pub stage: Stage,
    /// When it was registered, by this machine's clock. It is shown and never compared.
    pub registered_at: Timestamp,
    /// When `stage` was set.
    pub updated_at: Timestamp,
}

impl Record {
    /// Whether it is about that build.
    #[must_use]
    pub fn is_of(&self, template_id: &str, build_id: &str) -> bool {
        self.template_id == template_id && self.build_id == build_id
    }
}

/// How far a build has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It has its IDs.
    Registered,
    /// It was started.
    Started,
    /// It is done.
    Ready,
    /// It failed.
    Error,
}
