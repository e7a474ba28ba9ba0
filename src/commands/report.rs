//! What is told of a build on its way: lines for people, or one JSON event a line.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::{Exit, show};
use crate::diagnostic::{Diagnostic, Diagnostics, render};
use crate::failure;
use crate::lower::{Plan, Summary, UploadSummary};
use crate::pipeline::{self, Analysis};
use crate::platform::Platform;
use crate::printer::{Printer, Stream};
use crate::scalar::{LogLevel, human_bytes, plain_lines};
use crate::settings::Format;
use crate::source::SourceMap;
use crate::submit::{Build, Event, FaultKind, LogLine, RemoteState, SubmitError};

/// The log entries that are kept to tell why a build failed.
const KEPT: usize = 200;

/// How is told.
#[derive(Debug, Clone)]
pub(super) struct ReportOptions {
    /// The form.
    pub(super) format: Format,
    /// The least level of log entries.
    pub(super) level: LogLevel,
    /// Where the log goes: it is data for who asked for nothing else.
    pub(super) log: Stream,
    /// Whether the template's ID is what was asked for.
    pub(super) prints_id: bool,
}

/// What is told about.
#[derive(Debug)]
pub(super) struct ReportContext<'a> {
    /// The texts.
    pub(super) sources: &'a SourceMap,
    /// Where it is built.
    pub(super) platform: Platform,
    /// The template's name.
    pub(super) name: &'a str,
    /// The manifest, if it is known.
    pub(super) file: Option<String>,
    /// What the build was made of, if that is known: it names the steps.
    pub(super) plan: Option<&'a Plan>,
    /// What was sent, as far as that is known: the secrets in it are kept from the log.
    pub(super) sent: Option<&'a Plan>,
}

/// How far a build had come when somebody left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    /// It has no IDs.
    Nothing,
    /// It has them, and no start of it was confirmed.
    Registered(Build),
    /// It was started.
    Started(Build),
}

