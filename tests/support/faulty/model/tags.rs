//! Tags as E2B's server has them: an assignment adds a row, and a tag resolves to its newest row
//! whose build is ready. What the server refuses is refused, in its words.

use serde_json::{Value, json};

use super::builds::Build;
use super::request::Request;
use super::{Model, TEMPLATE_ID};

/// How much a server knows about tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tags {
    /// Everything: histories, and look-ups of `name:tag`.
    #[default]
    Whole,
    /// The three calls that Novita's SDK has; a look-up of `name:tag` is answered with this status.
    Older(u16),
    /// Nothing: every call about tags is unknown.
    Unknown,
}

/// An assignment of a tag to a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub tag: String,
    pub build: String,
}

pub(super) type Answer = (u16, Value);

pub(super) fn refused(status: u16, message: &str) -> Answer {
    (status, json!({ "code": status, "message": message }))
}

fn unknown() -> Answer {
    refused(404, "no such call")
}

/// Splits a reference; the default tag counts as none.
fn parse(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once(':') {
        Some((name, tag)) => (name, Some(tag).filter(|tag| *tag != "default")),
        None => (reference, None),
    }
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}

fn is_tag(tag: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    !tag.is_empty() && tag.chars().all(known) && !is_uuid(tag)
}

pub(super) fn time(row: usize) -> String {
    format!("2026-11-21T{:02}:{:02}:00Z", row / 60, row % 60)
}

impl Model {
    /// The build that a tag resolves to, or the one with this ID.
    pub fn resolved(&self, tag: &str) -> Option<&str> {
        let rows = self.rows.iter().rev().filter(|row| row.tag == tag || row.build == tag);
        let mut builds = rows.filter_map(|row| self.known(&row.build));
        builds.find(|build| build.state == "ready").map(|build| build.id.as_str())
    }

    /// Every tag with the build that it resolves to, sorted.
    pub fn resolutions(&self) -> Vec<(String, String)> {
        let mut tags: Vec<&str> = self.rows.iter().map(|row| row.tag.as_str()).collect();
        tags.sort_unstable();
        tags.dedup();
        let resolved = tags.into_iter().filter_map(|tag| Some((tag, self.resolved(tag)?)));
        resolved.map(|(tag, build)| (tag.to_owned(), build.to_owned())).collect()
    }

    /// Adds a build in a state with tags, as if it had been applied before; its ID.
    pub fn add(&mut self, name: &str, state: &'static str, tags: &[&str]) -> String {
        self.name = Some(name.to_owned());
        let id = self.next_id();
        self.builds.push(Build { asked: 1, ..Build::waiting(id.clone()) });
        if let Some(build) = self.builds.last_mut() {
            build.state = state;
        }
        self.assign_all(tags.iter().copied(), &id);
        id
    }

    /// Assigns a tag to the build with a number.
    pub fn assign_to(&mut self, tag: &str, build: usize) {
        let id = self.builds[build].id.clone();
        self.assign_all(std::iter::once(tag), &id);
    }

