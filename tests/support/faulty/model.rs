//! What a platform knows and answers, of both protocols, and the laws that it watches over.

mod builds;
mod declaw;
mod declaw_sandboxes;
mod request;
mod sandboxes;
mod tags;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Call, Fault};
use builds::Build;
pub use request::Request;
use sandboxes::Sandboxes;
pub use tags::{Row, Tags};

pub const TEMPLATE_ID: &str = "tmpl0000000000000000";

/// How a platform's build goes.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The key that every call must carry, but no upload.
    pub key: String,
    /// Whether the protocol is Declaw's.
    pub declaw: bool,
    /// Whether the alias has a template already (Declaw).
    pub taken: bool,
    /// The build's log.
    pub log: Vec<String>,
    /// How many lines there are at each question; at the one after the last, the build has ended.
    pub growth: Vec<usize>,
    /// The most lines of an answer, one after the other.
    pub pages: Vec<usize>,
    /// Whether the build fails.
    pub fails: bool,
    /// What it knows about tags.
    pub tags: Tags,
    /// The calls that are made, in their order, if they are not those of a registration: what goes
    /// wrong with a connection is decided at the call before.
    pub flow: Vec<Call>,
}

/// A platform.
pub struct Model {
    pub script: Script,
    pub url: String,
    /// The request that comes next, if no process listens for it.
    pub next: Call,
    /// The name of the template, once it has one.
    name: Option<String>,
    pub public: bool,
    /// Every assignment of a tag, oldest first.
    pub rows: Vec<Row>,
    /// How many calls of the flow were made.
    flowed: usize,
    builds: Vec<Build>,
    /// The templates that have the alias (Declaw).
    templates: Vec<String>,
    links: BTreeMap<String, String>,
    /// The archives by their hash.
    pub stored: BTreeMap<String, Vec<u8>>,
    pages: usize,
    /// How many builds were started.
    pub started: usize,
    /// How often each call was made.
    pub calls: BTreeMap<Call, usize>,
    /// The call at which a newer build replaces the one that was registered.
    pub superseded_at: Option<Call>,
    /// The builds for which a start came after which no status was read.
    started_blindly: BTreeSet<String>,
    /// The end that was told in an answer that went out whole.
    pub told: Option<bool>,
    pub faults: BTreeSet<String>,
    pub sandboxes: Sandboxes,
}

impl Model {
    pub fn new(script: Script) -> Self {
        let first = if script.declaw { Call::Lookup } else { Call::Register };
        let next = script.flow.first().copied().unwrap_or(first);
        let templates = if script.taken { vec!["tpl-old".to_owned()] } else { Vec::new() };
        Self {
            script,
            url: String::new(),
            next,
            name: None,
            public: false,
            rows: Vec::new(),
            flowed: 0,
            builds: Vec::new(),
            templates,
            links: BTreeMap::new(),
            stored: BTreeMap::new(),
            pages: 0,
            started: 0,
            calls: BTreeMap::new(),
            superseded_at: None,
            started_blindly: BTreeSet::new(),
            told: None,
            faults: BTreeSet::new(),
            sandboxes: Sandboxes::default(),
        }
    }

    pub fn fault(&mut self, words: impl Into<String>) {
        self.faults.insert(words.into());
    }

    /// Whether the platform's build has ended well or badly.
    pub fn end(&self) -> Option<bool> {
        self.builds.iter().find_map(|build| match build.state {
            "ready" | "completed" => Some(true),
            "error" | "failed" if build.asked > 0 => Some(false),
            _ => None,
        })
    }

    /// Which of the calls a request is, and whether it carries what it must and nothing else.
    pub fn call(&mut self, request: &Request) -> Option<Call> {
        let Some(call) = request.call() else {
            self.fault(format!("no such call: {}", request.line));
            return None;
        };
        *self.calls.entry(call).or_default() += 1;
        self.sandboxes.hear(call);
        // A start cancels the running builds that share a tag, whatever it answers.
        if call == Call::Start && !self.started_blindly.insert(request.last_part().to_owned()) {
            self.fault("a start was sent again without a status read between");
        }
        if self.superseded_at == Some(call) {
            self.supersede();
        }
        let carries = request.headers.values().any(|value| value.contains(&self.script.key));
        let is_foreign = call == Call::Put || call.is_of_envd() && !self.script.declaw;
        if carries == is_foreign {
            self.fault(format!("the API key, at {call:?}"));
        }
        Some(call)
    }

