//! `start` and `ready`: the start command and its readiness check.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::or_string;
use crate::scalar::{Wait, pattern};
use crate::source::Spanned;

/// The start command: exactly one of these keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = exactly_one_start)]
pub struct Start {
    /// A shell command that keeps running.
    #[schemars(extend("minLength" = 1))]
    pub cmd: Option<Spanned<String>>,

    /// The directory in the sandbox of a dev container to start. Needs
    /// `from.template = "devcontainer"`.
    #[schemars(extend("minLength" = 1))]
    pub devcontainer: Option<Spanned<String>>,
}

/// The forms of `start`.
pub const STARTS: &[&str] = &["cmd", "devcontainer"];

fn exactly_one_start(schema: &mut Schema) {
    or_string(schema, STARTS, &[]);
}

/// The readiness check: exactly one probe.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = exactly_one_probe)]
pub struct Ready {
    /// Ready when this shell command exits with 0.
    #[schemars(extend("minLength" = 1))]
    pub cmd: Option<Spanned<String>>,

    /// Ready when a process listens on this port. Needs `ss` (package `iproute2`) in the image.
    #[schemars(extend("minimum" = 1, "maximum" = 65535))]
    pub port: Option<Spanned<u64>>,

    /// Ready when a request to this URL returns `status`. Needs `curl` in the image.
    #[schemars(extend("pattern" = pattern::HTTP_URL, "examples" = ["http://localhost:8000/health"]))]
    pub url: Option<Spanned<String>>,

    /// The HTTP status that `url` must return.
    #[schemars(extend("minimum" = 100, "maximum" = 599, "default" = 200))]
    pub status: Option<Spanned<u64>>,

    /// Ready when a process of this name runs. Needs `pgrep` (package `procps`) in the image.
    #[schemars(extend("minLength" = 1))]
    pub process: Option<Spanned<String>>,

    /// Ready when this file exists.
    #[schemars(extend("minLength" = 1))]
    pub file: Option<Spanned<String>>,

    /// Ready after this time: `"20s"`, `"5m"`.
    pub wait: Option<Spanned<Wait>>,
}

/// The probes of `ready`.
pub const PROBES: &[&str] = &["cmd", "port", "url", "process", "file", "wait"];

fn exactly_one_probe(schema: &mut Schema) {
    or_string(schema, PROBES, &["status"]);
    if let Some(rules) = schema.get_mut("dependencies").and_then(Value::as_object_mut) {
        rules.insert("status".to_owned(), json!(["url"]));
    }
}
