//! The assignments of tags to builds that are ready, newest first.
//!
//! Source: `spec/openapi-dashboard.yml` of E2B's server, and the client that its SDK for Python
//! generates from the public API.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One assignment of a tag to a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagAssignment {
    /// A UUID.
    #[serde(default)]
    pub assignment_id: String,
    /// The build.
    pub build_id: String,
    /// The time of the assignment.
    pub assigned_at: Timestamp,
    /// The time when the build was registered.
    pub build_created_at: Timestamp,
    /// The time when the build ended.
    #[serde(default)]
    pub build_finished_at: Option<Timestamp>,
}

/// Response to `GET /templates/{id}/tags/{tag}/assignments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagHistory {
    /// The assignments of the page.
    pub data: Vec<TagAssignment>,
    /// What to send as `cursor` for the next page; `None` on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A tag with its newest assignments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagGroup {
    /// The tag.
    pub tag: String,
    /// The assignments.
    pub assignments: Vec<TagAssignment>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Response to `GET /templates/{id}/tags/groups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagGroups {
    /// The tags of the page.
    pub tags: Vec<TagGroup>,
    /// What to send as `tagsCursor` for the next page; `None` on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// Response to `GET /templates/{id}/tags/count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagCount {
    /// How many tags lead to a build that is ready.
    pub total: u64,
}
