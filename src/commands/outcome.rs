//! The report about a build that has ended, with the location that caused a failure.

use super::Exit;
use super::report::Reporter;
use crate::diagnostic::Diagnostic;
use crate::failure::{self, FailedBuild, Unplaced};
use crate::lower::Plan;
use crate::pipeline::Analysis;
use crate::submit::{Build, LogLine, Outcome, Reason};

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
    /// The plan that the manifest makes now; its secrets may be the same.
    pub(super) plan: Option<Box<Plan>>,
}

/// Reports how a build ended. If it is not known what it was made of, the report says why instead
/// of showing a location.
pub(super) fn report_outcome(
    reporter: &Reporter<'_>,
    known: Result<Known<'_>, &Unknown>,
    build: &Build,
    outcome: &Outcome,
) -> Exit {
    if outcome.ready {
        reporter.ready(build);
        return Exit::Done;
    }
    let (diagnostic, reason) = explain(reporter.log().as_slice(), known, outcome);
    reporter.failed(build, reason.as_deref(), &diagnostic);
    Exit::Wrong
}

/// Explains a failed build: as a diagnostic, and in the platform's words.
pub(super) fn explain(
    log: &[LogLine],
    known: Result<Known<'_>, &Unknown>,
    outcome: &Outcome,
) -> (Diagnostic, Option<String>) {
    let reason = outcome.reason.as_ref();
    match known {
        Ok(Known { plan, analysis }) => {
            let diagnostic = failure::diagnose(&FailedBuild {
                plan,
                template: &analysis.template,
                platform: analysis.platform,
                sources: &analysis.sources,
                reason,
                log,
            });
            let reason = reason.map(|it| failure::without_secrets(&it.message, plan));
            (diagnostic, reason)
        }
        Err(Unknown { why, plan }) => {
            let masked = |text: &str| match plan {
                Some(plan) => failure::without_secrets(text, plan),
                None => text.to_owned(),
            };
            let reason =
                reason.map(|it| Reason { message: masked(&it.message), step: it.step.clone() });
            let log: Vec<_> = log
                .iter()
                .map(|line| LogLine { message: masked(&line.message), ..line.clone() })
                .collect();
            let build = Unplaced { reason: reason.as_ref(), log: &log, why };
            (failure::describe(&build), reason.map(|reason| reason.message))
        }
    }
}