    pub(super) fn assign_all<'a>(&mut self, tags: impl Iterator<Item = &'a str>, build: &str) {
        let rows = tags.map(|tag| Row { tag: tag.to_owned(), build: build.to_owned() });
        self.rows.extend(rows);
    }

    pub(super) fn known(&self, id: &str) -> Option<&Build> {
        self.builds.iter().find(|build| build.id == id)
    }

    pub(super) fn is_tagged(&self, build: &str) -> bool {
        self.rows.iter().any(|row| row.build == build)
    }

    /// The builds in a state that share a tag with a build.
    pub(super) fn rivals(&self, build: &str, state: &str) -> Vec<String> {
        let tags: Vec<&str> =
            self.rows.iter().filter(|row| row.build == build).map(|row| row.tag.as_str()).collect();
        let shares = |id: &str| {
            self.rows.iter().any(|row| row.build == id && tags.contains(&row.tag.as_str()))
        };
        let rivals = self.builds.iter().filter(|other| other.id != build && other.state == state);
        rivals.map(|rival| rival.id.clone()).filter(|id| shares(id)).collect()
    }

    /// Whether a name or an ID is the template's; the status that refuses it otherwise.
    pub(super) fn find(&self, name: &str) -> Result<(), Answer> {
        let bare = match name.split_once('/') {
            Some(("team", name)) => name,
            Some((namespace, _)) => {
                let message = format!("namespace '{namespace}' must match your team 'team'");
                return Err(refused(400, &message));
            }
            None => name,
        };
        if Some(bare) == self.name.as_deref() || (bare == TEMPLATE_ID && self.name.is_some()) {
            return Ok(());
        }
        Err(refused(404, &format!("template '{name}' not found")))
    }

    /// `GET /templates/aliases/{alias}`
    pub(super) fn alias(&self, alias: &str) -> Answer {
        let (name, tag) = parse(alias);
        if let (true, Tags::Older(status)) = (alias.contains(':'), self.script.tags) {
            return refused(status, "no such alias");
        }
        if let Err(refusal) = self.find(name) {
            return refusal;
        }
        let tag = tag.unwrap_or("default");
        if alias.contains(':') && self.resolved(tag).is_none() {
            return refused(404, &format!("tag '{tag}' does not exist for template '{name}'"));
        }
        (200, json!({ "templateID": TEMPLATE_ID, "public": self.public }))
    }

    /// `GET /templates/{id or name}/tags`
    pub(super) fn list_tags(&self, template: &str) -> Answer {
        if self.script.tags == Tags::Unknown {
            return unknown();
        }
        if let Err(refusal) = self.find(template) {
            return refusal;
        }
        let is_newest =
            |at: usize| self.rows[at + 1..].iter().all(|later| later.tag != self.rows[at].tag);
        let newest = (0..self.rows.len()).filter(|at| is_newest(*at)).map(|at| {
            let Row { tag, build } = &self.rows[at];
            json!({ "tag": tag, "buildID": build, "createdAt": time(at) })
        });
        (200, Value::Array(newest.collect()))
    }

    /// `GET /templates/{id}/tags/{tag}/assignments`
    pub(super) fn history(&self, template: &str, tag: &str) -> Answer {
        if self.script.tags != Tags::Whole {
            return unknown();
        }
        if template != TEMPLATE_ID {
            return refused(404, "Template not found");
        }
        let rows = self.rows.iter().enumerate().rev().filter(|(_, row)| row.tag == tag);
        let ready = rows
            .filter(|(_, row)| self.known(&row.build).is_some_and(|build| build.state == "ready"));
        let data: Vec<_> = ready
            .map(|(at, row)| {
                json!({
                    "assignmentId": format!("00000000-0000-4000-8000-{at:012}"),
                    "buildId": row.build, "assignedAt": time(at), "buildCreatedAt": time(0),
                    "buildFinishedAt": time(at),
                })
            })
            .collect();
        (200, json!({ "data": data, "nextCursor": null }))
    }

    /// `POST /templates/tags`
    pub(super) fn assign(&mut self, request: &Request) -> Answer {
        if self.script.tags == Tags::Unknown {
            return unknown();
        }
        let body = self.json(request);
        let (Some(target), Some(tags)) = (body["target"].as_str(), texts(&body["tags"])) else {
            self.fault("tags are assigned without a target or a list of tags");
            return refused(400, "Invalid request body");
        };
        if tags.is_empty() {
            return refused(400, "At least one tag is required");
        }
        let (name, tag) = parse(target);
        if let Err(refusal) = self.find(name) {
            return refusal;
        }
        let tag = tag.unwrap_or("default");
        let Some(build) = self.resolved(tag).map(str::to_owned) else {
            return refused(404, &format!("Template '{target}' with tag '{tag}' not found"));
        };
        if let Some(wrong) = tags.iter().find(|tag| !is_tag(tag)) {
            return refused(400, &format!("Invalid tag: invalid tag '{wrong}'"));
        }
        self.assign_all(tags.iter().map(String::as_str), &build);
        // They come in any order.
        let tags: Vec<_> = tags.into_iter().rev().collect();
        (201, json!({ "buildID": build, "tags": tags }))
    }

    /// `DELETE /templates/tags`
    pub(super) fn unassign(&mut self, request: &Request) -> Answer {
        if self.script.tags == Tags::Unknown {
            return unknown();
        }
        let body = self.json(request);
        let (Some(name), Some(tags)) = (body["name"].as_str(), texts(&body["tags"])) else {
            self.fault("tags are deleted without a name or a list of tags");
            return refused(400, "Invalid request body");
        };
        if tags.is_empty() {
            return refused(400, "At least one tag is required");
        }
        if tags.iter().any(|tag| tag == "default") {
            return refused(400, "Cannot delete the 'default' tag");
        }
        if name.contains(':') {
            let message = "Template name should not contain a tag, use the 'tags' field instead";
            return refused(400, message);
        }
        if let Err(refusal) = self.find(name) {
            return refusal;
        }
        self.rows.retain(|row| !tags.contains(&row.tag));
        (204, Value::Null)
    }
}

/// The texts of a list of nothing else.
pub(super) fn texts(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}
