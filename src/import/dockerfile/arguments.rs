//! Build arguments without a value, which commands see as empty variables.

use std::collections::BTreeSet;

use crate::dockerfile::{Dockerfile, Keyword};
use crate::import::note::{Effect, Note};
use crate::source::Spanned;
use crate::template::{InstructionKind, Template};

/// Reports the arguments without a value that commands of the template use. Where another
/// instruction uses one, the conversion has reported it there.
pub(super) fn unset(dockerfile: &Dockerfile, template: &Template, notes: &mut Vec<Note>) {
    let arguments = dockerfile.unset_arguments();
    let mut unset: BTreeSet<_> = arguments.iter().map(|argument| argument.value.as_str()).collect();
    for instruction in &template.instructions {
        if let InstructionKind::Env { variables, .. } = &instruction.kind {
            // A value that the import was given.
            for (name, _) in variables {
                unset.remove(name.as_str());
            }
        }
    }
    if unset.is_empty() {
        return;
    }
    let stages: Vec<_> = dockerfile
        .instructions()
        .iter()
        .filter(|it| it.keyword == Keyword::From)
        .map(|it| it.place().start)
        .collect();
    let stage_of = |place: usize| stages.partition_point(|start| *start <= place);
    let commands: Vec<_> = template
        .instructions
        .iter()
        .filter_map(|instruction| {
            let InstructionKind::Run(run) = &instruction.kind else { return None };
            let span = instruction.origin.span().filter(|span| span.file == dockerfile.file())?;
            Some((span.start, run.command.as_str()))
        })
        .collect();
    for Spanned { value: name, span } in &arguments {
        let is_used = unset.contains(name.as_str())
            && commands.iter().any(|(place, command)| {
                *place > span.start
                    && stage_of(*place) == stage_of(span.start)
                    && uses(command, name)
            });
        if is_used {
            let message = format!("`{name}` has no value");
            notes.push(Note::new(Effect::Changed, Some(*span), message).help(format!(
                "give `{name}` a value in the manifest's `build_env`, or a default in its `ARG`"
            )));
        }
    }
}

/// Whether a command has the value of a variable filled in, without another one in its place where
/// that is empty.
fn uses(command: &str, name: &str) -> bool {
    command.match_indices('$').any(|(at, _)| {
        let rest = &command[at + 1..];
        let (rest, is_braced) = match rest.strip_prefix('{') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let Some(after) = rest.strip_prefix(name) else { return false };
        let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let has_other = is_braced && after.trim_start_matches(':').starts_with(['-', '+', '=']);
        !goes_on && !has_other && !command[..at].ends_with('\\')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_used_where_nothing_takes_its_place() {
        for command in ["a==$V", "echo ${V}", "echo \"${V%%.*}\"", "x $$V", "${V:?}"] {
            assert!(uses(command, "V"), "{command}");
        }
        for command in ["", "V=1", "$VERSION", "${VERSION}", "${V:-1}", "${V-1}", "${V:+a}", "\\$V"]
        {
            assert!(!uses(command, "V"), "{command}");
        }
    }
}
