//! A request as it comes, and which of the calls it is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Call;
use super::Model;

/// A request as it came.
pub struct Request {
    pub line: String,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: BTreeMap<String, String>,
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

    /// The last part of the path.
    pub(super) fn last_part(&self) -> &str {
        let path = self.target.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    /// Which of the calls it is.
    pub(super) fn call(&self) -> Option<Call> {
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
            _ => return self.sandbox_call(&path),
        };
        Some(call)
    }
}

impl Model {
    /// The body of a request that must be JSON and must say so.
    pub(super) fn json(&mut self, request: &Request) -> Value {
        if request.headers.get("content-type").map(String::as_str) != Some("application/json") {
            self.fault("a body without its content type");
        }
        serde_json::from_slice(&request.body).expect("the body is JSON")
    }
}
