//! Sandboxes: a few commands are answered with what a test wrote down.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::Call;
use super::request::Request;
use super::tags::{Answer, refused};
use super::{Model, TEMPLATE_ID};

/// The token of the sandboxes, which the calls into them carry instead of the key.
const TOKEN: &str = "token_0123456789abcdef";

/// What the platform knows of sandboxes.
#[derive(Debug, Default)]
pub struct Sandboxes {
    /// The living ones, with their metadata.
    pub living: BTreeMap<String, Value>,
    /// What each was created from, in their order.
    pub created: Vec<String>,
    /// Every command, with the build of its sandbox, in their order.
    pub ran: Vec<String>,
    /// What each tag resolved to when a command began.
    pub seen: Vec<Vec<(String, String)>>,
    builds: BTreeMap<String, String>,
    /// What was created with each key, and its ID (Declaw).
    pub(super) keys: BTreeMap<String, (Value, String)>,
    /// The variables of each command (Declaw).
    pub(super) variables: Vec<BTreeMap<String, String>>,
    /// The process that goes on until something happens.
    open: Option<Open>,
    /// The lifetime that each creation and each renewal asked for, in seconds.
    pub lifetimes: Vec<u64>,
    /// The call at which the process is found to have ended.
    pub gone_at: Option<Call>,
}

/// A process that goes on.
#[derive(Debug, Default)]
struct Open {
    /// How many more renewals of its sandbox it waits for; 0 if it waits for its input.
    renewals: usize,
    input: Vec<u8>,
    /// Its exit code.
    exit: Option<u8>,
}

impl Sandboxes {
    /// Whether a process goes on.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// What a process that has ended has written, with its end.
    pub fn end_of_process(&mut self) -> Option<String> {
        let exit = self.open.as_ref()?.exit?;
        let open = self.open.take()?;
        let echo = json!({ "event": { "data": { "stdout": STANDARD.encode(open.input) } } });
        Some(envelope(0, &echo) + &end(exit) + &envelope(2, &json!({})))
    }

    /// A call comes, whatever is answered.
    pub(super) fn hear(&mut self, call: Call) {
        if let (Some(open), true) = (&mut self.open, self.gone_at == Some(call)) {
            open.exit = Some(0);
        }
    }
}

impl Model {
    /// `POST /v2/sandboxes`, and older servers' `POST /sandboxes`
    pub(super) fn create_sandbox(&mut self, request: &Request) -> Answer {
        let body = self.json(request);
        let reference = body["templateID"].as_str().unwrap_or_default().to_owned();
        let (name, tag) = reference.split_once(':').unwrap_or((&reference, "default"));
        if body["timeout"].as_u64().is_none_or(|seconds| seconds > 120) {
            self.fault("a sandbox that lives for long if its client is killed");
        }
        self.sandboxes.lifetimes.extend(body["timeout"].as_u64());
        if self.find(name).is_err() {
            return refused(404, &format!("template '{name}' not found"));
        }
        let Some(build) = self.resolved(tag).map(str::to_owned) else {
            return refused(404, &format!("tag '{tag}' does not exist for template '{name}'"));
        };
        let id = format!("sandbox{}", self.sandboxes.created.len());
        self.sandboxes.created.push(reference);
        self.sandboxes.builds.insert(id.clone(), build);
        self.sandboxes.living.insert(id.clone(), body["metadata"].clone());
        let created = json!({
            "sandboxID": id, "templateID": TEMPLATE_ID, "clientID": "", "envdVersion": "0.6.13",
            "envdAccessToken": TOKEN, "domain": "nowhere.invalid",
        });
        (201, created)
    }

    /// `GET /v2/sandboxes`
    pub(super) fn list_sandboxes(&self) -> Answer {
        let listed = self.sandboxes.living.iter().map(|(id, metadata)| {
            json!({
                "sandboxID": id, "templateID": TEMPLATE_ID, "state": "running",
                "metadata": metadata, "startedAt": "2026-11-21T00:00:00Z",
                "endAt": "2026-11-21T00:02:00Z",
            })
        });
        (200, Value::Array(listed.collect()))
    }

    /// `POST /sandboxes/{id}/timeout`
    pub(super) fn extend_sandbox(&mut self, id: &str, request: &Request) -> Answer {
        let lifetime = self.json(request)["timeout"].as_u64();
        if !self.sandboxes.living.contains_key(id) {
            return refused(404, "not found");
        }
        self.sandboxes.lifetimes.extend(lifetime);
        if let Some(open) = self.sandboxes.open.as_mut().filter(|open| open.renewals > 0) {
            open.renewals -= 1;
            open.exit = (open.renewals == 0).then_some(0);
        }
        (204, Value::Null)
    }

    /// `DELETE /sandboxes/{id}`
    pub(super) fn kill_sandbox(&mut self, id: &str) -> Answer {
        match self.sandboxes.living.remove(id) {
            Some(_) => (204, Value::Null),
            None => refused(404, "not found"),
        }
    }

