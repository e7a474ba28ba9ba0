//! The report for people.

use super::sink::{Finish, Sink};
use super::{ReportContext, ReportOptions};
use crate::commands::deployed::declared;
use crate::commands::{publish, recorded, show};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lower::{Plan, Summary, UploadSummary};
use crate::printer::{Printer, Stream};
use crate::scalar::{LogLevel, counted, human_bytes, plain_lines};
use crate::submit::{Build, Event, LogLine};
use crate::testing::TestResult;

/// The most lines of one log entry that are printed: builders write an entry for each line.
const MAX_LINES: usize = 1000;

/// The most characters of a platform's own name of a step that are printed, before each line.
const MAX_STEP: usize = 100;

/// Prints lines on standard error. What was asked for goes to standard output: a dry run's plan,
/// the log of `sbx logs`, the ID of the template.
pub(super) struct Human<'a> {
    printer: &'a Printer,
    context: ReportContext<'a>,
    options: ReportOptions,
}

impl<'a> Human<'a> {
    pub(super) fn new(
        printer: &'a Printer,
        context: ReportContext<'a>,
        options: ReportOptions,
    ) -> Self {
        Self { printer, context, options }
    }

    /// The lines of an entry.
    fn log_entry(&self, entry: &LogLine) -> Vec<String> {
        let step = match &entry.step {
            None => String::new(),
            // The line begins with the platform's own name of the step.
            Some(_) if entry.message.starts_with('[') => String::new(),
            Some(step) => match self.context.plan.and_then(|plan| plan.label_of(step)) {
                Some(label) => format!("[{step} {label}] "),
                None => {
                    format!("[{}] ", step.to_string().chars().take(MAX_STEP).collect::<String>())
                }
            },
        };
        let level = match entry.level {
            LogLevel::Warn => "warning: ",
            LogLevel::Error => "error: ",
            _ => "",
        };
        let mut lines = plain_lines(&entry.message);
        let rest = lines.len().saturating_sub(MAX_LINES);
        if rest > 0 {
            lines.truncate(MAX_LINES);
            lines.push(format!("… ({rest} more lines)"));
        }
        lines.into_iter().map(|line| format!("{step}{level}{line}")).collect()
    }

    /// The name of the template between two texts; empty where each line begins with the name.
    fn named(&self, before: &str, after: &str) -> String {
        let name = self.context.name;
        if self.printer.begins_with(name) {
            String::new()
        } else {
            format!("{before}{name}{after}")
        }
    }

    fn ids(&self, template_id: &str, build_id: &str) {
        self.printer.note(&format!("  template ID: {template_id}"));
        self.printer.note(&format!("  build ID:    {build_id}"));
    }

    fn template_id(&self, build: &Build) {
        if self.options.prints_id {
            self.printer.data_line(&build.template_id);
        }
    }
}

