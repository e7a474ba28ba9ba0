//! The step that a failed build's log names last, where the platform does not name the failed one.

use super::Reason;
use crate::lower::Plan;

/// Guesses the failed step from a log's lines, if the platform does not say which step failed and
/// the log repeats the commands that are run.
///
/// Builders of images write a command into their log when they come to it, so the last one that is
/// there whole is the one to look at; a log that names none leaves the question open.
#[must_use]
pub fn last_named<'a>(
    plan: &Plan,
    log: impl DoubleEndedIterator<Item = &'a str>,
) -> Option<Reason> {
    if plan.platform.facts().names_failed_step {
        return None;
    }
    let step = log.rev().find_map(|line| {
        let named = plan.commands().filter(|(_, command)| names(line, command));
        // A line may hold a shorter command within a longer one.
        named.max_by_key(|(_, command)| command.len()).map(|(step, _)| step)
    })?;
    let message = "the last step that the build's log names".to_owned();
    Some(Reason { message, step: Some(step) })
}

/// Whether a line of a log is about a command, and does not just hold its words: `make` alone
/// stands in many lines.
fn names(line: &str, command: &str) -> bool {
    let line = line.trim();
    ["RUN ", "sh -c ", "+ "].iter().any(|before| {
        line.match_indices(before).any(|(at, _)| line[at + before.len()..].starts_with(command))
    }) || line == command
}
