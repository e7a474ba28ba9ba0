//! What is sent for a part of the manifest, and under which conditions a step runs.

use std::ops::Range;

use crate::pipeline::Analysis;
use crate::scalar::clipped;
use crate::source::{FileId, Span};
use crate::template::{Instruction, InstructionKind};

/// The most characters of one step that are shown.
const MOST_TEXT: usize = 400;

/// The most steps that are shown.
const MOST_STEPS: usize = 6;

/// The parts of the build requests that a range of the manifest becomes, each with the platforms that
/// get it, of the manifest on each platform. Those with a secret are not shown.
pub(super) fn requests(all: &[Analysis], range: &Range<usize>) -> Option<String> {
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for analysis in all {
        let Some(text) = sent(analysis, range) else { continue };
        let name = format!("`{}`", analysis.platform.name());
        match texts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, platforms)) => platforms.push(name),
            None => texts.push((text, vec![name])),
        }
    }
    let shown = texts.into_iter().map(|(text, platforms)| {
        format!("Sent to {}:\n\n```json\n{text}\n```", platforms.join(", "))
    });
    let shown: Vec<_> = shown.collect();
    (!shown.is_empty()).then(|| shown.join("\n\n"))
}

/// The steps that a range becomes on one platform; `None` if it has none, or errors.
fn sent(analysis: &Analysis, range: &Range<usize>) -> Option<String> {
    let plan = analysis.preview()?;
    let steps = plan.steps.iter().filter(|step| is_in(step.origin.span(), range));
    let steps: Vec<_> = steps.map(|step| step.request.to_string()).collect();
    if steps.is_empty() || steps.iter().any(|step| analysis.holds_secret(step)) {
        return None;
    }
    let mut lines: Vec<_> =
        steps.iter().take(MOST_STEPS).map(|step| clipped(step, MOST_TEXT)).collect();
    if let more @ 1.. = steps.len().saturating_sub(MOST_STEPS) {
        lines.push(format!("… and {more} more"));
    }
    Some(lines.join("\n"))
}

/// The user and the directory of the command that a step becomes, as far as the manifest or its
/// Dockerfile sets them.
pub(super) fn conditions(analysis: &Analysis, table: &Range<usize>) -> Option<String> {
    let is_here = |instruction: &Instruction| is_in(instruction.origin.span(), table);
    let instructions = &analysis.template.instructions;
    let at = instructions.iter().position(is_here)?;
    let InstructionKind::Run(run) = &instructions[at].kind else { return None };
    let above = || instructions[..at].iter().rev().map(|instruction| &instruction.kind);
    let set = above().find_map(|kind| match kind {
        InstructionKind::User(user) => Some(user.name.as_str()),
        _ => None,
    });
    let directory = above().find_map(|kind| match kind {
        InstructionKind::Workdir(path) => Some(path.as_str()),
        _ => None,
    });
    match (run.user.as_deref().or(set), directory) {
        (Some(user), Some(directory)) => Some(format!("Runs as `{user}` in `{directory}`.")),
        (Some(user), None) => Some(format!("Runs as `{user}`.")),
        (None, Some(directory)) => Some(format!("Runs in `{directory}`.")),
        (None, None) => None,
    }
}

/// Whether a span of the manifest begins in a range.
fn is_in(span: Option<Span>, range: &Range<usize>) -> bool {
    span.is_some_and(|span| span.file == FileId::MANIFEST && range.contains(&span.start))
}
