//! Managing templates: names, tags, listing, publishing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BuildState;
use crate::wire::{id, local};

/// Body of `POST /templates/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignTags {
    /// `name:tag` of the build to label; without a tag, the one labelled [`DEFAULT_TAG`](super::DEFAULT_TAG).
    pub target: String,
    /// The tags to assign.
    pub tags: Vec<String>,
}

/// Response 201 to [`AssignTags`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedTags {
    /// The build that the tags were assigned to.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// The normalized tags.
    pub tags: Vec<String>,
}

/// Body of `DELETE /templates/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteTags {
    /// The template's name, without a tag.
    pub name: String,
    /// The tags to remove.
    pub tags: Vec<String>,
}

/// One element of the response to `GET /templates/{id}/tags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateTag {
    /// The tag.
    pub tag: String,
    /// The build that it is assigned to.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// The time of the assignment.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
}

/// Response to `GET /templates/{id}/tags/exists?tag=TAG`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagExists {
    /// Whether the tag was assigned to a build that is ready.
    pub exists: bool,
    /// The tag in lower case and without spaces around it.
    #[serde(rename = "normalizedTag")]
    pub normalized_tag: String,
}

/// Response to `GET /templates/aliases/{alias}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasResponse {
    /// The template of that name.
    #[serde(rename = "templateID", deserialize_with = "id::read")]
    pub template_id: String,
    /// Whether other teams can start sandboxes from it.
    #[serde(default)]
    pub public: bool,
}

/// Body of `PATCH /v2/templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateTemplate {
    /// Whether other teams can start sandboxes from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
}

/// Response to [`UpdateTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatedTemplate {
    /// The names with their namespace.
    pub names: Vec<String>,
}

/// A template in the response to `GET /v2/templates`, which in E2B's form is an array with the next
/// page in the header `X-Next-Token`, and in Novita's a [`TemplatePage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSummary {
    /// The ID of the template, the same for all its builds.
    #[serde(rename = "templateID", deserialize_with = "id::read")]
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
    /// Whether other teams can start sandboxes from the template.
    #[serde(default)]
    pub public: bool,
    /// The names without their namespace.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The names with their namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// The time of its first registration.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
    /// The time of its last change.
    #[serde(rename = "updatedAt")]
    pub updated_at: Timestamp,
    /// The person who registered it first, if any.
    #[serde(rename = "createdBy", default)]
    pub created_by: Option<TeamUser>,
    /// The last time that a sandbox was started from it.
    #[serde(rename = "lastSpawnedAt", default)]
    pub last_spawned_at: Option<Timestamp>,
    /// The number of sandboxes started from it.
    #[serde(rename = "spawnCount", default)]
    pub spawn_count: u64,
    /// The number of registered builds.
    #[serde(rename = "buildCount", default)]
    pub build_count: u64,
    /// The version of the agent in its sandboxes.
    #[serde(rename = "envdVersion", default)]
    pub envd_version: String,
    /// The state of the last build with the tag [`DEFAULT_TAG`](super::DEFAULT_TAG).
    #[serde(rename = "buildStatus", default, skip_serializing_if = "Option::is_none")]
    pub build_status: Option<BuildState>,
    /// On the local platform: whether that build is ready, and its steps were only recorded.
    #[serde(default, deserialize_with = "local::is_true", skip_serializing_if = "local::is_false")]
    pub recorded: bool,
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamUser {
    /// A UUID.
    pub id: String,
    /// The e-mail address, which is not visible to everyone.
    #[serde(default)]
    pub email: Option<String>,
}

/// Response to `GET /v2/templates` in Novita's form: numbered pages, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePage {
    /// The templates of this page.
    #[serde(default)]
    pub templates: Vec<TemplateSummary>,
    /// The number of templates.
    #[serde(default)]
    pub total: u64,
    /// The number of the page.
    #[serde(default)]
    pub page: u64,
    /// The largest number of templates on a page.
    #[serde(default)]
    pub limit: u64,
    /// The number of pages.
    #[serde(rename = "totalPages", default)]
    pub total_pages: u64,
}

/// Response to `GET /templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDetails {
    /// The template as in lists; older servers omit some fields.
    #[serde(flatten)]
    pub template: TemplateSummary,
    /// The builds, newest first; the next page is in the header `X-Next-Token`.
    #[serde(default)]
    pub builds: Vec<TemplateBuild>,
}

/// One build in [`TemplateDetails`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateBuild {
    /// The build.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// Its state.
    pub status: BuildState,
    /// On the local platform: whether it is ready, and its steps were only recorded.
    #[serde(default, deserialize_with = "local::is_true", skip_serializing_if = "local::is_false")]
    pub recorded: bool,
    /// The time of its registration.
    #[serde(rename = "createdAt")]
    pub created_at: Timestamp,
    /// The time of its last change.
    #[serde(rename = "updatedAt")]
    pub updated_at: Timestamp,
    /// The time of its end.
    #[serde(rename = "finishedAt", default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Virtual CPUs.
    #[serde(rename = "cpuCount", default)]
    pub cpu_count: u64,
    /// Memory in MiB.
    #[serde(rename = "memoryMB", default)]
    pub memory_mb: u64,
}
