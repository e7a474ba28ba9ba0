//! The report for programs: one JSON object per line, on standard output.
//!
//! `docs/json.md` is the contract: every event with its keys.

use serde_json::{Value, json};

use super::ReportContext;
use super::sink::{Finish, Sink};
use crate::diagnostic::{Diagnostic, Diagnostics, Quota, render};
use crate::digest::Digest;
use crate::lower::{Plan, Summary};
use crate::printer::Printer;
use crate::submit::{Build, Event, LogLine};
use crate::testing::TestResult;

/// Prints events.
pub(super) struct JsonLines<'a> {
    printer: &'a Printer,
    context: ReportContext<'a>,
}

impl<'a> JsonLines<'a> {
    pub(super) fn new(printer: &'a Printer, context: ReportContext<'a>) -> Self {
        Self { printer, context }
    }

    /// Prints an event: its name, the manifest, and the keys of `body`, whose `file` gives way to
    /// the manifest.
    fn emit(&self, event: &str, body: Value) {
        self.emit_all(event, [body]);
    }

    /// Prints events of one name at once.
    fn emit_all(&self, event: &str, bodies: impl IntoIterator<Item = Value>) {
        let manifest = self.context.manifest.as_ref();
        let file = manifest.map(|manifest| manifest.file.display().to_string());
        let profile = manifest.and_then(|manifest| manifest.profile.as_ref());
        let lines = bodies.into_iter().map(|body| {
            let mut object = json!({ "event": event, "file": file });
            if let Some(profile) = profile {
                object["profile"] = json!(profile);
            }
            if let (Some(object), Value::Object(body)) = (object.as_object_mut(), body) {
                object.extend(body.into_iter().filter(|(key, _)| key != "file"));
            }
            object.to_string()
        });
        self.printer.json_lines(&lines.collect::<Vec<_>>());
    }
}

impl Sink for JsonLines<'_> {
    fn diagnostics(&self, diagnostics: &Diagnostics) {
        let sorted = diagnostics.sorted();
        let mut quota = Quota::default();
        for diagnostic in sorted.iter().filter(|diagnostic| quota.admits(diagnostic)) {
            self.diagnostic(diagnostic);
        }
        if let Some(note) = quota.note() {
            self.printer.note(&note);
        }
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.emit("diagnostic", render::json(diagnostic, self.context.sources, None));
    }

    fn plan(&self, plan: &Plan, summary: &Summary<'_>, tests: &[String]) {
        let mut body = json!(summary);
        body["tests"] = json!(tests);
        body["digest"] = json!(Digest::of(plan).as_str());
        body["requests"] = json!(plan.preview());
        self.emit("plan", body);
    }

    fn test(&self, result: &TestResult<'_>) {
        self.emit("test", result.json());
    }

    fn event(&self, event: &Event) {
        match event {
            Event::Registered { template_id, build_id } => {
                self.emit("registered", json!({ "templateId": template_id, "buildId": build_id }));
            }
            Event::Uploading { .. } | Event::Log(_) => {}
            Event::Unencrypted { host } => {
                self.emit("unencrypted-upload", json!({ "host": host }));
            }
            Event::Upload { source, files_hash, bytes } => {
                let state = if bytes.is_some() { "uploaded" } else { "cached" };
                let bytes = bytes.unwrap_or(0);
                self.emit(
                    "upload",
                    json!({
                        "src": source, "filesHash": files_hash, "bytes": bytes, "state": state,
                    }),
                );
            }
            Event::Deleted { template_id } => {
                self.emit("deleted", json!({ "templateId": template_id }));
            }
            Event::Started => self.emit("started", json!({})),
            Event::Silence { quiet, state } => {
                self.emit("silence", json!({ "seconds": quiet.as_secs(), "state": state }));
            }
            Event::LogCut { reason } => self.emit("log-cut", json!({ "reason": reason })),
            Event::Retry { request, wait, reason } => self.emit(
                "retry",
                json!({
                    "request": request, "wait": wait.as_secs_f64(), "reason": reason,
                }),
            ),
        }
    }

    fn log(&self, entries: &[&LogLine]) {
        let body = |entry: &&LogLine| {
            json!({
                "timestamp": entry.timestamp, "level": entry.level, "message": entry.message,
                "step": entry.step.as_ref().map(ToString::to_string),
            })
        };
        self.emit_all("log", entries.iter().map(body));
    }

    fn visibility(&self, template_id: &str, public: bool) {
        self.emit("visibility", json!({ "templateId": template_id, "public": public }));
    }

    fn in_background(&self, _: &Build) {}

    fn skipped(&self, reason: &str) {
        self.emit("skipped", json!({ "reason": reason }));
    }

    fn finished(&self, build: &Build, finish: Finish<'_>) {
        let (status, reason, command) = match finish {
            Finish::Ready | Finish::Moved { .. } => ("ready", None, None),
            Finish::UpToDate { unknown, .. } => ("ready", unknown, None),
            Finish::Misplaced { reason }
            | Finish::Unpublished { reason }
            | Finish::TestsFailed { reason }
            | Finish::Untested { reason } => ("ready", Some(reason), None),
            Finish::Recorded { because } => ("recorded", because, None),
            Finish::Failed { reason } => ("error", reason, None),
            Finish::Left { reason, command } => ("unknown", Some(reason), command),
            Finish::Unconfirmed { reason } => ("unknown", Some(reason), None),
        };
        let mut body = json!({
            "status": status, "templateId": build.template_id, "buildId": build.build_id,
        });
        match finish {
            Finish::UpToDate { digest, .. } => {
                body["result"] = json!("up-to-date");
                body["digest"] = json!(digest);
            }
            Finish::Moved { digest, tags } => {
                body["result"] = json!("moved-tags");
                body["digest"] = json!(digest);
                body["tags"] = json!(tags);
            }
            Finish::Misplaced { .. } => body["result"] = json!("tags-moved-away"),
            Finish::TestsFailed { .. } => body["result"] = json!("tests-failed"),
            Finish::Untested { .. } => body["result"] = json!("not-tested"),
            Finish::Unpublished { .. } => body["result"] = json!("not-public"),
            Finish::Ready => body["result"] = json!("built"),
            _ => {}
        }
        for (key, value) in [("reason", reason), ("command", command)] {
            if let Some(value) = value {
                body[key] = json!(value);
            }
        }
        self.emit("finished", body);
    }
}
