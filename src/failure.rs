//! A failed build → its cause, its location and the fix.
//!
//! A platform reports little more than which step failed; the cause is in the output of the step's
//! tools. [`catalogue`] lists the messages of common causes, each with evidence. Wrong advice is
//! worse than none, so only the platform's message and the log of the failed step are searched, and
//! a message counts only at the positions that [`cause::Source`] describes.

pub mod catalogue;
pub mod cause;
mod exit;
mod facts;
mod log;
mod place;
mod recognize;

use std::borrow::Cow;

use crate::diagnostic::{Code, Diagnostic};
use crate::lower::{BuildStep, Plan};
use crate::platform::Platform;
use crate::scalar::plain_lines;
use crate::secrets::Redaction;
use crate::source::SourceMap;
use crate::submit::{LogLine, Reason};
use crate::template::{Origin, Template};
use facts::Facts;
use log::Line;

/// The number of log lines shown with a failed build.
const TAIL: usize = 10;

/// Everything that is known about a build that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedBuild<'a> {
    /// The plan as it was sent.
    pub plan: &'a Plan,
    /// The template that the plan was lowered from.
    pub template: &'a Template,
    /// The platform that built it.
    pub platform: Platform,
    /// The sources that the template's spans refer to.
    pub sources: &'a SourceMap,
    /// What the platform reported.
    pub reason: Option<&'a Reason>,
    /// The end of the build's log, of all steps.
    pub log: &'a [LogLine],
    /// The secrets that are removed from both before they are shortened.
    pub redaction: &'a Redaction,
}

impl FailedBuild<'_> {
    /// The part of the build that failed, if the platform reports it. A step that was found in the
    /// log is only a hint.
    fn step(&self) -> Option<&BuildStep> {
        self.named_step().filter(|_| self.platform.facts().names_failed_step)
    }

    /// The command of the step that failed, as it was sent.
    fn command(&self) -> Option<&str> {
        self.plan.command_of(self.step()?)
    }

    fn named_step(&self) -> Option<&BuildStep> {
        self.reason?.step.as_ref()
    }
}

/// What is known about a failed build without its requests and its template.
#[derive(Debug, Clone, Copy)]
pub struct Unplaced<'a> {
    /// What the platform reported.
    pub reason: Option<&'a Reason>,
    /// The end of the build's log, of all steps.
    pub log: &'a [LogLine],
    /// The secrets that are removed from both before they are shortened.
    pub redaction: &'a Redaction,
    /// Why there is no location to show.
    pub why: &'a str,
}

/// A failed build as a diagnostic without a location. It names no cause, since the advice depends
/// on the template.
#[must_use]
pub fn describe(build: &Unplaced<'_>) -> Diagnostic {
    let step = build.reason.and_then(|reason| reason.step.as_ref());
    let message = build.reason.map_or("", |reason| reason.message.as_str());
    let mut lines = plain_lines(&build.redaction.clean(message)).into_iter();
    let said = lines.next().filter(|said| !said.is_empty());
    let message = happened(step) + &said.map(|said| format!(": {said}")).unwrap_or_default();
    let mut log = log::of_step(build.log, step, build.redaction);
    log.extend(lines.map(|line| Line::new(&line)));
    let tail = log::tail(&log, TAIL);
    let tail =
        (!tail.is_empty()).then(|| format!("the last lines of its log:\n{}", tail.join("\n")));
    let help: Vec<_> = std::iter::once(build.why.to_owned()).chain(tail).collect();
    Diagnostic::without_place(Code::BuildFailed, message).help(help.join("\n"))
}

/// The headline, which says in which phase the build failed.
fn happened(step: Option<&BuildStep>) -> String {
    match step {
        Some(BuildStep::Base) => "the build failed at the base image".to_owned(),
        Some(BuildStep::Finalize) => "the build failed when it started the sandbox".to_owned(),
        Some(BuildStep::ResizeDisk) => "the build failed when it resized the disk".to_owned(),
        Some(BuildStep::Optimize) => {
            "the build failed when it optimized the finished template".to_owned()
        }
        Some(step) => format!("the build failed at step {step}"),
        None => "the build failed".to_owned(),
    }
}

/// A recognized cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the cause in the catalogue.
    pub cause: &'static str,
    /// What happened, to follow a colon.
    pub found: String,
    /// The fix.
    pub help: String,
    /// The subject of the cause as it may be written in the manifest, such as a package.
    pub subject: Option<String>,
}

