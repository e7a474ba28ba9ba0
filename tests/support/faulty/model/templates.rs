//! The template that a platform of the E2B family has: its details, the listing, its visibility.

use serde_json::{Value, json};

use super::request::Request;
use super::tags::{Answer, refused, time};
use super::{Model, TEMPLATE_ID};

impl Model {
    /// `GET /templates/{id}`
    pub(super) fn details(&self, template: &str) -> Answer {
        if template != TEMPLATE_ID || self.name.is_none() {
            return refused(404, &format!("Template {template} not found"));
        }
        let builds = self.builds.iter().rev().filter(|build| self.is_tagged(&build.id));
        let builds: Vec<_> = builds
            .map(|build| {
                json!({
                    "buildID": build.id, "status": build.state, "createdAt": time(0),
                    "updatedAt": time(1), "cpuCount": build.cpu, "memoryMB": build.memory,
                })
            })
            .collect();
        let mut details = self.summary();
        details["builds"] = Value::Array(builds);
        (200, details)
    }

    /// `GET /v2/templates`
    pub(super) fn list(&self, target: &str) -> Answer {
        let templates: Vec<_> = self.name.iter().map(|_| self.summary()).collect();
        if !target.contains("template_type=") {
            return (200, Value::Array(templates));
        }
        let total = templates.len();
        (
            200,
            json!({
                "templates": templates, "total": total, "page": 1, "limit": 100, "totalPages": 1,
            }),
        )
    }

    /// `PATCH /v2/templates/{id}`
    pub(super) fn publish(&mut self, template: &str, request: &Request) -> Answer {
        if let Err(refusal) = self.find(template) {
            return refusal;
        }
        if let Some(public) = self.json(request)["public"].as_bool() {
            self.public = public;
        }
        (200, json!({ "names": [format!("team/{}", self.name.as_deref().unwrap_or_default())] }))
    }

    fn summary(&self) -> Value {
        let name = self.name.as_deref().unwrap_or_default();
        let ready = self.resolved("default").and_then(|id| self.known(id));
        let last = self.rows.iter().rev().find(|row| row.tag == "default");
        let last = last.and_then(|row| self.known(&row.build));
        json!({
            "templateID": TEMPLATE_ID, "names": [format!("team/{name}")], "aliases": [name],
            "buildID": ready.map_or("00000000-0000-0000-0000-000000000000", |build| &build.id),
            "cpuCount": ready.map_or(0, |build| build.cpu),
            "memoryMB": ready.map_or(0, |build| build.memory), "diskSizeMB": 0,
            "public": self.public, "createdAt": time(0), "updatedAt": time(self.rows.len()),
            "createdBy": null, "lastSpawnedAt": null, "spawnCount": 0, "envdVersion": "",
            "buildCount": self.builds.len(),
            "buildStatus": last.map_or("waiting", |build| build.state),
        })
    }
}
