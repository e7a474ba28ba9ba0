//! What `sbx test` prints, in each format.

mod github;
mod human;
mod json;
mod junit;

use super::builds::Tested;
use crate::commands::{Exit, Failure};
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::settings::{ManifestChoice, TestFormat};
use crate::testing::TestResult;

/// What is tested.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) manifest: &'a ManifestChoice,
    pub(super) analysis: &'a Analysis,
    pub(super) build: &'a Tested,
}

/// A report under construction.
pub(super) struct Report<'a> {
    format: Format,
    printer: &'a Printer,
}

/// What each format keeps until the end.
enum Format {
    Human,
    Github,
    Json(json::Builds),
    Junit(Box<junit::Suites>),
}

impl<'a> Report<'a> {
    pub(super) fn new(format: TestFormat, printer: &'a Printer) -> Self {
        let format = match format {
            TestFormat::Human => Format::Human,
            TestFormat::Github => Format::Github,
            TestFormat::Json => Format::Json(json::Builds::default()),
            TestFormat::Junit => Format::Junit(Box::default()),
        };
        Self { format, printer }
    }

    /// The tests of a build begin.
    pub(super) fn begin(&self, subject: &Subject<'_>) {
        match self.format {
            Format::Human => human::begin(subject, self.printer),
            Format::Github | Format::Json(_) | Format::Junit(_) => {}
        }
    }

    /// A test has run.
    pub(super) fn result(&self, subject: &Subject<'_>, result: &TestResult<'_>) {
        match self.format {
            Format::Human => human::result(subject, result, self.printer),
            Format::Github => github::result(subject, result, self.printer),
            Format::Json(_) | Format::Junit(_) => {}
        }
    }

    /// All tests of a build have run.
    pub(super) fn finish(&mut self, subject: &Subject<'_>, results: &[TestResult<'_>]) {
        match &mut self.format {
            Format::Human => human::finish(subject, results, self.printer),
            Format::Github => {}
            Format::Json(builds) => builds.add(subject, results),
            Format::Junit(suites) => suites.add(subject, results, self.printer),
        }
    }

    /// Completes the report.
    ///
    /// # Errors
    /// It cannot be written as XML.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self.format {
            Format::Human | Format::Github => {}
            Format::Json(builds) => self.printer.json(&builds.end().to_string()),
            Format::Junit(suites) => {
                let text = suites.end().map_err(|error| {
                    Failure::new(Exit::Platform, format!("cannot write the report: {error}"))
                })?;
                self.printer.data(&text);
            }
        }
        Ok(())
    }
}
