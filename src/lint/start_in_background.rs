//! `start-in-background`: the start command leaves a process in the background.

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
        Background::Ampersand => "remove the `&`",
        Background::Program(remedy) => remedy,
    };
    diagnostics.push(
        Diagnostic::new(
            Code::StartInBackground,
            span,
            "the start command puts itself in the background",
        )
        .label("its shell exits with 0, so the build does not notice if the program fails")
        .help(format!("{remedy}; the platform itself runs the command in the background")),
    );
}