impl Sink for Human<'_> {
    fn diagnostics(&self, diagnostics: &Diagnostics) {
        show(self.printer, diagnostics, self.context.sources);
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.printer.diagnostic(Stream::Err, diagnostic, self.context.sources);
    }

    fn plan(&self, plan: &Plan, summary: &Summary<'_>, tests: &[String]) {
        let line = |line: &str| self.printer.data_line(line);
        let Summary { name, platform, tags, public, deletes, uploads, steps } = summary;
        if let Some(name) = deletes {
            line(&format!("would delete the existing template {name}, if there is one"));
        }
        if !self.context.platform.facts().registers_builds {
            line(&format!("would build {name} on {platform}"));
            line(&if plan.sends_dockerfile {
                "would send the Dockerfile, in one request".to_owned()
            } else {
                format!("would send {} to run, in one request", counted(*steps, "line", "lines"))
            });
            if !tests.is_empty() {
                let tests = counted(tests.len(), "test", "tests");
                line(&format!("would run {tests} after the build"));
            }
            return;
        }
        let tags = match tags {
            _ if !tests.is_empty() => " with a temporary tag".to_owned(),
            [] => String::new(),
            [tag] => format!(" with the tag {tag}"),
            tags => format!(" with the tags {}", tags.join(", ")),
        };
        line(&format!("would register {name} on {platform}{tags}"));
        for UploadSummary { source, entries, bytes, .. } in uploads {
            let bytes = human_bytes(*bytes);
            let entries = counted(*entries, "entry", "entries");
            line(&format!(
                "would upload {source} ({entries}, {bytes}), unless the platform has it"
            ));
        }
        line(&format!("would start a build of {}", counted(*steps, "step", "steps")));
        if !tests.is_empty() {
            let tests = counted(tests.len(), "test", "tests");
            let tags = declared(summary.tags).join(", ");
            line(&format!("would run {tests}, and move the tags only if all pass: {tags}"));
        }
        if let Some(public) = public {
            let word = if *public { "public" } else { "private" };
            line(&format!("would make {name} {word}, unless it is"));
        }
    }

    fn test(&self, result: &TestResult<'_>) {
        let word = if result.mismatch().is_none() { "passed" } else { "failed" };
        let seconds = result.elapsed.as_secs_f64();
        self.printer.note(&format!("test {word}: {} ({seconds:.1} s)", result.name()));
    }

    fn event(&self, event: &Event) {
        let note = |line: &str| self.printer.note(line);
        match event {
            Event::Registered { template_id, build_id } => {
                let platform = self.context.platform;
                note(&format!("registered{} on {platform}", self.named(" ", "")));
                self.ids(template_id, build_id);
            }
            Event::Uploading { .. } | Event::Log(_) => {}
            Event::Unencrypted { host } => note(&format!(
                "warning: the platform's upload link to `{host}` is not encrypted: files can be \
                 read on the way"
            )),
            Event::Upload { source, bytes: Some(bytes), .. } => {
                note(&format!("uploaded {source} ({})", human_bytes(*bytes)));
            }
            Event::Upload { source, bytes: None, .. } => note(&format!("unchanged {source}")),
            Event::Deleted { template_id } => {
                let name = self.named(" ", "");
                note(&format!("deleted the old{name} ({template_id})"));
            }
            Event::Started => note("started the build"),
            Event::Silence { quiet, state } => {
                let minutes = quiet.as_secs() / 60;
                note(&format!("no output for {minutes} min; the platform still says `{state}`"));
            }
            Event::LogCut { reason } => note(&format!("the rest of the log is missing: {reason}")),
            Event::Retry { .. } => note_retry(self.printer, event),
        }
    }

    fn log(&self, entries: &[&LogLine]) {
        let lines: Vec<_> = entries.iter().flat_map(|entry| self.log_entry(entry)).collect();
        match self.options.log {
            Stream::Out => self.printer.data_lines(&lines),
            Stream::Err => self.printer.notes(&lines),
        }
    }

    fn visibility(&self, _: &str, public: bool) {
        self.printer.note(&format!("{}{}", self.named("", " is "), publish::visibility(public)));
    }

    fn in_background(&self, build: &Build) {
        self.printer.note("the build continues in the background");
        self.template_id(build);
    }

    fn skipped(&self, reason: &str) {
        self.printer.note(&format!("not tried: {reason}"));
    }

    fn finished(&self, build: &Build, finish: Finish<'_>) {
        match finish {
            Finish::Ready => {
                self.printer.note(&format!("{}ready", self.named("", " is ")));
                self.template_id(build);
            }
            Finish::UpToDate { digest, unknown } => {
                let name_is = self.named("", " is ");
                self.printer.note(&match unknown {
                    None => {
                        format!("{name_is}up to date: a build has its tags and its digest {digest}")
                    }
                    Some(reason) => format!(
                        "{name_is}up to date by this machine's record of its last build; its tags are \
                         not known: {reason}"
                    ),
                });
                self.template_id(build);
            }
            Finish::Moved { digest, tags } => {
                let (name_is, tags) = (self.named("", " is "), tags.join(", "));
                self.printer.note(&format!(
                    "{name_is}not rebuilt: moved {tags} to the build {} with its digest {digest}",
                    build.build_id
                ));
                self.template_id(build);
            }
            Finish::Recorded { because } => {
                self.printer.note(&format!("recorded{}", self.named(" ", "")));
                if self.options.explains_recorded {
                    recorded::explain(because, self.printer);
                }
                self.template_id(build);
            }
            Finish::Left { .. }
            | Finish::Misplaced { .. }
            | Finish::TestsFailed { .. }
            | Finish::Untested { .. }
            | Finish::Unpublished { .. } => {
                self.ids(&build.template_id, &build.build_id);
            }
            // The diagnostic or the error has said it.
            Finish::Failed { .. } | Finish::Unconfirmed { .. } => {}
        }
    }
}

/// Reports that a request is sent again; ignores every other event.
pub(in crate::commands) fn note_retry(printer: &Printer, event: &Event) {
    if let Event::Retry { request, wait, reason } = event {
        let seconds = wait.as_secs_f64();
        printer.note(&format!("{reason}; trying {request} again in {seconds:.1} s"));
    }
}
