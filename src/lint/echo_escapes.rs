//! `echo-escapes`: `echo` with escapes, which Docker's shell interprets and the platform's does not.
//!
//! Docker runs `RUN` with `/bin/sh`, which is dash on Debian and Ubuntu: its `echo` prints a line
//! break for `\n`. Steps run in bash, whose `echo` prints the two characters.

use super::shell::{Separator, Simple, Word};
use super::{LintContext, Step, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::FileId;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if !ctx.inputs.platform.facts().steps_in_login_shell
        || !base::image(&template.base).is_some_and(|image| image.distribution.has_apt())
    {
        return;
    }
    for step in ctx.scripts() {
        if !is_in_dash(ctx, &step) {
            continue;
        }
        // Inner shells are the same in both.
        let found = step.script.commands.iter().find_map(|command| escaped(command));
        let Some(span) = found.and_then(|word| ctx.place(&step, word.range.clone())) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::new(
                Code::EchoEscapes,
                span,
                "`echo` writes `\\n` and `\\t` as they are written here",
            )
            .label("in Docker, `/bin/sh` is dash, which writes a line break or a tab")
            .help("write `printf '%b\\n'` instead of `echo`, which is the same in each shell"),
        );
    }
}

/// Whether Docker would run a step with the image's `/bin/sh`.
fn is_in_dash(ctx: &LintContext<'_>, step: &Step<'_>) -> bool {
    let span = step.instruction.spans.lines.or(step.instruction.origin.span());
    let Some(span) = span.filter(|span| span.file != FileId::MANIFEST) else { return false };
    let text = ctx.inputs.sources.get(span.file).text();
    // `SHELL` chooses another, and so may a `#!` line of a here-document.
    let has_shell = text.lines().any(|line| {
        line.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("shell "))
    });
    let written = text.get(span.start..span.end).unwrap_or_default();
    let is_exec = written.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    !has_shell && !is_exec.starts_with('[') && !written.contains("<<")
}

/// A word with an escape that `echo` writes to a file or into a pipe.
fn escaped(command: &Simple) -> Option<&Word> {
    let is_kept = command.after == Separator::Pipe
        || command.redirects.iter().any(super::shell::Redirect::writes);
    if command.program() != Some("echo") || command.has_sudo() || !is_kept {
        return None;
    }
    let mut words = command.command().iter().skip(1);
    // `-e` makes bash interpret escapes, and dash print the option.
    let has_option = command
        .arguments()
        .next()
        .is_some_and(|first| first.starts_with('-') && first != "-n" && first != "-");
    let has_escape = |word: &&Word| {
        let text = word.literal.as_deref().unwrap_or(&word.prefix);
        word.quoted && (text.contains("\\n") || text.contains("\\t")) && !text.contains("\\\\")
    };
    words.find(has_escape).filter(|_| !has_option)
}
