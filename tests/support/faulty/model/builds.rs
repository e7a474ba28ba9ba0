//! The builds of a platform of the E2B family, from their registration to their end.

use serde_json::{Value, json};

use super::super::Call;
use super::request::Request;
use super::tags::texts;
use super::{Model, Script, TEMPLATE_ID, Tags};

/// A build on the platform.
#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: String,
    pub(super) state: &'static str,
    /// How often its log was asked for since it began.
    pub(super) asked: usize,
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

impl Build {
    pub(super) fn waiting(id: String) -> Self {
        Self { id, state: "waiting", asked: 0, cpu: 2, memory: 1024 }
    }
}

impl Model {
    /// Fails the builds of the same tags that were not started, as a registration does.
    pub(super) fn supersede(&mut self) {
        for build in self.builds.iter_mut().filter(|build| build.state == "waiting") {
            build.state = "error";
        }
    }

    pub(super) fn next_id(&self) -> String {
        format!("5a6f0d1e-3b0c-4f7e-9d52-{:012}", self.builds.len())
    }

    pub(super) fn register(&mut self, request: &Request) -> (u16, Value, Option<Call>) {
        let body = self.json(request);
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        if self.name.get_or_insert_with(|| name.clone()) != &name {
            self.fault(format!("another template is registered: {name}"));
        }
        let mut tags = if self.script.tags == Tags::Unknown { None } else { texts(&body["tags"]) }
            .filter(|tags| !tags.is_empty())
            .unwrap_or_else(|| vec!["default".to_owned()]);
        let build = Build {
            cpu: body["cpuCount"].as_u64().unwrap_or(2),
            memory: body["memoryMB"].as_u64().unwrap_or(1024),
            ..Build::waiting(self.next_id())
        };
        let id = build.id.clone();
        self.builds.push(build);
        self.assign_all(tags.iter().map(String::as_str), &id);
        self.fail(&self.rivals(&id, "waiting"));
        tags.reverse();
        let answer = json!({
            "templateID": TEMPLATE_ID, "buildID": id, "public": self.public,
            "names": [format!("team/{name}")], "tags": tags, "aliases": [name],
        });
        (202, answer, Some(Call::Link))
    }

    pub(super) fn fail(&mut self, builds: &[String]) {
        for build in self.builds.iter_mut().filter(|build| builds.contains(&build.id)) {
            build.state = "error";
        }
    }

    pub(super) fn link(&mut self, hash: &str) -> (u16, Value, Option<Call>) {
        if self.stored.contains_key(hash) {
            return (201, json!({ "present": true }), Some(Call::Start));
        }
        let token = format!("{}-of-{hash}", self.links.len());
        let url = format!("{}/store/{token}?signature=abc", self.url);
        self.links.insert(token, hash.to_owned());
        (201, json!({ "present": false, "url": url, "headers": {} }), Some(Call::Put))
    }

    pub(super) fn put(&mut self, token: &str, request: &Request) -> (u16, Value, Option<Call>) {
        let Some(hash) = self.links.insert(token.to_owned(), String::new()) else {
            self.fault("an upload without a link");
            return (403, Value::Null, None);
        };
        if hash.is_empty() {
            self.fault("a link was used twice");
            return (403, Value::Null, None);
        }
        if request.body.len() != request.length || request.headers.contains_key("transfer-encoding")
        {
            self.fault("an upload of another length");
        }
        if let Some(before) = self.stored.insert(hash, request.body.clone())
            && before != request.body
        {
            self.fault("an archive with other bytes");
        }
        (200, Value::Null, Some(Call::Start))
    }

    pub(super) fn start(&mut self, id: &str, body: &[u8]) -> (u16, Value, Option<Call>) {
        let body: Value = serde_json::from_slice(body).expect("the body is JSON");
        for step in body["steps"].as_array().expect("steps") {
            if let Some(hash) = step["filesHash"].as_str()
                && !self.stored.contains_key(hash)
            {
                self.fault("a start without an archive");
            }
        }
        // It does so before it looks whether this build is still waiting.
        self.fail(&self.rivals(id, "building"));
        let is_tagged = self.is_tagged(id);
        match self.builds.iter_mut().find(|build| build.id == id && is_tagged) {
            Some(build) if build.state == "waiting" => {
                build.state = "building";
                self.started += 1;
                (202, Value::Null, Some(Call::Status))
            }
            Some(_) => (400, json!({ "message": "build is not in waiting state" }), None),
            None => (404, json!({ "message": "build not found" }), None),
        }
    }

    /// How many lines there are now, and whether the build has ended.
    pub(super) fn progress(script: &Script, build: &mut Build) -> usize {
        if build.state == "building" {
            build.asked += 1;
        }
        match script.growth.get(build.asked.saturating_sub(1)) {
            _ if build.asked == 0 => 0,
            Some(lines) if build.state == "building" => *lines,
            _ => {
                build.state = match (script.fails, script.declaw) {
                    (false, false) => "ready",
                    (false, true) => "completed",
                    (true, false) => "error",
                    (true, true) => "failed",
                };
                script.log.len()
            }
        }
    }

    pub(super) fn status(&mut self, id: &str, target: &str) -> (u16, Value, Option<Call>) {
        let offset = target.split("logsOffset=").nth(1).and_then(|it| it.parse().ok());
        let page = self.script.pages.get(self.pages % self.script.pages.len().max(1));
        self.pages += 1;
        let is_tagged = self.is_tagged(id);
        let Some(build) = self.builds.iter_mut().find(|build| build.id == id && is_tagged) else {
            return (400, json!({ "message": "no such build" }), None);
        };
        let lines = Self::progress(&self.script, build);
        let log = self.script.log.iter().take(lines).skip(offset.unwrap_or(0));
        let entries = log.take(page.copied().unwrap_or(100)).map(|line| {
            json!({
                "timestamp": "2026-11-21T00:00:00Z", "level": "info", "message": line,
                "step": "1",
            })
        });
        let mut answer = json!({
            "templateID": TEMPLATE_ID, "buildID": id, "status": build.state,
            "logEntries": entries.collect::<Vec<_>>(), "logs": [],
        });
        if build.state == "error" {
            answer["reason"] = json!({ "message": "out of luck", "step": "1" });
        }
        (200, answer, Some(Call::Status))
    }
}
