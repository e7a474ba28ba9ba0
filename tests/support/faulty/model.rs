//! What a platform knows and answers, of both protocols, and the laws that it watches over.

mod tags;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Call, Fault};
use tags::texts;
pub use tags::{Row, Tags};

pub const TEMPLATE_ID: &str = "tmpl0000000000000000";

/// A request as it came.
pub struct Request {
    pub line: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    pub length: usize,
    pub body: Vec<u8>,
}

impl Request {
    pub fn parse(head: &str) -> Self {
        let mut lines = head.lines();
        let line = lines.next().expect("a request has a line").to_owned();
        let mut words = line.split(' ').map(str::to_owned);
        let method = words.next().expect("a method");
        let target = words.next().expect("a target");
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |it| it.parse().expect("a number"));
        Self { line, method, target, headers, length, body: Vec::new() }
    }

    /// Which of the calls it is.
    fn call(&self) -> Option<Call> {
        let path = self.target.split('?').next().unwrap_or_default();
        let path: Vec<_> = path.split('/').skip(1).collect();
        let call = match (self.method.as_str(), path.as_slice()) {
            ("POST", ["v3", "templates"]) => Call::Register,
            ("GET", ["templates", _, "files", _]) => Call::Link,
            ("PUT", ["store", ..]) => Call::Put,
            ("POST", ["v2", "templates", _, "builds", _]) => Call::Start,
            ("GET", ["templates", _, "builds", _, "status"]) => Call::Status,
            ("GET", ["templates", "aliases", _]) => Call::Alias,
            ("GET", ["templates", _, "tags"]) => Call::Tags,
            ("GET", ["templates", _, "tags", _, "assignments"]) => Call::History,
            ("POST", ["templates", "tags"]) => Call::Assign,
            ("DELETE", ["templates", "tags"]) => Call::Unassign,
            ("PATCH", ["v2", "templates", _]) => Call::Publish,
            ("GET", ["v2", "templates"]) => Call::List,
            ("GET", ["templates"]) => Call::Lookup,
            ("DELETE", ["templates", _]) => Call::Delete,
            ("POST", ["templates", "build"]) => Call::Build,
            ("GET", ["templates", "builds", _]) => Call::Question,
            ("GET", ["templates", _]) => Call::Details,
            _ => return None,
        };
        Some(call)
    }
}

/// A build on the platform.
#[derive(Debug)]
struct Build {
    id: String,
    state: &'static str,
    /// How often its log was asked for since it began.
    asked: usize,
    cpu: u64,
    memory: u64,
}

