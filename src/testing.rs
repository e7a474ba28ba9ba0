//! Tests of a finished template: what their commands did → a [`Verdict`] and its diagnostic.
//!
//! Pure: a [`Recorder`] takes in what a command writes in a sandbox, and [`Observation::judge`]
//! compares it with what the manifest expects. Who runs the commands, and where, is not known here.

mod judge;
mod observation;

use std::time::Duration;

use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic};
use crate::scalar::clipped;
use crate::source::Span;
use crate::template::{Expected, Test};

pub use observation::{Observation, Output, Recorder};

/// The wait between two runs of a probe that does not hold yet.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// The most characters of a test's name that are shown: without a name of its own, a test is called
/// after its command.
const MAX_NAME: usize = 80;

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What the manifest expects is true.
    Passed,
    /// It is not.
    Failed(Mismatch),
}

/// Why a test failed. No text has a secret or a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What the manifest expects, to follow "expected".
    pub expected: String,
    /// What is true instead, to follow "got".
    pub got: String,
    /// The expectation in the manifest, if it is not the test as a whole.
    pub expectation: Option<Span>,
    /// The last lines of the command's output, of both streams.
    pub output: Vec<String>,
}

/// A test that has run.
#[derive(Debug, Clone)]
pub struct TestResult<'a> {
    /// The test.
    pub test: &'a Test,
    /// How long it took.
    pub elapsed: Duration,
    /// What it found.
    pub verdict: Verdict,
}

impl TestResult<'_> {
    /// The name of the test on one line.
    #[must_use]
    pub fn name(&self) -> String {
        name(self.test)
    }

    /// Why it failed, if it did.
    #[must_use]
    pub const fn mismatch(&self) -> Option<&Mismatch> {
        match &self.verdict {
            Verdict::Passed => None,
            Verdict::Failed(mismatch) => Some(mismatch),
        }
    }

    /// The result for programs; `docs/json.md` describes it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = json!({
            "name": self.test.name,
            "status": if self.mismatch().is_none() { "passed" } else { "failed" },
            // Milliseconds are as exact as a network allows.
            "seconds": (self.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
        });
        if let Some(mismatch) = self.mismatch() {
            object["expected"] = json!(mismatch.expected);
            object["got"] = json!(mismatch.got);
            object["output"] = json!(mismatch.output);
        }
        object
    }

    /// The diagnostic at the test's line, if it failed.
    #[must_use]
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let mismatch = self.mismatch()?;
        let message = format!("the test `{}` failed", self.name());
        let mut diagnostic = Diagnostic::new(Code::TestFailed, self.test.span, message)
            .label(format!("expected {}, got {}", mismatch.expected, mismatch.got));
        if let Some(span) = mismatch.expectation {
            diagnostic = diagnostic.related(span, "expected here");
        }
        Some(match mismatch.output.as_slice() {
            [] => diagnostic,
            lines => {
                let lines = lines.join("\n");
                diagnostic.help(format!("the last lines of its output:\n{lines}"))
            }
        })
    }
}

/// The verdict on a test whose command the platform cannot start, and says why.
#[must_use]
pub fn not_started(test: &Test, reason: &str) -> Verdict {
    let expected = match &test.expected {
        Expected::Exit { code, .. } => format!("exit code {code}"),
        Expected::Probe(expected) => expected.clone(),
    };
    let got = format!("a command that cannot be started: {reason}");
    Verdict::Failed(Mismatch { expected, got, expectation: None, output: Vec::new() })
}

/// The name of a test on one line.
#[must_use]
pub fn name(test: &Test) -> String {
    let mut lines = test.name.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default().trim();
    let more = if lines.next().is_some() { " …" } else { "" };
    format!("{}{more}", clipped(first, MAX_NAME))
}

/// Whether a test is repeated until it holds or its time is over.
#[must_use]
pub const fn is_repeated(test: &Test) -> bool {
    matches!(test.expected, Expected::Probe(_))
}

#[cfg(test)]
mod tests;
