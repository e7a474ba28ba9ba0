//! The comparison of what a command did with what its test expects.

use regex::Regex;

use super::{Mismatch, Observation, Verdict};
use crate::sandbox::Ended;
use crate::scalar::{clipped, plain_lines};
use crate::secrets::Redaction;
use crate::source::{Span, Spanned};
use crate::template::{Expectation, Expected, Test};

/// The number of lines of output that are shown of a test that failed.
const TAIL: usize = 10;

/// The most characters of such a line.
const MAX_LINE: usize = 240;

/// The most characters that are quoted of what was expected or found.
const MAX_QUOTED: usize = 100;

/// How the probe of a URL reports what the server answered.
const HTTP_STATUS: &str = "HTTP status ";

/// What is true instead of an expectation.
struct Found {
    expected: String,
    got: String,
    expectation: Option<Span>,
}

impl Observation {
    /// Whether this is what a test expects of its command. Secrets of `redaction` are removed from
    /// what a [`Mismatch`] shows.
    #[must_use]
    pub fn judge(&self, test: &Test, redaction: &Redaction) -> Verdict {
        let found = match &test.expected {
            Expected::Exit { code, stdout, stderr } => self
                .against_code(*code, test.timeout_seconds)
                .or_else(|| against("standard output", &self.stdout, stdout.as_ref(), redaction))
                .or_else(|| against("standard error", &self.stderr, stderr.as_ref(), redaction)),
            Expected::Probe(expected) => self.against_probe(expected, test.timeout_seconds),
        };
        found.map_or(Verdict::Passed, |found| {
            Verdict::Failed(Mismatch {
                expected: found.expected,
                got: found.got,
                expectation: found.expectation,
                output: self.last_lines(redaction),
            })
        })
    }

    fn against_code(&self, code: u8, timeout_seconds: u64) -> Option<Found> {
        let got = match &self.ended {
            Ended::Exit(got) if *got == code => return None,
            Ended::Exit(got) => format!("exit code {got}"),
            Ended::Signal(Some(number), name) => format!("signal {number} ({name})"),
            Ended::Signal(None, name) => format!("signal {name}"),
            Ended::TimedOut => format!("a command that still runs after {timeout_seconds} s"),
        };
        Some(Found { expected: format!("exit code {code}"), got, expectation: None })
    }

    fn against_probe(&self, expected: &str, timeout_seconds: u64) -> Option<Found> {
        if self.ended == Ended::Exit(0) {
            return None;
        }
        let stderr = String::from_utf8_lossy(&self.stderr);
        let status = stderr.lines().rev().find_map(|line| line.strip_prefix(HTTP_STATUS));
        let got = match status.map(str::trim) {
            // What curl prints without an answer.
            Some("000" | "") => "no answer".to_owned(),
            Some(status) => format!("{HTTP_STATUS}{}", quoted(status)),
            None => "none".to_owned(),
        };
        let got = format!("{got} within {timeout_seconds} s");
        Some(Found { expected: quoted(expected), got, expectation: None })
    }

    /// The last lines of both streams.
    fn last_lines(&self, redaction: &Redaction) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.end);
        // Part of a line could be part of a secret.
        let text =
            if self.is_cut { text.split_once('\n').map_or("", |(_, whole)| whole) } else { &text };
        let lines = plain_lines(&redaction.clean(text));
        let lines: Vec<_> = lines.iter().filter(|line| !line.trim().is_empty()).collect();
        let first = lines.len().saturating_sub(TAIL);
        lines[first..].iter().map(|line| clipped(line, MAX_LINE)).collect()
    }
}

/// What a stream is instead of what is expected of it.
fn against(
    stream: &str,
    bytes: &[u8],
    expectation: Option<&Spanned<Expectation>>,
    redaction: &Redaction,
) -> Option<Found> {
    let expectation = expectation?;
    let text = String::from_utf8_lossy(bytes);
    let (holds, expected) = match &expectation.value {
        Expectation::Contains(part) => {
            (text.contains(part.as_str()), format!("`{}` in its {stream}", quoted(part)))
        }
        Expectation::Matches(pattern) => (
            // A pattern that is none is an error of the manifest. `$` is the end of the last line.
            Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(without_line_break(&text))),
            format!("`{}` to match its {stream}", quoted(pattern)),
        ),
    };
    if holds {
        return None;
    }
    let lines = plain_lines(&redaction.clean(&text));
    let got = match lines.as_slice() {
        [] => "nothing".to_owned(),
        [line] if line.trim().is_empty() => "an empty line".to_owned(),
        [line] => format!("`{}`", quoted(line)),
        lines => format!("{} lines without it", lines.len()),
    };
    Some(Found { expected, got, expectation: Some(expectation.span) })
}

/// A text without its final line break.
fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// A text on one line, shortened.
fn quoted(text: &str) -> String {
    clipped(&plain_lines(text).join("⏎"), MAX_QUOTED)
}
