//! The templates' life: names, tags, listing, publishing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BuildState;

/// Body of `POST /templates/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignTags {
    /// `name:tag` of the build to label; without a tag, the one labelled [`DEFAULT_TAG`](super::DEFAULT_TAG).
    pub target: String,
    /// The labels to give it.
    pub tags: Vec<String>,
}

/// Answer 201 to [`AssignTags`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedTags {
    /// The build that was labelled.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// The labels as the server understood them.
    pub tags: Vec<String>,
}

/// Body of `DELETE /templates/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteTags {
    /// The template's name, without a tag.
    pub name: String,
    /// The labels to take away.
    pub tags: Vec<String>,
}

/// One element of the answer to `GET /templates/{id}/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateTag {
    /// The label.
    pub tag: String,
    /// The build it stands on.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// When it was put there.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
}

/// Answer to `GET /templates/aliases/{alias}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasResponse {
    /// The template of that name.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// Whether other teams may start sandboxes from it.
    #[serde(default)]
    pub public: bool,
}

/// Body of `PATCH /v2/templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateTemplate {
    /// Whether other teams may start sandboxes from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
}

/// Answer to [`UpdateTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatedTemplate {
    /// The names with their namespace.
    pub names: Vec<String>,
}

/// A template as `GET /v2/templates` lists it: in e2b's form a bare array, whose next page the
/// header `X-Next-Token` names, in novita's a [`TemplatePage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    /// Identifies the template through all its builds.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// The last ready build with the tag [`DEFAULT_TAG`](super::DEFAULT_TAG); a UUID of zeros if there is none.
    #[serde(rename = "buildID", default)]
    pub build_id: String,
    /// Virtual CPUs of that build.
    #[serde(rename = "cpuCount", default)]
    pub cpu_count: u64,
    /// Memory of that build in MiB.
    #[serde(rename = "memoryMB", default)]
    pub memory_mb: u64,
    /// Disk of that build in MiB.
    #[serde(rename = "diskSizeMB", default)]
    pub disk_size_mb: u64,
    /// Whether other teams may start sandboxes from the template.
    #[serde(default)]
    pub public: bool,
    /// The names without their namespace.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The names with their namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// When it was registered first.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[serde(rename = "updatedAt")]
    pub updated_at: Timestamp,
    /// Who registered it first, if that was a person.
    #[serde(rename = "createdBy", default)]
    pub created_by: Option<TeamUser>,
    /// When a sandbox was started from it last.
    #[serde(rename = "lastSpawnedAt", default)]
    pub last_spawned_at: Option<Timestamp>,
    /// How many sandboxes were started from it.
    #[serde(rename = "spawnCount", default)]
    pub spawn_count: u64,
    /// How many builds were registered.
    #[serde(rename = "buildCount", default)]
    pub build_count: u64,
    /// The version of the agent in its sandboxes.
    #[serde(rename = "envdVersion", default)]
    pub envd_version: String,
    /// Where the last build with the tag [`DEFAULT_TAG`](super::DEFAULT_TAG) stands.
    #[serde(rename = "buildStatus", default, skip_serializing_if = "Option::is_none")]
    pub build_status: Option<BuildState>,
}

/// A person of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamUser {
    /// A UUID.
    pub id: String,
    /// Not told to everyone.
    #[serde(default)]
    pub email: Option<String>,
}

/// Answer to `GET /v2/templates` in novita's form: pages by number, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePage {
    /// The templates of this page.
    #[serde(default)]
    pub templates: Vec<TemplateSummary>,
    /// How many templates there are.
    #[serde(default)]
    pub total: u64,
    /// The page's number.
    #[serde(default)]
    pub page: u64,
    /// How many templates a page has at most.
    #[serde(default)]
    pub limit: u64,
    /// How many pages there are.
    #[serde(rename = "totalPages", default)]
    pub total_pages: u64,
}

/// Answer to `GET /templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDetails {
    /// The template as the lists show it, of which older servers tell less.
    #[serde(flatten)]
    pub template: TemplateSummary,
    /// The builds, newest first; the header `X-Next-Token` names the next page.
    #[serde(default)]
    pub builds: Vec<TemplateBuild>,
}

/// One build among [`TemplateDetails`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateBuild {
    /// The build.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// Where it stands.
    pub status: BuildState,
    /// When it was registered.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[serde(rename = "updatedAt")]
    pub updated_at: Timestamp,
    /// When it ended.
    #[serde(rename = "finishedAt", default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Virtual CPUs.
    #[serde(rename = "cpuCount", default)]
    pub cpu_count: u64,
    /// Memory in MiB.
    #[serde(rename = "memoryMB", default)]
    pub memory_mb: u64,
}
