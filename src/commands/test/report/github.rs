//! Annotations of a GitHub workflow, for the tests that fail.

use super::Subject;
use crate::diagnostic::render::github;
use crate::printer::Printer;
use crate::testing::TestResult;

pub(super) fn result(subject: &Subject<'_>, result: &TestResult<'_>, printer: &Printer) {
    if let Some(diagnostic) = result.diagnostic() {
        printer.data(&github::annotation(&diagnostic, &subject.analysis.sources));
    }
}
