//! The log of a failed step as lines to search and to show.

use crate::lower::BuildStep;
use crate::scalar::{clipped, plain_lines};
use crate::secrets::Redaction;
use crate::submit::LogLine;

/// The number of characters shown of a line: pip lists every version of a package in one line.
const MOST_SHOWN: usize = 240;

/// The number of characters searched of a line.
const MOST_SEARCHED: usize = 2000;

/// A line of a log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The line as it is shown.
    pub(super) shown: String,
    /// The output of a tool; `None` for a line of the builder itself, which repeats the command
    /// and so proves nothing.
    pub(super) text: Option<String>,
    /// The source of the line, if the platform names it: `start`, `ready`, `builder 3/9`.
    pub(super) writer: Option<String>,
}

impl Line {
    pub(super) fn new(line: &str) -> Self {
        let (writer, text) = match written_by(line) {
            Some((writer, text)) => (Some(writer.to_owned()), text),
            None => (None, without_clock(line)),
        };
        let own = writer.is_none() && is_of_builder(text);
        let shown = match &writer {
            Some(writer) if !writer.starts_with("builder ") => format!("[{writer}] {text}"),
            _ => text.to_owned(),
        };
        let text = (!own).then(|| text.trim().chars().take(MOST_SEARCHED).collect());
        Self { shown, text, writer }
    }

    /// Whether the builder wrote it, not a tool.
    pub(super) const fn is_builder_s(&self) -> bool {
        self.text.is_none()
    }
}

/// Splits `[builder 3/9] [stderr]: text`, the format of E2B's builder for the output of a command.
fn written_by(line: &str) -> Option<(&str, &str)> {
    let (writer, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let text = rest.strip_prefix("[stdout]: ").or_else(|| rest.strip_prefix("[stderr]: "))?;
    Some((writer, text))
}

/// Removes the prefix `#12 0.532 ` of `BuildKit`.
fn without_clock(line: &str) -> &str {
    let Some((number, rest)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) else {
        return line;
    };
    let Some((clock, text)) = rest.split_once(' ') else { return line };
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    if is_number(number) && is_number(clock) { text } else { line }
}

/// The prefixes of lines of the builder itself.
const BEGINNINGS: &[&str] = &[
    "[builder ",
    "[base] ",
    "[finalize] ",
    "[resize-disk] ",
    "[optimize] ",
    "Build failed: ",
    "Running start command: ",
    "Waiting for template to be ready: ",
    "Template is not ready: ",
    "Step ",
    "RUN ",
    "The command '/bin/sh -c ",
    "ERROR: process \"/bin/sh -c ",
    "ERROR: failed to solve: process ",
    "error: failed to solve: process ",
];

/// Whether a line is from the builder itself: phases and commands of E2B, steps and the final error
/// of an image builder.
fn is_of_builder(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("CACHED ").unwrap_or(line);
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        || line.starts_with('#') && line.contains(" RUN ")
}

/// The lines of a step, or of the whole build if the failed step is unknown, with secrets redacted.
pub(super) fn of_step(
    log: &[LogLine],
    step: Option<&BuildStep>,
    redaction: &Redaction,
) -> Vec<Line> {
    let of_step = log.iter().filter(|entry| step.is_none() || entry.step.as_ref() == step);
    let lines = of_step.flat_map(|entry| plain_lines(&redaction.clean(&entry.message)));
    lines.filter(|line| !line.trim().is_empty()).map(|line| Line::new(&line)).collect()
}

/// The last lines to show. Of equal lines only the last one is kept, since a readiness check
/// repeats its output every two seconds.
pub(super) fn tail(lines: &[Line], most: usize) -> Vec<String> {
    let mut kept: Vec<&str> = Vec::new();
    for line in lines.iter().rev() {
        if kept.len() < most && !kept.contains(&line.shown.as_str()) {
            kept.push(&line.shown);
        }
    }
    kept.iter().rev().map(|line| clipped(line, MOST_SHOWN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::LogLevel;

    #[test]
    fn lines_of_tools_and_of_the_builder_are_distinguished() {
        for (line, text, writer) in [
            ("[builder 3/9] [stderr]: E: no", Some("E: no"), Some("builder 3/9")),
            ("[start] [stdout]: up", Some("up"), Some("start")),
            ("[builder 3/9] RUN sudo: command not found [abc]", None, None),
            ("CACHED [builder 1/9] RUN x [abc]", None, None),
            ("#12 0.532 E: no", Some("E: no"), None),
            ("#12 [3/4] RUN apt-get install x", None, None),
            ("# 1 comment", Some("# 1 comment"), None),
            ("Step 7/9 : RUN x", None, None),
            ("[notice] A new release of pip", Some("[notice] A new release of pip"), None),
        ] {
            let read = Line::new(line);
            assert_eq!((read.text.as_deref(), read.writer.as_deref()), (text, writer), "{line}");
        }
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_line_is_clipped() {
        let secret = "password-of-the-test";
        let message = format!("{}{secret}{}", "x".repeat(MOST_SHOWN - 8), "y".repeat(MOST_SHOWN));
        let entry = LogLine { timestamp: None, level: LogLevel::Info, message, step: None };
        let lines = of_step(&[entry], None, &Redaction::of([secret]));
        let shown = tail(&lines, 1);
        assert!(!shown[0].contains("pass"), "{shown:?}");
    }

    #[test]
    fn a_long_line_is_clipped() {
        let shown = tail(&[Line::new(&"ö".repeat(5000))], 1);
        assert_eq!(shown[0].chars().count(), 241);
    }
}