    /// Does what is asked for; the status, the answer, and the call that will come next.
    pub fn respond(
        &mut self,
        request: &Request,
        fault: Option<Fault>,
    ) -> (u16, String, Option<Call>) {
        let path = request.target.split('?').next().unwrap_or_default();
        let path: Vec<_> = path.split('/').skip(1).collect();
        let decoded = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
        let alone = |(status, answer)| (status, answer, None);
        let declaw = self.declaw_sandbox(request, &path);
        let (status, mut answer, next) = match (request.method.as_str(), path.as_slice()) {
            _ if declaw.is_some() => alone(declaw.expect("it was looked at")),
            ("GET", [_, "aliases", alias]) => alone(self.alias(&decoded(alias))),
            ("GET", [_, template, "tags"]) => alone(self.list_tags(&decoded(template))),
            ("GET", [_, template, "tags", tag, _]) => alone(self.history(template, tag)),
            ("POST", [_, "tags"]) => alone(self.assign(request)),
            ("DELETE", [_, "tags"]) => alone(self.unassign(request)),
            ("PATCH", [_, _, template]) => alone(self.publish(&decoded(template), request)),
            ("GET", ["v2", "sandboxes"]) => alone(self.list_sandboxes()),
            ("POST", ["v2", "sandboxes"] | ["sandboxes"]) => alone(self.create_sandbox(request)),
            ("POST", ["sandboxes", id, "timeout"]) => alone(self.extend_sandbox(id, request)),
            ("DELETE", ["sandboxes", id]) => alone(self.kill_sandbox(id)),
            ("POST", ["process.Process", "Start"]) => alone(self.start_process(request)),
            ("POST", ["process.Process", method]) => alone(self.control_process(method, request)),
            ("GET", ["v2", _]) => alone(self.list(&request.target)),
            ("POST", ["v3", ..]) => self.register(request),
            ("GET", [_, _, "files", hash]) => self.link(hash),
            ("PUT", ["store", token]) => self.put(token, request),
            ("POST", ["v2", _, _, _, build]) => self.start(build, &request.body),
            ("GET", [_, _, "builds", build, "status"]) => self.status(build, &request.target),
            ("GET", ["templates"]) => self.look_up(),
            ("DELETE", [_, id]) => self.delete(id),
            ("POST", ["templates", "build"]) => self.build(request),
            ("GET", ["templates", "builds", build]) => self.question(build),
            ("GET", ["templates", template]) => alone(self.details(template)),
            _ => (404, json!({ "message": "no such call" }), None),
        };
        if fault == Some(Fault::MoreFields) && answer.is_object() {
            answer["unknown"] = json!({ "to": ["anybody", 1] });
        }
        if fault == Some(Fault::UnknownState) && answer.get("status").is_some() {
            answer["status"] = json!("dreaming");
        }
        let followed = self.follow(request);
        let text = match answer {
            Value::Null => String::new(),
            // A stream.
            Value::String(raw) => raw,
            answer => answer.to_string(),
        };
        // A resource that has no content has no length either, but ours is not that picky.
        (if status == 204 { 200 } else { status }, text, followed.or(next.filter(|_| status < 300)))
    }

    /// Remembers that an answer went out whole.
    pub fn told(&mut self, answer: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(answer) else { return };
        if let (Some(build), true) = (answer["buildID"].as_str(), !answer["status"].is_null()) {
            self.started_blindly.remove(build);
        }
        match answer["status"].as_str() {
            Some("ready" | "completed") => self.told = Some(true),
            Some("error" | "failed") => self.told = Some(false),
            _ => {}
        }
    }

    /// The call that the flow has after a request.
    fn follow(&mut self, request: &Request) -> Option<Call> {
        let call = request.call()?;
        let ahead = self.script.flow.get(self.flowed..)?;
        let at = self.flowed + ahead.iter().position(|known| *known == call)?;
        let is_building = self.builds.iter().any(|build| build.state == "building");
        if matches!(call, Call::Status | Call::Question) && is_building {
            return Some(call);
        }
        self.flowed = at + 1;
        self.script.flow.get(self.flowed).copied()
    }
}
