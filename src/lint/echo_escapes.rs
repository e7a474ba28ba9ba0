//! `echo-escapes`: `echo` with escapes, which Docker's shell interprets and the platform's does not.
//!
//! Docker runs `RUN` with `/bin/sh`, which is dash on Debian and Ubuntu: its `echo` prints a line
//! break for `\n`. Steps run in bash, whose `echo` prints the two characters.

use super::shell::{Separator, Simple, Word};
use super::{LintContext, Step, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if !ctx.inputs.platform.facts().steps_in_login_shell
        || !base::image(&template.base).is_some_and(|image| image.distribution.has_apt())
    {
        return;
    }
    let mut has_shell = None;
    for step in ctx.scripts() {
        // Inner shells are the same in both.
        let found = step.script.commands.iter().find_map(|command| escaped(command));
        let Some(span) = found.and_then(|word| ctx.place(&step, word.range.clone())) else {
            continue;
        };
        if span.file == FileId::MANIFEST
            || *has_shell.get_or_insert_with(|| names_shell(ctx, span))
            || !is_shell_form(ctx, &step)
        {
            continue;
        }
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

/// Whether the Dockerfile at a place chooses another shell with `SHELL`.
fn names_shell(ctx: &LintContext<'_>, place: Span) -> bool {
    ctx.inputs.sources.get(place.file).text().lines().any(|line| {
        line.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("shell "))
    })
}

/// Whether Docker runs a step with the image's `/bin/sh`: it is no exec form, and no here-document,
/// whose first line may name another shell.
fn is_shell_form(ctx: &LintContext<'_>, step: &Step<'_>) -> bool {
    let span = step.instruction.spans.lines.or(step.instruction.origin.span());
    let text = |span: Span| ctx.inputs.sources.get(span.file).text().get(span.start..span.end);
    let written = span.and_then(text).unwrap_or_default();
    let rest = written.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    !rest.starts_with('[') && !written.contains("<<")
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
