//! `ready`: the readiness check of the start command.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::or_string;
use crate::scalar::{Wait, pattern};
use crate::source::Spanned;

/// The readiness check: exactly one probe.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = exactly_one_probe)]
pub struct Ready {
    /// Ready when this shell command exits with 0.
    #[schemars(extend("minLength" = 1))]
    pub cmd: Option<Spanned<String>>,

    /// Ready when a process listens on this port. Needs `ss` (package `iproute2`), which E2B adds to
    /// every image.
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

/// A readiness check, by the key that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe<'a> {
    /// `cmd`.
    Cmd(&'a Spanned<String>),
    /// `port`.
    Port(&'a Spanned<u64>),
    /// `url`, with `status` if it is set.
    Url(&'a Spanned<String>, Option<&'a Spanned<u64>>),
    /// `process`.
    Process(&'a Spanned<String>),
    /// `file`.
    File(&'a Spanned<String>),
    /// `wait`.
    Wait(&'a Spanned<Wait>),
}

impl Ready {
    /// The probe; the first one of a manifest that has several, and `None` if it has none,
    /// which is an error.
    #[must_use]
    pub fn probe(&self) -> Option<Probe<'_>> {
        let Self { cmd, port, url, status, process, file, wait } = self;
        let probes = [
            cmd.as_ref().map(Probe::Cmd),
            port.as_ref().map(Probe::Port),
            url.as_ref().map(|url| Probe::Url(url, status.as_ref())),
            process.as_ref().map(Probe::Process),
            file.as_ref().map(Probe::File),
            wait.as_ref().map(Probe::Wait),
        ];
        probes.into_iter().flatten().next()
    }
}
