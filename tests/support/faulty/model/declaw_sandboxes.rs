//! Sandboxes in Declaw's protocol.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox_toml::wire::declaw::sandboxes::{CreateSandbox, StartCommand};
use serde_json::{Value, json};

use super::super::Call;
use super::Model;
use super::request::Request;
use super::tags::{Answer, refused};

/// What runs each command.
const LOGIN_SHELL: [&str; 3] = ["/bin/bash", "-l", "-c"];

impl Model {
    /// The answer to a call about sandboxes, if it is one.
    pub(super) fn declaw_sandbox(&mut self, request: &Request, path: &[&str]) -> Option<Answer> {
        if !self.script.declaw || path.first() != Some(&"sandboxes") {
            return None;
        }
        let path = &path[1..];
        if let Some(id) = path.first()
            && !self.sandboxes.living.contains_key(*id)
        {
            return Some(refused(404, "sandbox not found"));
        }
        Some(match (request.method.as_str(), path) {
            ("POST", []) => self.create_by_key(request),
            ("GET", []) => self.list_owned(),
            ("PATCH", [_, "timeout"]) | ("POST", [_, "stdio", _, "stdin", "close"]) => {
                (200, json!({}))
            }
            ("DELETE", [id]) => {
                self.sandboxes.living.remove(*id);
                (200, json!({ "killed": true }))
            }
            ("POST", [_, "stdio"]) => self.start_command(request),
            ("GET", [_, "stdio", id, "stream"]) => (200, Value::String(self.output(id))),
            ("DELETE", [_, "stdio", id]) => {
                let is_over = self.output(id).contains("event: exit");
                (200, json!({ "killed": !is_over }))
            }
            _ => (404, json!({ "message": "no such call" })),
        })
    }

    /// `POST /sandboxes`: one for each key, whatever happens to the answers.
    fn create_by_key(&mut self, request: &Request) -> Answer {
        let body = self.json(request);
        let Ok(create) = serde_json::from_value::<CreateSandbox>(body.clone()) else {
            self.fault("a body that is not the protocol's");
            return refused(400, "bad request");
        };
        if create.timeout > 120 {
            self.fault("a sandbox that lives for long if its client is killed");
        }
        let key = request.headers.get("idempotency-key").cloned();
        let Some(key) = key.filter(|key| key.len() == 36) else {
            self.fault("a sandbox that is created without a key");
            return refused(400, "no key");
        };
        let is_building = self.builds.iter().any(|build| build.state == "building");
        let alias = self.name.as_deref().unwrap_or("over-the-wire");
        if self.templates.is_empty() || is_building || alias != create.template {
            return refused(404, &format!("template '{}' not found", create.template));
        }
        let id = format!("sbx-{}", self.sandboxes.created.len());
        let known = self.sandboxes.keys.entry(key).or_insert((body.clone(), id)).clone();
        if known.0 != body {
            self.fault("a key that was used for something else");
            return refused(422, "the key was used");
        }
        let id = known.1;
        if self.sandboxes.keys.len() > self.sandboxes.created.len() {
            self.sandboxes.created.push(create.template);
            self.sandboxes.living.insert(id.clone(), body["metadata"].clone());
        }
        (201, json!({ "sandbox_id": id, "template_id": "tpl-new", "state": "running" }))
    }

    /// `GET /sandboxes`
    fn list_owned(&self) -> Answer {
        let listed = self.sandboxes.living.iter().map(|(id, metadata)| {
            json!({ "sandbox_id": id, "template_id": "tpl-new", "metadata": metadata })
        });
        (200, json!({ "sandboxes": listed.collect::<Vec<_>>(), "next_token": "" }))
    }

    /// `POST /sandboxes/{id}/stdio`
    fn start_command(&mut self, request: &Request) -> Answer {
        let body = self.json(request);
        let Ok(start) = serde_json::from_value::<StartCommand>(body) else {
            self.fault("a body that is not the protocol's");
            return refused(400, "bad request");
        };
        let words = shlex::split(&start.cmd).unwrap_or_default();
        let Some((line, _)) = words.split_last().filter(|(_, shell)| *shell == LOGIN_SHELL) else {
            self.fault(format!("a command without a login shell: {}", start.cmd));
            return refused(400, "bad request");
        };
        if start.user != "root" {
            self.fault("a user that the platform does not have");
        }
        if line.starts_with("refused") {
            return refused(400, "no such directory");
        }
        let id = format!("cmd-{}", self.sandboxes.ran.len());
        self.sandboxes.ran.push(line.clone());
        let variables = start.envs.into_iter().map(|(name, value)| (name, value.0));
        self.sandboxes.variables.push(variables.collect());
        (200, json!({ "cmd_id": id }))
    }

    /// What a command writes: its first word says what it does.
    fn output(&self, id: &str) -> String {
        let at: usize = id.trim_start_matches("cmd-").parse().expect("ours");
        let line = &self.sandboxes.ran[at];
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let text = match word {
            "say" => rest,
            "env" => self.sandboxes.variables[at].get(rest).map_or("unset", String::as_str),
            _ => "",
        };
        let chunk = json!({ "entry_id": 1, "data": STANDARD.encode(text) });
        let code = if word == "exit" { rest.parse().expect("a code") } else { 0 };
        let exit = json!({ "exit_code": code });
        match word {
            "slow" => ": still there\n\n".to_owned(),
            _ => format!("event: stdout\ndata: {chunk}\n\nevent: exit\ndata: {exit}\n\n"),
        }
    }
}

impl Request {
    /// Which of the calls about processes of Declaw's sandboxes it is.
    pub(super) fn declaw_sandbox_call(&self, path: &[&str]) -> Option<Call> {
        Some(match (self.method.as_str(), path) {
            ("GET", ["sandboxes"]) => Call::Living,
            ("PATCH", ["sandboxes", _, "timeout"]) => Call::Extend,
            ("POST", ["sandboxes", _, "stdio"]) => Call::Execute,
            ("POST", ["sandboxes", _, "stdio", _, "stdin", "close"]) => Call::CloseInput,
            ("GET", ["sandboxes", _, "stdio", _, "stream"]) => Call::Output,
            ("DELETE", ["sandboxes", _, "stdio", _]) => Call::KillCommand,
            _ => return None,
        })
    }
}
