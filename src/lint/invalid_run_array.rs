//! `invalid-run-array`: commands of one array are joined with ` && `, and one of them does not bear it.

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
        let (message, help) = told(broken);
        diagnostics.push(
            Diagnostic::new(Code::InvalidRunArray, span, message)
                .label("the commands of an array become one line, joined with ` && `")
                .help(help),
        );
    }
}

/// The first command that does not bear to be joined; others may break for the same reason.
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

fn told(broken: Broken) -> (&'static str, &'static str) {
    match broken {
        Broken::Comment => (
            "the comment takes in every command that follows",
            "write the comment into the manifest, behind a `#` outside of the quotes",
        ),
        Broken::HereDocument => (
            "the here-document takes in every command that follows",
            "give it a step of its own, or make it the last command of the array",
        ),
        Broken::LineBreak => (
            "a line break is followed by ` && `, where no command may begin",
            "end the text without a line break, or give it a step of its own",
        ),
        Broken::Operator => (
            "an operator meets ` && `, which no shell understands",
            "remove the operator, or write what belongs together as one string",
        ),
        Broken::Keyword => (
            "a compound command is taken apart by ` && `",
            "write the whole of it as one string, with `;` between its parts",
        ),
        Broken::Backslash => (
            "the backslash makes an argument of the blank that follows",
            "remove the backslash: each command of an array is complete",
        ),
        Broken::Quote => (
            "a quote is open where the command ends",
            "close it, or write what belongs together as one string",
        ),
    }
}
