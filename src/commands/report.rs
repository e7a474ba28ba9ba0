//! What is reported about a build: text for people, or one JSON event per line.
//!
//! A [`Reporter`] keeps what both formats need, such as the end of the log, and hands each thing
//! that happens to a [`Sink`], which prints it. Errors of a command itself go to standard error in
//! either format.

mod human;
mod json_lines;
mod sink;
mod uploads;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use super::Exit;
use crate::context::ContextError;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::digest::Digest;
use crate::host::describe;
use crate::lower::Plan;
use crate::pipeline::{self, Analysis};
use crate::platform::Platform;
use crate::printer::{Printer, Stream};
use crate::scalar::{LogLevel, counted};
use crate::secrets::Redaction;
use crate::settings::{Format, ManifestChoice};
use crate::source::SourceMap;
use crate::submit::{Build, Event, FaultKind, LogLine, RemoteState, SubmitError};
use crate::testing::TestResult;
use sink::{Finish, Sink};
use uploads::Uploads;

pub(super) use human::note_retry;

/// How many log entries are kept to explain a failed build.
const KEPT: usize = 200;

/// How a build is reported.
#[derive(Debug, Clone)]
pub(super) struct ReportOptions {
    pub(super) format: Format,
    /// The lowest level of log entries to print.
    pub(super) level: LogLevel,
    /// Where people's log lines go: to standard output if the log is what was asked for.
    pub(super) log: Stream,
    /// Whether the template's ID goes to standard output when the build is done.
    pub(super) prints_id: bool,
    /// Whether it is said of a recorded build why no step was run: otherwise, the command says it
    /// once for several builds.
    pub(super) explains_recorded: bool,
}

/// The build that is reported about.
#[derive(Debug)]
pub(super) struct ReportContext<'a> {
    /// The texts that diagnostics refer to.
    pub(super) sources: &'a SourceMap,
    pub(super) platform: Platform,
    /// The template's name.
    pub(super) name: &'a str,
    /// The manifest, if it is known.
    pub(super) manifest: Option<ManifestChoice>,
    /// The plan of this build, if it is known: it labels the steps.
    pub(super) plan: Option<&'a Plan>,
}

/// How far a build had come when waiting for it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    /// It has no IDs.
    Nothing,
    /// It has IDs, and its start was not confirmed.
    Registered(Build),
    /// It was started.
    Started(Build),
    /// It is ready, and its tests have not all passed.
    Untested(Build),
}

