//! Lines for people, with an excerpt where a test fails.

use super::Subject;
use crate::printer::{Printer, Stream};
use crate::scalar::counted;
use crate::testing::TestResult;

pub(super) fn begin(subject: &Subject<'_>, printer: &Printer) {
    let Subject { analysis, build, .. } = subject;
    let id = build.id.as_ref().map(|id| format!(", build {id}")).unwrap_or_default();
    printer.data_line(&format!("{} on {}{id}", build.reference, analysis.platform));
}

pub(super) fn result(subject: &Subject<'_>, result: &TestResult<'_>, printer: &Printer) {
    let word = if result.mismatch().is_none() { "ok    " } else { "FAILED" };
    let seconds = result.elapsed.as_secs_f64();
    printer.data_line(&format!("  {word}  {} ({seconds:.1} s)", result.name()));
    if let Some(diagnostic) = result.diagnostic() {
        printer.diagnostic(Stream::Out, &diagnostic, &subject.analysis.sources);
    }
}

pub(super) fn finish(subject: &Subject<'_>, results: &[TestResult<'_>], printer: &Printer) {
    let failed = results.iter().filter(|result| result.mismatch().is_some()).count();
    printer.data_line(&format!("{}: {}", subject.build.reference, summary(results.len(), failed)));
}

/// How many tests failed.
fn summary(count: usize, failed: usize) -> String {
    let tests = counted(count, "test", "tests");
    match failed {
        0 => format!("{tests} passed"),
        failed => format!("{failed} of {tests} failed"),
    }
}