    /// `POST /process.Process/Start`: the first word of the command says what it does.
    pub(super) fn start_process(&mut self, request: &Request) -> Answer {
        let header = |name: &str| request.headers.get(name).map(String::as_str);
        if header("x-access-token") != Some(TOKEN) {
            self.fault("a command without the sandbox's token");
        }
        let id = header("e2b-sandbox-id").or_else(|| header("novita-sandbox-id"));
        let id = id.unwrap_or_default().to_owned();
        if !self.sandboxes.living.contains_key(&id) {
            return refused(502, "The sandbox was not found");
        }
        let message: Value = serde_json::from_slice(&request.body[5..]).expect("an envelope");
        let line = match &message["pty"] {
            Value::Null => message["process"]["args"][2].as_str().expect("a command").to_owned(),
            _ => "shell".to_owned(),
        };
        self.sandboxes.ran.push(format!("{}: {line}", self.sandboxes.builds[&id]));
        let resolutions = self.resolutions();
        self.sandboxes.seen.push(resolutions);
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let started = envelope(0, &json!({ "event": { "start": { "pid": 7 } } }));
        let renewals = if word == "renewed" { rest.parse().expect("a number") } else { 0 };
        if matches!(word, "cat" | "shell" | "renewed") {
            self.sandboxes.open = Some(Open { renewals, ..Open::default() });
            let prompt = json!({ "event": { "data": { "pty": STANDARD.encode("prompt") } } });
            let prompt = if word == "shell" { envelope(0, &prompt) } else { String::new() };
            return (200, Value::String(started + &prompt));
        }
        let exit = match word {
            "exit" => rest.parse().expect("a code"),
            _ => 0,
        };
        let output = match word {
            "say" => {
                envelope(0, &json!({ "event": { "data": { "stdout": STANDARD.encode(rest) } } }))
            }
            "env" => {
                let value = message["process"]["envs"][rest].as_str().unwrap_or("unset");
                let value = STANDARD.encode(value);
                envelope(0, &json!({ "event": { "data": { "stdout": value } } }))
            }
            _ => String::new(),
        };
        let end = end(exit);
        let last = match word {
            "slow" => {
                let error = json!({ "code": "deadline_exceeded", "message": "it took too long" });
                return (200, Value::String(started + &envelope(2, &json!({ "error": error }))));
            }
            "refused" => {
                let error = json!({ "code": "invalid_argument", "message": "no such directory" });
                return (200, Value::String(envelope(2, &json!({ "error": error }))));
            }
            _ => envelope(2, &json!({})),
        };
        (200, Value::String(started + &output + &end + &last))
    }
}

impl Model {
    /// The other calls to a process.
    pub(super) fn control_process(&mut self, method: &str, request: &Request) -> Answer {
        if request.headers.get("x-access-token").map(String::as_str) != Some(TOKEN) {
            self.fault("a call to a process without the sandbox's token");
        }
        let message: Value = serde_json::from_slice(&request.body).expect("JSON");
        let Some(open) = &mut self.sandboxes.open else { return refused(404, "not found") };
        let input = &message["input"];
        match method {
            "SendInput" => {
                let text = input["stdin"].as_str().or_else(|| input["pty"].as_str());
                let bytes = STANDARD.decode(text.expect("input")).expect("Base64");
                // A shell ends when its input says so.
                if input["pty"].is_string() && bytes.contains(&b'q') {
                    open.exit = Some(3);
                } else {
                    open.input.extend(bytes);
                }
            }
            "CloseStdin" if open.renewals == 0 => open.exit = Some(0),
            _ => {}
        }
        (200, json!({}))
    }
}

impl Request {
    /// Which of the calls about sandboxes it is.
    pub(super) fn sandbox_call(&self, path: &[&str]) -> Option<Call> {
        Some(match (self.method.as_str(), path) {
            ("POST", ["v2", "sandboxes"] | ["sandboxes"]) => Call::Create,
            ("GET", ["v2", "sandboxes"]) => Call::Living,
            ("POST", ["sandboxes", _, "timeout"]) => Call::Extend,
            ("DELETE", ["sandboxes", _]) => Call::Kill,
            ("POST", ["process.Process", "Start"]) => Call::Execute,
            ("POST", ["process.Process", "SendInput"]) => Call::Input,
            ("POST", ["process.Process", "CloseStdin"]) => Call::CloseInput,
            ("POST", ["process.Process", "Update"]) => Call::Resize,
            _ => return self.declaw_sandbox_call(path),
        })
    }
}

/// The event that a process has ended.
fn end(exit: u8) -> String {
    let mut end = json!({ "exited": true, "status": format!("exit status {exit}") });
    if exit != 0 {
        end["exitCode"] = json!(exit);
    }
    envelope(0, &json!({ "event": { "end": end } }))
}

/// A message of a stream. It is short, so that the bytes of its length are text.
fn envelope(flags: u8, message: &Value) -> String {
    let text = message.to_string();
    let length = u8::try_from(text.len()).ok().filter(u8::is_ascii).expect("a short message");
    let head = [flags, 0, 0, 0, length];
    String::from_utf8(head.to_vec()).expect("it is text") + &text
}