/// Reports what happens with one build.
pub(super) struct Reporter<'a> {
    sink: Box<dyn Sink + 'a>,
    printer: &'a Printer,
    platform: Platform,
    manifest: Option<ManifestChoice>,
    plan: Option<&'a Plan>,
    level: LogLevel,
    log: Mutex<VecDeque<LogLine>>,
    uploads: Uploads,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        options: ReportOptions,
        printer: &'a Printer,
        context: ReportContext<'a>,
    ) -> Self {
        let (platform, plan) = (context.platform, context.plan);
        let manifest = context.manifest.clone();
        let (format, level) = (options.format, options.level.clone());
        let sink: Box<dyn Sink + 'a> = match format {
            Format::Human => Box::new(human::Human::new(printer, context, options)),
            Format::Json => Box::new(json_lines::JsonLines::new(printer, context)),
        };
        Self {
            sink,
            printer,
            platform,
            manifest,
            plan,
            level,
            log: Mutex::default(),
            uploads: Uploads::default(),
        }
    }

    /// Reports the problems that were found before anything is sent.
    pub(super) fn diagnostics(&self, diagnostics: &Diagnostics) {
        self.sink.diagnostics(diagnostics);
    }

    /// Reports what would be sent; `tests` are the names of the tests that would run.
    pub(super) fn dry_run(&self, plan: &Plan, analysis: &Analysis, tests: &[String]) {
        self.sink.plan(plan, &plan.summary(&analysis.files), tests);
    }

    /// Reports what happened on the way to a build, or while it runs.
    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::Registered { .. } => self.printer.progress("uploading"),
            Event::Uploading { files_hash, sent, bytes } => {
                self.printer.progress(&self.uploads.advance(files_hash, *sent, *bytes));
            }
            Event::Upload { files_hash, .. } => {
                self.printer.progress(&self.uploads.finish(files_hash));
            }
            Event::Started => self.printer.progress("building"),
            Event::Log(entries) => {
                let entries: Vec<_> = entries.iter().map(|entry| self.shown(entry)).collect();
                let printed = entries.iter().filter(|entry| entry.level >= self.level);
                self.sink.log(&printed.collect::<Vec<_>>());
                self.keep(entries);
                return;
            }
            Event::Deleted { .. }
            | Event::Silence { .. }
            | Event::LogCut { .. }
            | Event::Unencrypted { .. }
            | Event::Retry { .. } => {}
        }
        self.sink.event(event);
    }

    /// The secrets that are removed from all output.
    pub(super) fn redaction(&self) -> &Redaction {
        self.printer.redaction()
    }

    /// An entry as people see it: labels in place of scripts that `sbx` made, and no secrets.
    fn shown(&self, entry: &LogLine) -> LogLine {
        let message = match self.plan {
            Some(plan) => plan.with_labels(&entry.message),
            None => Cow::Borrowed(entry.message.as_str()),
        };
        LogLine {
            timestamp: entry.timestamp,
            level: entry.level.clone(),
            message: self.redaction().clean(&message).into_owned(),
            step: entry.step.clone(),
        }
    }

    fn keep(&self, entries: Vec<LogLine>) {
        if let Ok(mut log) = self.log.lock() {
            log.extend(entries);
            let surplus = log.len().saturating_sub(KEPT);
            log.drain(..surplus);
        }
    }

    /// The end of the build's log, of all levels.
    pub(super) fn log(&self) -> Vec<LogLine> {
        self.log.lock().map(|log| log.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn ready(&self, build: &Build) {
        self.sink.finished(build, Finish::Ready);
    }

    /// Reports that nothing was built, because a build has the digest and the tags.
    pub(super) fn up_to_date(&self, build: &Build, digest: &Digest, unknown: Option<&str>) {
        self.sink.finished(build, Finish::UpToDate { digest: digest.as_str(), unknown });
    }

    /// Reports that nothing was built, and tags were moved to the build that has the digest.
    pub(super) fn moved(&self, build: &Build, digest: &Digest, tags: &[String]) {
        self.sink.finished(build, Finish::Moved { digest: digest.as_str(), tags });
    }

    /// Reports that the template was made public or private.
    pub(super) fn visibility(&self, template_id: &str, public: bool) {
        self.sink.visibility(template_id, public);
    }

    /// Reports that the template of a ready build was not made public.
    pub(super) fn unpublished(&self, build: &Build, reason: &str) {
        let help = "the build is ready: `sbx apply` makes the template public without another one";
        self.printer.failure(reason, Some(help));
        self.sink.finished(build, Finish::Unpublished { reason });
    }

    /// Reports a test that has run.
    pub(super) fn test(&self, result: &TestResult<'_>) {
        self.sink.test(result);
        if let Some(diagnostic) = result.diagnostic() {
            self.sink.diagnostic(&diagnostic);
        }
    }

    /// Reports that tests failed on a ready build, which does not get its tags. On a platform without
    /// them, the template stays.
    pub(super) fn tests_failed(&self, build: &Build, failed: usize, count: usize, has_tags: bool) {
        let tests = counted(count, "test", "tests");
        let (consequence, help) = if has_tags {
            (
                "the declared tags were not moved",
                "`sbx apply` tests this build again, and builds only if something else changes; \
                 `--no-test` moves the tags without tests",
            )
        } else {
            (
                "the template stays on the platform, which has no tags",
                "`sbx apply` tests it again; `sbx apply --replace` replaces it once something else \
                 changes, and `sbx delete` deletes it",
            )
        };
        let reason = format!("{failed} of {tests} failed: {consequence}");
        self.printer.failure(&reason, Some(help));
        self.sink.finished(build, Finish::TestsFailed { reason: &reason });
    }

    /// Reports that the build's steps were only recorded, so that its tests cannot be run.
    pub(super) fn untestable(&self, build: &Build, because: Option<&str>) {
        self.printer.failure(
            "the tests cannot be run: the local platform only recorded the build",
            Some("it needs a container engine; `--no-test` skips the tests"),
        );
        self.recorded(build, because);
    }

    /// Reports that the tests of a ready build could not be run, so that it does not get its tags.
    pub(super) fn untested(&self, build: &Build, reason: &str, help: Option<&str>) {
        self.printer.failure(reason, help);
        self.sink.finished(build, Finish::Untested { reason });
    }

    /// Reports that a ready build does not have all of its tags.
    pub(super) fn misplaced(&self, build: &Build, reason: &str) {
        self.printer.failure(reason, Some("`sbx apply --force` moves it to this build"));
        self.sink.finished(build, Finish::Misplaced { reason });
    }

    /// Reports that it is not known whether another client has moved the tags of a build.
    pub(super) fn unverified(&self, reason: &str) {
        self.printer.note(&format!("warning: the tags of the build were not verified: {reason}"));
    }

    /// Reports that a build does not have its digest as a tag.
    pub(super) fn unmarked(&self, reason: &str) {
        self.printer.note(&format!(
            "warning: the build did not get its digest as a tag, so only this machine can tell that \
             it is up to date: {reason}"
        ));
    }

    /// Reports that the build's steps were only recorded, and why.
    pub(super) fn recorded(&self, build: &Build, because: Option<&str>) {
        self.sink.finished(build, Finish::Recorded { because });
    }

    pub(super) fn failed(&self, build: &Build, reason: Option<&str>, diagnostic: &Diagnostic) {
        self.sink.diagnostic(diagnostic);
        self.sink.finished(build, Finish::Failed { reason });
    }

    /// Says how the state before a failed step of the local platform is looked at.
    pub(super) fn examine(&self, step: NonZeroUsize) {
        let words = self.manifest.as_ref().map(ManifestChoice::words).unwrap_or_default();
        self.printer.note(&format!(
            "`sbx shell{words} --platform local --at {step}` opens a shell in the state before the step"
        ));
    }

    /// Reports that the build was started and is not waited for.
    pub(super) fn in_background(&self, build: &Build) {
        self.sink.in_background(build);
    }

    /// Reports that a manifest is not built because of something else.
    pub(super) fn skipped(&self, reason: &str) {
        self.sink.skipped(reason);
    }

    /// Reports that the platform cannot be asked any more about a build, which goes on. `command`
    /// comes back to it.
    pub(super) fn lost(&self, build: &Build, reason: &str, command: &str) {
        let help = format!("the build continues: `{command}` follows it");
        self.printer.failure(reason, Some(&help));
        self.sink.finished(build, Finish::Left { reason, command: Some(command) });
    }

    /// Reports that waiting ended before the build did, perhaps before it began. `command` makes
    /// the command that comes back to it; there is none if the build ends with this process.
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
                    "the start of the build was not confirmed: `{command}` shows whether it runs"
                ));
                self.sink.finished(build, Finish::Left { reason, command: Some(&command) });
            }
            (Reached::Untested(build), _) => {
                fail(if self.platform.facts().has_tags {
                    "the build is ready: `sbx apply` runs its tests and moves its tags"
                } else {
                    "the build is ready: `sbx apply` runs its tests"
                });
                self.sink.finished(build, Finish::Untested { reason });
            }
            (Reached::Started(build) | Reached::Registered(build), None) => {
                fail("the build ends, too: the local platform was a part of this process");
                self.sink.finished(build, Finish::Left { reason, command: None });
            }
            // If one request does it all, the platform may have it although its answer is missing.
            (Reached::Nothing, _) if !self.platform.facts().registers_builds => {
                fail("if the platform received the request, the build continues");
            }
            (Reached::Nothing, _) => fail("no build was started"),
        }
    }

    /// Reports that a build could not be started.
    pub(super) fn submit_error(&self, error: &SubmitError, analysis: &Analysis) -> Exit {
        if let FaultKind::Files(_, fault) = &error.kind
            && let ContextError::Archive(error) = fault.as_ref()
        {
            let directory = std::env::temp_dir();
            let message = format!("cannot write to `{}`: {}", directory.display(), describe(error));
            let help = "archives are packed there: free some space, or set `TMPDIR`";
            self.printer.failure(&message, Some(help));
            return Exit::Platform;
        }
        if let FaultKind::Files(instruction, fault) = &error.kind {
            let diagnostic = pipeline::packing_fault(fault, &analysis.template, *instruction);
            self.sink.diagnostic(&diagnostic);
            return Exit::Wrong;
        }
        self.printer.failure(&error.to_string(), error.help().as_deref());
        if let RemoteState::PerhapsStarted(build) = &error.remote_state {
            let reason = &error.to_string();
            self.sink.finished(build, Finish::Unconfirmed { reason });
        }
        Exit::Platform
    }
}
