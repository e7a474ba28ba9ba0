//! What a plan calls a step.

use super::subject::Subject;
use crate::lower::LoweredStep;
use crate::plan::title;
use crate::source::{FileId, Span};
use crate::template::Origin;

/// The most characters of a title.
const MOST: usize = 60;

/// The title of a step, on one short line: its label, what it does, or for a command the text that it
/// was made of.
pub(super) fn step_title(subject: &Subject, at: usize) -> String {
    let Some(step) = subject.plan.steps.get(at) else { return String::new() };
    let title = written(subject, step).unwrap_or_else(|| title(step));
    if title.chars().count() <= MOST {
        return title;
    }
    title.chars().take(MOST - 1).chain(['…']).collect()
}

/// The text that a command was made of, such as `apt git curl`, or an instruction of a Dockerfile.
fn written(subject: &Subject, step: &LoweredStep) -> Option<String> {
    let is_command = step.request.is_string() || step.request["type"] == "RUN";
    let Origin::Written(span) = step.origin else { return None };
    if !is_command || step.label.is_some() {
        return None;
    }
    let source = subject.analysis.sources.get(span.file);
    // Secrets are masked in it.
    let text = source.shown();
    let words = one_line(text.get(span.start..span.end)?);
    if span.file != FileId::MANIFEST {
        return Some(words);
    }
    let key = key_before(text, span)?;
    Some(format!("{key} {}", without_quotes(&words)))
}

/// The key whose value is at a place.
fn key_before(text: &str, span: Span) -> Option<&str> {
    let before = text.get(..span.start)?.trim_end().strip_suffix('=')?.trim_end();
    let start =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    before.get(start..).filter(|key| !key.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A string, or a list of strings, without what TOML writes around them.
fn without_quotes(value: &str) -> String {
    let is_list = value.starts_with('[') && value.ends_with(']') && !value.contains('{');
    let words = if is_list { value[1..value.len() - 1].trim() } else { value };
    if !is_list && value.contains('{') && !value.starts_with(['"', '\'']) {
        return value.to_owned();
    }
    let items = if is_list { words.split(", ").collect::<Vec<_>>() } else { vec![words] };
    let bare = |item: &str| {
        let item = item.trim_end_matches(',').trim();
        item.trim_matches(|c| c == '"' || c == '\'').trim().to_owned()
    };
    items.into_iter().map(bare).collect::<Vec<_>>().join(" ").trim().to_owned()
}