impl Build {
    fn waiting(id: String) -> Self {
        Self { id, state: "waiting", asked: 0, cpu: 2, memory: 1024 }
    }
}

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
    /// The request that comes next, if nobody listens for it.
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
    /// Whether a start came after which no status was read.
    started_blindly: bool,
    /// The end that was told in an answer that went out whole.
    pub told: Option<bool>,
    pub faults: BTreeSet<String>,
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
            started_blindly: false,
            told: None,
            faults: BTreeSet::new(),
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
        // A start cancels the running builds that share a tag, whatever it answers.
        if call == Call::Start && std::mem::replace(&mut self.started_blindly, true) {
            self.fault("a start was sent again without a status read between");
        }
        if self.superseded_at == Some(call) {
            self.supersede();
        }
        let carries = request.headers.values().any(|value| value.contains(&self.script.key));
        if carries == (call == Call::Put) {
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
        let (status, mut answer, next) = match (request.method.as_str(), path.as_slice()) {
            ("GET", [_, "aliases", alias]) => alone(self.alias(&decoded(alias))),
            ("GET", [_, template, "tags"]) => alone(self.list_tags(&decoded(template))),
            ("GET", [_, template, "tags", tag, _]) => alone(self.history(template, tag)),
            ("POST", [_, "tags"]) => alone(self.assign(request)),
            ("DELETE", [_, "tags"]) => alone(self.unassign(request)),
            ("PATCH", [_, _, template]) => alone(self.publish(&decoded(template), request)),
            ("GET", ["v2", _]) => alone(self.list(&request.target)),
            ("POST", ["v3", ..]) => self.register(request),
            ("GET", [_, _, "files", hash]) => self.link(hash),
            ("PUT", ["store", token]) => self.put(token, request),
            ("POST", ["v2", _, _, _, build]) => self.start(build, &request.body),
            ("GET", [_, _, "builds", build, "status"]) => self.status(build, &request.target),
            ("GET", ["templates"]) => {
                let next = if self.templates.is_empty() { Call::Build } else { Call::Delete };
                let list = self.templates.iter().map(|id| {
                    json!({ "template_id": id, "alias": "over-the-wire", "created_at": "now" })
                });
                (200, json!({ "templates": list.collect::<Vec<_>>() }), Some(next))
            }
            ("DELETE", [_, id]) => {
                let before = self.templates.len();
                self.templates.retain(|known| known != id);
                let gone = before == self.templates.len();
                (if gone { 404 } else { 204 }, Value::Null, Some(Call::Build))
            }
            ("POST", ["templates", "build"]) => self.build(),
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
        let text = if answer.is_null() { String::new() } else { answer.to_string() };
        // A resource that has no content has no length either, but ours is not that picky.
        (if status == 204 { 200 } else { status }, text, followed.or(next.filter(|_| status < 300)))
    }

    /// Remembers that an answer went out whole.
    pub fn told(&mut self, answer: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(answer) else { return };
        self.started_blindly &= answer["status"].is_null();
        match answer["status"].as_str() {
            Some("ready" | "completed") => self.told = Some(true),
            Some("error" | "failed") => self.told = Some(false),
            _ => {}
        }
    }

    /// Fails the builds of the same tags that were not started, as a registration does.
    fn supersede(&mut self) {
        for build in self.builds.iter_mut().filter(|build| build.state == "waiting") {
            build.state = "error";
        }
    }

    fn next_id(&self) -> String {
        format!("5a6f0d1e-3b0c-4f7e-9d52-{:012}", self.builds.len())
    }

    fn register(&mut self, request: &Request) -> (u16, Value, Option<Call>) {
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

    fn fail(&mut self, builds: &[String]) {
        for build in self.builds.iter_mut().filter(|build| builds.contains(&build.id)) {
            build.state = "error";
        }
    }

    /// The call that the flow has after a request.
    fn follow(&mut self, request: &Request) -> Option<Call> {
        let call = request.call()?;
        let ahead = self.script.flow.get(self.flowed..)?;
        let at = self.flowed + ahead.iter().position(|known| *known == call)?;
        let is_building = self.builds.iter().any(|build| build.state == "building");
        if call == Call::Status && is_building {
            return Some(call);
        }
        self.flowed = at + 1;
        self.script.flow.get(self.flowed).copied()
    }

    fn link(&mut self, hash: &str) -> (u16, Value, Option<Call>) {
        if self.stored.contains_key(hash) {
            return (201, json!({ "present": true }), Some(Call::Start));
        }
        let token = format!("{}-of-{hash}", self.links.len());
        let url = format!("{}/store/{token}?signature=abc", self.url);
        self.links.insert(token, hash.to_owned());
        (201, json!({ "present": false, "url": url, "headers": {} }), Some(Call::Put))
    }

    fn put(&mut self, token: &str, request: &Request) -> (u16, Value, Option<Call>) {
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

    fn start(&mut self, id: &str, body: &[u8]) -> (u16, Value, Option<Call>) {
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
    fn progress(script: &Script, build: &mut Build) -> usize {
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

    fn status(&mut self, id: &str, target: &str) -> (u16, Value, Option<Call>) {
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

    fn build(&mut self) -> (u16, Value, Option<Call>) {
        if !self.templates.is_empty() {
            return (409, json!({ "message": "alias is taken" }), None);
        }
        self.templates.push("tpl-new".to_owned());
        self.builds.push(Build { state: "building", ..Build::waiting("bld-0001".to_owned()) });
        self.started += 1;
        let answer =
            json!({ "build_id": "bld-0001", "status": "building", "template_id": "tpl-new" });
        (201, answer, Some(Call::Question))
    }

    fn question(&mut self, id: &str) -> (u16, Value, Option<Call>) {
        let Some(build) = self.builds.iter_mut().find(|build| build.id == id) else {
            return (404, json!({ "message": "no such build" }), None);
        };
        let lines = Self::progress(&self.script, build);
        let logs = self.script.log.get(..lines).filter(|log| !log.is_empty());
        let answer = json!({
            "build_id": id, "template_id": "tpl-new", "status": build.state, "logs": logs,
        });
        (200, answer, Some(Call::Question))
    }
}
