//! The report about a build that has ended, with the location that caused a failure.

use super::Exit;
use super::report::Reporter;
use crate::diagnostic::Diagnostic;
use crate::failure::{self, FailedBuild, Unplaced};
use crate::lower::{BuildStep, Plan};
use crate::pipeline::Analysis;
use crate::secrets::Redaction;
use crate::state::Stage;
use crate::submit::{Build, LogLine, Outcome, Reason};
use crate::wire::e2b::LayerLine;

/// What a build was made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) plan: &'a Plan,
    pub(super) analysis: &'a Analysis,
}

/// Why it is not known what a build was made of.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    pub(super) why: String,
}

/// Reports how a build ended. If it is not known what it was made of, the report says why instead
/// of showing a location.
pub(super) fn report_outcome(
    reporter: &Reporter<'_>,
    known: Result<Known<'_>, &Unknown>,
    build: &Build,
    outcome: &Outcome,
) -> Exit {
    match outcome {
        Outcome::Ready => reporter.ready(build),
        Outcome::Recorded { because } => reporter.recorded(build, because.as_deref()),
        Outcome::Failed { reason } => {
            let reason = reason.as_ref();
            let log = reporter.log();
            let (diagnostic, text) = explain(&log, known, reason, reporter.redaction());
            reporter.failed(build, text.as_deref(), &diagnostic);
            if let (Ok(known), Some(Reason { step: Some(BuildStep::Step(step)), .. })) =
                (known, reason)
                && known.analysis.platform.is_local()
                && log.iter().any(is_of_engine)
            {
                reporter.examine(*step);
            }
            return Exit::Wrong;
        }
    }
    Exit::Done
}

/// Whether a line is of a step that an engine has run, not only recorded.
fn is_of_engine(line: &LogLine) -> bool {
    let message = line.message.as_str();
    let is_output = message.starts_with("[builder ") && message.contains("] [std");
    is_output || LayerLine::split_key(message).is_some()
}

/// The stage that is recorded of a build that ended so.
pub(super) const fn stage(outcome: &Outcome) -> Stage {
    match outcome {
        Outcome::Ready | Outcome::Recorded { .. } => Stage::Ready,
        Outcome::Failed { .. } => Stage::Error,
    }
}

/// Explains a failed build: as a diagnostic, and in the platform's words.
pub(super) fn explain(
    log: &[LogLine],
    known: Result<Known<'_>, &Unknown>,
    reason: Option<&Reason>,
    redaction: &Redaction,
) -> (Diagnostic, Option<String>) {
    let plan = known.map(|known| known.plan).ok();
    let reason = reason.map(|reason| match plan {
        Some(plan) => reason.with_labels(plan),
        None => reason.clone(),
    });
    let reason = reason.as_ref();
    let diagnostic = match known {
        Ok(Known { plan, analysis }) => {
            let log: Vec<_> = log.iter().map(|entry| entry.with_labels(plan)).collect();
            failure::diagnose(&FailedBuild {
                plan,
                template: &analysis.template,
                platform: analysis.platform,
                sources: &analysis.sources,
                reason,
                log: &log,
                redaction,
            })
        }
        Err(Unknown { why }) => failure::describe(&Unplaced { reason, log, redaction, why }),
    };
    let reason = reason.map(|reason| redaction.clean(&reason.message).into_owned());
    (diagnostic, reason)
}
