//! `start-in-background`: the start command ends at once and leaves its work to the background.

use super::LintContext;
use super::background::{self, Background};
use super::place;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let (Some(script), Some(start)) = (&ctx.start, &ctx.inputs.template.start) else {
        return;
    };
    let Some((last, how)) = background::last(script) else { return };
    let Some(whole) = start.origin.span() else { return };
    let span = place::part(ctx.inputs.sources, whole, &start.text, last.range.clone());
    let remedy = match how {
        Background::Ampersand => "leave out the `&`",
        Background::Program(remedy) => remedy,
    };
    diagnostics.push(
        Diagnostic::new(
            Code::StartInBackground,
            span,
            "the start command goes into the background and ends at once",
        )
        .label("nothing watches over it")
        .help(format!("{remedy}; the platform runs the command in the background by itself")),
    );
}