/// Why a build failed, if the catalogue knows it.
#[must_use]
pub fn recognize(build: &FailedBuild<'_>) -> Option<Finding> {
    let evidence = Evidence::of(build);
    recognize::recognize(&evidence, &Facts::of(build))
}

/// The texts to search for a cause.
#[derive(Debug)]
struct Evidence {
    /// The platform's message: its first line, without the command that it repeats.
    said: String,
    /// The log of the failed step, with secrets redacted.
    lines: Vec<Line>,
    /// The exit status of the step's command.
    exit: Option<u32>,
}

impl Evidence {
    /// Whether the last phase failed because of the start command, not of the readiness check.
    fn start_failed(&self) -> bool {
        self.said.starts_with("start command failed")
    }

    fn of(build: &FailedBuild<'_>) -> Self {
        let message = build.reason.map(|reason| reason.message.as_str()).unwrap_or_default();
        let message = without_command(message, build.command());
        let mut message = plain_lines(&build.redaction.clean(&message));
        let rest = message.split_off(message.len().min(1));
        let said = message.pop().unwrap_or_default();
        let said = said.strip_suffix("; provisioning output tail:").unwrap_or(&said).to_owned();
        let mut lines = log::of_step(build.log, build.step(), build.redaction);
        // The message about a base image that cannot be provisioned contains a log.
        lines.extend(rest.iter().map(|line| Line::new(line)));
        let exit = exit::of(&said).or_else(|| exit::of_log(&lines));
        Self { said, lines, exit }
    }
}

/// The platform's message without the failed command: its text is no evidence, and it may have many
/// lines.
fn without_command<'a>(message: &'a str, command: Option<&str>) -> Cow<'a, str> {
    let Some(rest) = message.strip_prefix("failed to run command '") else {
        return Cow::Borrowed(message);
    };
    let exact = command.and_then(|command| rest.strip_prefix(command)?.strip_prefix("': "));
    // If the platform formats the command differently, it ends at the last quote.
    let ended = exact.or_else(|| rest.rsplit_once("': ").map(|(_, ended)| ended));
    Cow::Owned(match ended {
        Some(ended) => format!("failed to run the command: {ended}"),
        None => "failed to run the command".to_owned(),
    })
}

/// A failed build as a diagnostic at the location of its cause.
#[must_use]
pub fn diagnose(build: &FailedBuild<'_>) -> Diagnostic {
    let evidence = Evidence::of(build);
    let finding = recognize::recognize(&evidence, &Facts::of(build));
    let happened = happened(build.step());
    let message = match &finding {
        Some(finding) => format!("{happened}: {}", finding.found),
        None => happened,
    };
    let said = match evidence.exit.and_then(exit::meaning) {
        Some(meaning) if !evidence.said.is_empty() => format!("{} ({meaning})", evidence.said),
        _ => evidence.said.clone(),
    };
    let origin = build.named_step().and_then(|step| build.plan.origin_of(step));
    let starting = build.step() == Some(&BuildStep::Finalize) && evidence.start_failed();
    let origin =
        build.template.start.as_ref().filter(|_| starting).map(|start| start.origin).or(origin);
    let subject = finding.as_ref().and_then(|finding| finding.subject.as_deref());
    let is_beside = finding.as_ref().is_some_and(|finding| finding.cause == "user-unknown");
    let span = match origin.and_then(Origin::span) {
        Some(span) if is_beside => Some(place::beside(build.sources, span, subject)),
        Some(span) => Some(place::narrow(build.sources, span, subject)),
        // Without a step, the subject may still occur only once in the manifest.
        None => place::find(build.sources, subject),
    };
    let diagnostic = match span {
        Some(span) => Diagnostic::new(Code::BuildFailed, span, message).label(said),
        None if said.is_empty() => Diagnostic::without_place(Code::BuildFailed, message),
        None => Diagnostic::without_place(Code::BuildFailed, format!("{message}: {said}")),
    };
    let tail = log::tail(&evidence.lines, TAIL);
    let log =
        (!tail.is_empty()).then(|| format!("the last lines of its log:\n{}", tail.join("\n")));
    let help: Vec<_> = finding.map(|finding| finding.help).into_iter().chain(log).collect();
    if help.is_empty() { diagnostic } else { diagnostic.help(help.join("\n")) }
}