/// Tells what happens with one build.
pub(super) struct Reporter<'a> {
    options: ReportOptions,
    printer: &'a Printer,
    sources: &'a SourceMap,
    platform: Platform,
    name: &'a str,
    plan: Option<&'a Plan>,
    sent: Option<&'a Plan>,
    file: Option<String>,
    log: Mutex<VecDeque<LogLine>>,
    /// The archives that are on their way: what is sent of each, and its size.
    uploads: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        options: ReportOptions,
        printer: &'a Printer,
        subject: ReportContext<'a>,
    ) -> Self {
        Self {
            options,
            printer,
            sources: subject.sources,
            platform: subject.platform,
            name: subject.name,
            plan: subject.plan,
            sent: subject.sent,
            file: subject.file,
            log: Mutex::default(),
            uploads: Mutex::default(),
        }
    }

    fn is_json(&self) -> bool {
        self.options.format == Format::Json
    }

    /// Prints one JSON event: its name, the file, and what it says.
    fn emit(&self, event: &str, body: Value) {
        let mut object = json!({ "event": event, "file": self.file });
        if let (Some(object), Value::Object(body)) = (object.as_object_mut(), body) {
            // The event's own words do not hide which file it is about.
            object.extend(body.into_iter().filter(|(key, _)| key != "file"));
        }
        self.printer.data_line(&object.to_string());
    }

    pub(super) fn diagnostics(&self, diagnostics: &Diagnostics) {
        if self.is_json() {
            for diagnostic in diagnostics.sorted() {
                self.diagnostic(&diagnostic);
            }
        } else {
            show(self.printer, diagnostics, self.sources);
        }
    }

    pub(super) fn diagnostic(&self, diagnostic: &Diagnostic) {
        if self.is_json() {
            self.emit("diagnostic", render::json(diagnostic, self.sources, None));
        } else {
            self.printer.diagnostic(Stream::Err, diagnostic, self.sources);
        }
    }

    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::Registered { template_id, build_id } => {
                self.printer.progress("uploading");
                if self.is_json() {
                    self.emit("registered", ids(template_id, build_id));
                } else {
                    self.printer.note(&format!("registered {} on {}", self.name, self.platform));
                    self.printer.note(&format!("  template ID: {template_id}"));
                    self.printer.note(&format!("  build ID:    {build_id}"));
                }
            }
            Event::Uploading { files_hash, sent, bytes } => {
                self.uploading(files_hash, Some((*sent, *bytes)));
            }
            Event::Upload { source, files_hash, bytes } => {
                self.uploading(files_hash, None);
                if self.is_json() {
                    let state = if bytes.is_some() { "uploaded" } else { "cached" };
                    self.emit("upload", json!({
                        "src": source, "filesHash": files_hash, "bytes": bytes.unwrap_or(0), "state": state,
                    }));
                } else {
                    self.printer.note(&match bytes {
                        Some(bytes) => format!("uploaded {source} ({})", human_bytes(*bytes)),
                        None => format!("unchanged {source}"),
                    });
                }
            }
            Event::Deleted { template_id } => {
                if self.is_json() {
                    self.emit("deleted", json!({ "templateId": template_id }));
                } else {
                    self.printer.note(&format!("deleted the old {} ({template_id})", self.name));
                }
            }
            Event::Started => {
                self.printer.progress("building");
                if self.is_json() {
                    self.emit("started", json!({}));
                } else {
                    self.printer.note("started the build");
                }
            }
            Event::Log(entry) => self.log_entry(entry),
            Event::Silence { quiet, state } => {
                if self.is_json() {
                    let quiet = quiet.as_secs();
                    self.emit("silence", json!({ "seconds": quiet, "state": state }));
                } else {
                    let minutes = quiet.as_secs() / 60;
                    self.printer.note(&format!(
                        "no output for {minutes} min; the platform still says `{state}`"
                    ));
                }
            }
            Event::LogCut { reason } => {
                if self.is_json() {
                    self.emit("log-cut", json!({ "reason": reason }));
                } else {
                    self.printer.note(&format!("the rest of the log is missing: {reason}"));
                }
            }
            Event::Retry { request, wait, reason } => {
                if self.is_json() {
                    self.emit(
                        "retry",
                        json!({
                            "request": request, "wait": wait.as_secs_f64(), "reason": reason,
                        }),
                    );
                } else {
                    note_retry(self.printer, event);
                }
            }
        }
    }

    /// Says how much of all archives that are on their way is sent.
    fn uploading(&self, files_hash: &str, progress: Option<(u64, u64)>) {
        let Ok(mut uploads) = self.uploads.lock() else { return };
        match progress {
            Some(progress) => uploads.insert(files_hash.to_owned(), progress),
            None => uploads.remove(files_hash),
        };
        let (sent, bytes) =
            uploads.values().fold((0, 0), |(sent, bytes), it| (sent + it.0, bytes + it.1));
        self.printer.progress(&if bytes == 0 {
            "uploading".to_owned()
        } else {
            format!("uploading {} of {}", human_bytes(sent), human_bytes(bytes))
        });
    }

    fn log_entry(&self, entry: &LogLine) {
        let entry = &match self.sent {
            Some(sent) => {
                let message = failure::without_secrets(&entry.message, sent);
                LogLine { message, ..entry.clone() }
            }
            None => entry.clone(),
        };
        if let Ok(mut log) = self.log.lock() {
            if log.len() == KEPT {
                log.pop_front();
            }
            log.push_back(entry.clone());
        }
        if entry.level < self.options.level {
            return;
        }
        if self.is_json() {
            self.emit(
                "log",
                json!({
                    "timestamp": entry.timestamp, "level": entry.level,
                    "message": entry.message,
                    "step": entry.step.as_ref().map(ToString::to_string),
                }),
            );
            return;
        }
        let step = match &entry.step {
            None => String::new(),
            // The platform's own prefix says it already.
            Some(_) if entry.message.starts_with('[') => String::new(),
            Some(step) => match self.plan.and_then(|plan| plan.label_of(step)) {
                Some(label) => format!("[{step} {label}] "),
                None => format!("[{step}] "),
            },
        };
        let level = match entry.level {
            LogLevel::Warn => "warning: ",
            LogLevel::Error => "error: ",
            _ => "",
        };
        for line in plain_lines(&entry.message) {
            let line = format!("{step}{level}{line}");
            match self.options.log {
                Stream::Out => self.printer.data_line(&line),
                Stream::Err => self.printer.note(&line),
            }
        }
    }

    /// The end of the build's log, of all steps.
    pub(super) fn log(&self) -> Vec<LogLine> {
        self.log.lock().map(|log| log.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn ready(&self, build: &Build) {
        if self.is_json() {
            self.finished("ready", build, None);
        } else {
            self.printer.note(&format!("{} is ready", self.name));
            self.id(build);
        }
    }

    pub(super) fn failed(&self, build: &Build, reason: Option<&str>, diagnostic: &Diagnostic) {
        self.diagnostic(diagnostic);
        if self.is_json() {
            self.finished("error", build, reason);
        }
    }

    fn id(&self, build: &Build) {
        if self.options.prints_id {
            self.printer.data_line(&build.template_id);
        }
    }

    /// The build goes on, but nobody is told any more. `command` comes back to it.
    pub(super) fn lost(&self, build: &Build, reason: &str, command: &str) {
        let help = format!("the build goes on: `{command}` comes back to it");
        self.printer.failure(reason, Some(&help));
        self.come_back(build, reason, Some(command));
    }

    /// Stops before the build has ended, perhaps before it has begun. `command` makes the command
    /// that comes back to it; there is none where the build ends with this process.
    pub(super) fn gave_up(
        &self,
        reached: &Reached,
        reason: &str,
        command: Option<impl Fn(&str, &Build) -> String>,
    ) {
        let fail = |help: &str| self.printer.failure(reason, Some(help));
        match (reached, command) {
            (Reached::Started(build), Some(command)) => {
                self.lost(build, reason, &command("logs --follow", build));
            }
            (Reached::Registered(build), Some(command)) => {
                let command = command("status", build);
                fail(&format!(
                    "no start of the build was confirmed: `{command}` tells whether it runs"
                ));
                self.come_back(build, reason, Some(&command));
            }
            (Reached::Started(build) | Reached::Registered(build), None) => {
                fail("the build ends with it: the local platform was a part of this process");
                self.come_back(build, reason, None);
            }
            // Where one call does it all, it may have been heard without an answer.
            (Reached::Nothing, _) if !self.platform.facts().registers_builds => {
                fail("if the platform took the build, it goes on");
            }
            (Reached::Nothing, _) => fail("no build was started"),
        }
    }

    fn come_back(&self, build: &Build, reason: &str, command: Option<&str>) {
        if self.is_json() {
            let mut body = outcome("unknown", build, Some(reason));
            if let (Some(command), Some(body)) = (command, body.as_object_mut()) {
                body.insert("command".to_owned(), json!(command));
            }
            self.emit("finished", body);
        } else {
            self.printer.note(&format!("  template ID: {}", build.template_id));
            self.printer.note(&format!("  build ID:    {}", build.build_id));
        }
    }

    pub(super) fn in_background(&self, build: &Build) {
        if !self.is_json() {
            self.printer.note("the build goes on in the background");
            self.id(build);
        }
    }

    /// It is not tried, for a reason that lies elsewhere.
    pub(super) fn skipped(&self, reason: &str) {
        if self.is_json() {
            self.emit("skipped", json!({ "reason": reason }));
        } else {
            self.printer.note(&format!("not tried: {reason}"));
        }
    }

    fn finished(&self, status: &str, build: &Build, reason: Option<&str>) {
        self.emit("finished", outcome(status, build, reason));
    }

    /// A submission that failed before the build started.
    pub(super) fn submit_error(&self, error: &SubmitError, analysis: &Analysis) -> Exit {
        if let FaultKind::Files(instruction, fault) = &error.kind {
            self.diagnostic(&pipeline::packing_fault(fault, &analysis.template, *instruction));
            return Exit::Wrong;
        }
        self.printer.failure(&error.to_string(), error.help().as_deref());
        if let (true, RemoteState::PerhapsStarted(build)) = (self.is_json(), &error.remote_state) {
            self.finished("unknown", build, Some(&error.to_string()));
        }
        Exit::Platform
    }

    /// Says what would be sent.
    pub(super) fn dry_run(&self, plan: &Plan, analysis: &Analysis) {
        if self.is_json() {
            return;
        }
        let summary = plan.summary(&analysis.files);
        let line = |line: &str| self.printer.data_line(line);
        let Summary { name, platform, steps, .. } = summary;
        if let Some(name) = summary.deletes {
            line(&format!("would delete the {name} that is there, if one is"));
        }
        if !self.platform.facts().registers_builds {
            line(&format!("would build {name} on {platform}"));
            line(&format!("would send {steps} lines to run, in one request"));
            return;
        }
        let tags = match summary.tags {
            [] => String::new(),
            tags => format!(" with the tags {}", tags.join(", ")),
        };
        line(&format!("would register {name} on {platform}{tags}"));
        for UploadSummary { source, entries, bytes, .. } in summary.uploads {
            let bytes = human_bytes(bytes);
            line(&format!(
                "would upload {source} ({entries} entries, {bytes}), unless the platform has it"
            ));
        }
        line(&format!("would start a build of {steps} steps"));
    }
}

/// Tells people that a request is sent again; ignores every other event.
pub(super) fn note_retry(printer: &Printer, event: &Event) {
    if let Event::Retry { request, wait, reason } = event {
        let seconds = wait.as_secs_f64();
        printer.note(&format!("{reason}; trying {request} again in {seconds:.1} s"));
    }
}

/// How a build ended, as an event says it.
fn outcome(status: &str, build: &Build, reason: Option<&str>) -> Value {
    let mut body = json!({
        "status": status, "templateId": build.template_id, "buildId": build.build_id,
    });
    if let (Some(reason), Some(object)) = (reason, body.as_object_mut()) {
        object.insert("reason".to_owned(), json!(reason));
    }
    body
}

fn ids(template_id: &str, build_id: &str) -> Value {
    json!({ "templateId": template_id, "buildId": build_id })
}
