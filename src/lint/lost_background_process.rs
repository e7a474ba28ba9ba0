//! `lost-background-process`: a step ends with a process that it leaves behind.

use super::LintContext;
use super::background::{self, Background};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // Where more follows in the same step, the process may be there for that only.
        let Some((last, how)) = background::last(step.script) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
        let label = match how {
            Background::Ampersand => "it is left behind when the step ends",
            Background::Program(_) => "it goes into the background by itself",
        };
        diagnostics.push(
            Diagnostic::new(
                Code::LostBackgroundProcess,
                span,
                "no sandbox has the process that this step leaves behind",
            )
            .label(label)
            .help(
                "what shall run in the sandbox belongs into `start`; what the build needs is \
                 started in the step that needs it",
            ),
        );
    }
}
