//! `lost-background-process`: a step ends while a process that it started is in the background.

use super::background::{self, Background};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // Only the last command: later commands of the same step may use the process.
        let Some((last, how)) = background::last(step.script) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
        let label = match how {
            Background::Ampersand => "`&` leaves it in the background",
            Background::Program(_) => "the program puts itself in the background",
        };
        diagnostics.push(
            Diagnostic::new(
                Code::LostBackgroundProcess,
                span,
                "the background process of a step does not run in the sandbox",
            )
            .label(label)
            .help(words_for(
                span,
                "move it to `start` if the sandbox needs it; if the build needs it, start it in \
                 the step that uses it",
                "move it to `CMD` if the sandbox needs it; if the build needs it, start it in the \
                 `RUN` that uses it",
            )),
        );
    }
}
