//! A `JUnit` XML file, which CI systems show: a test suite for each build.

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::Subject;
use crate::diagnostic::{Diagnostic, render};
use crate::printer::Printer;
use crate::testing::TestResult;

/// The test suites so far.
pub(super) struct Suites(quick_junit::Report);

impl Default for Suites {
    fn default() -> Self {
        Self(quick_junit::Report::new("sbx test"))
    }
}

impl Suites {
    pub(super) fn add(
        &mut self,
        subject: &Subject<'_>,
        results: &[TestResult<'_>],
        printer: &Printer,
    ) {
        let Subject { manifest, analysis, build } = subject;
        let mut suite = TestSuite::new(build.reference.clone());
        suite.add_property(("platform", analysis.platform.name()));
        suite.add_property(("file", xml(&manifest.file.to_string_lossy()).as_str()));
        if let Some(profile) = &manifest.profile {
            suite.add_property(("profile", profile.as_str()));
        }
        if let Some(id) = &build.id {
            suite.add_property(("build", id.as_str()));
        }
        for result in results {
            suite.add_test_case(case(subject, result, printer));
        }
        self.0.add_test_suite(suite);
    }

    pub(super) fn end(self) -> Result<String, SerializeError> {
        self.0.to_string()
    }
}

/// A text without the characters that no XML document can have; the control characters among them
/// are dropped by the library.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn case(subject: &Subject<'_>, result: &TestResult<'_>, printer: &Printer) -> TestCase {
    let mut status = TestCaseStatus::success();
    if let (Some(mismatch), Some(diagnostic)) = (result.mismatch(), result.diagnostic()) {
        let clean = |text: &str| xml(&printer.redaction().clean(text));
        let sources = &subject.analysis.sources;
        // The output follows in lines of its own.
        let place = render::short(&Diagnostic { help: None, ..diagnostic.clone() }, sources);
        let lines = mismatch.output.join("\n");
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(clean(&diagnostic.label));
        status.set_type(diagnostic.code.name());
        status.set_description(clean(&format!("{place}{lines}")));
    }
    let mut case = TestCase::new(xml(&result.name()), status);
    case.set_classname(subject.analysis.template.name.value.clone());
    case.set_time(result.elapsed);
    case
}
