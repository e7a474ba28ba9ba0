//! The record of one build.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;

/// A build that was registered for a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The manifest's canonical path.
    pub manifest: String,
    /// Its profile, if one was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The platform's name.
    pub platform: String,
    /// The platform whose rules the local platform followed, if it is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imitates: Option<String>,
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
    /// The digests of its requests.
    pub requests: Digest,
    /// The digest of the template, if the `sbx` that recorded it knew one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The last known stage.
    pub stage: Stage,
    /// Whether tests are to be run on the build that it has not passed yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untested: bool,
    /// The time of registration by this machine's clock. It is displayed but never compared.
    pub registered_at: Timestamp,
    /// The time of the last change of `stage`.
    pub updated_at: Timestamp,
}

impl Record {
    /// Whether it is the record of this build.
    #[must_use]
    pub fn is_of(&self, template_id: &str, build_id: &str) -> bool {
        self.template_id == template_id && self.build_id == build_id
    }
}

/// The stage of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Registered: it has its IDs.
    Registered,
    /// Started.
    Started,
    /// Finished successfully.
    Ready,
    /// Failed.
    Error,
}
