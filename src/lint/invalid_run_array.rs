//! `invalid-run-array`: the commands of an array are joined with ` && `, which breaks one of them.

use std::ops::Range;

use super::shell::join::{self, Broken};
use super::{LintContext, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::template::Instruction;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for instruction in &ctx.inputs.template.instructions {
        let Some((command, broken, range)) = first(instruction) else { continue };
        let span = place::part(ctx.inputs.sources, command.span, &command.value, range);
        let (message, help) = explain(broken);
        diagnostics.push(
            Diagnostic::new(Code::InvalidRunArray, span, message)
                .label("the commands of an array are joined into one line with ` && `")
                .help(help),
        );
    }
}

/// The first command that joining breaks; later ones may break as a consequence.
pub(super) fn first(instruction: &Instruction) -> Option<(&Spanned<String>, Broken, Range<usize>)> {
    let commands = &instruction.spans.joined;
    let last = commands.len().saturating_sub(1);
    commands.iter().enumerate().find_map(|(at, command)| {
        let end = || join::at_end(&command.value).filter(|_| at < last);
        let start = || join::at_start(&command.value).filter(|_| at > 0);
        let (broken, range) = end().or_else(start)?;
        Some((command, broken, range))
    })
}

fn explain(broken: Broken) -> (&'static str, &'static str) {
    match broken {
        Broken::Comment => (
            "the comment in `run` also comments out the commands that follow",
            "move the comment out of the string, and write it as a TOML comment",
        ),
        Broken::HereDocument => (
            "the here-document in `run` includes the commands that follow",
            "move it to its own step, or make it the last command of the array",
        ),
        Broken::LineBreak => (
            "a command in `run` ends with a line break, so the next line would begin with `&&`",
            "remove the line break at the end, or move the command to its own step",
        ),
        Broken::Operator => (
            "a command in `run` begins or ends with an operator, which cannot stand next to `&&`",
            "remove the operator, or write the commands as one string",
        ),
        Broken::Keyword => (
            "a compound command is split over several strings of `run`",
            "write the whole compound command as one string, with `;` between its parts",
        ),
        Broken::Backslash => (
            "a command in `run` ends with a backslash, which escapes the space before `&&`",
            "remove the backslash: each string of the array is a complete command",
        ),
        Broken::Quote => (
            "a command in `run` has an unclosed quote",
            "close the quote, or write the whole command as one string",
        ),
    }
}
