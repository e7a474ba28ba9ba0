//! `not-on-path` and `path-lost-in-login-shell`: a shell does not find a program, because the
//! directory that it is in is not in the `PATH` of that shell.
//!
//! The second code is for directories that a variable or the image puts into `PATH`, and that the
//! login shell of a step does not have. The first is for those that nothing puts there: see
//! [`Search`](super::model::Search).

use std::collections::BTreeSet;
use std::ops::Range;

use super::model::{Caller, Place, Source, changes_lookup};
use super::{LintContext, Part, Whose, base, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::InstructionKind;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if base::image(&template.base).is_none() || !ctx.inputs.platform.facts().steps_in_login_shell {
        return;
    }
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    for part in ctx.parts().chain(ctx.ready_part()) {
        for missed in missed(ctx, &part) {
            let span = part.place(ctx, missed.range.clone());
            let found = span.and_then(|span| diagnose(ctx, &part, &missed, span));
            // The fix is the same for all programs of a directory.
            if found.is_some() && reported.insert(&missed.place.directory) {
                diagnostics.extend(found);
            }
        }
    }
}

/// A call of a program that is not found.
struct Missed<'a> {
    program: &'a str,
    range: Range<usize>,
    place: &'a Place,
    caller: Caller<'a>,
}

/// The calls of a script that certainly do not find their program.
fn missed<'a>(ctx: &'a LintContext<'_>, part: &Part<'a>) -> Vec<Missed<'a>> {
    // Another login shell has another `PATH`.
    let has_shells = part.script.shells().nth(1).is_some();
    let calls = part.executions.iter().take_while(|call| !changes_lookup(call.command));
    let found = calls.filter_map(|call| {
        let program = call.command.command().first()?.literal.as_deref()?;
        let is_start = !matches!(part.whose, Whose::Step(_));
        let caller = Caller { at: call.at, user: call.user, is_start };
        let place = ctx.model.search.missed(program, caller).filter(|_| call.is_certain)?;
        let is_clear = match place.source {
            Source::Image => true,
            // Another user does not find it by its path, either.
            Source::Variable => !is_closed(&place.directory, caller),
            Source::Command(_) => !has_shells && !call.command.has_sudo() && call.user.is_some(),
        };
        is_clear.then(|| Missed { program, range: call.command.range.clone(), place, caller })
    });
    found.collect()
}

/// Whether a directory is in the home of root, which the user cannot enter.
fn is_closed(directory: &str, caller: Caller<'_>) -> bool {
    directory.starts_with("/root/") && caller.user != Some(ROOT)
}

fn diagnose(
    ctx: &LintContext<'_>,
    part: &Part<'_>,
    missed: &Missed<'_>,
    span: Span,
) -> Option<Diagnostic> {
    let Missed { program, place, .. } = missed;
    let directory = &place.directory;
    let variable = ctx.model.search.named_by(directory, missed.caller);
    match (&place.source, variable) {
        (Source::Image, _) => {
            Some(of_image(program, span, directory, ctx.inputs.template.base.span))
        }
        (_, Some(at)) => {
            Some(of_variable(program, span, directory, variable_span(ctx, at.instruction)?))
        }
        (Source::Command(range), None) => {
            let (id, _) = ctx.inputs.template.numbered().nth(place.since.instruction)?;
            let from = ctx.place(&ctx.step(id)?, range.clone());
            let found = of_command(part, missed, span);
            Some(match from {
                Some(from) => found.related(from, "installed there"),
                None => found,
            })
        }
        (Source::Variable, None) => None,
    }
}

fn variable_span(ctx: &LintContext<'_>, instruction: usize) -> Option<Span> {
    let instruction = ctx.inputs.template.instructions.get(instruction)?;
    let InstructionKind::Env { variables, .. } = &instruction.kind else { return None };
    let at = variables.iter().rposition(|(name, _)| name == "PATH")?;
    instruction.spans.values.get(at).copied().or(instruction.origin.span())
}

fn of_image(program: &str, span: Span, directory: &str, image: Span) -> Diagnostic {
    let message = format!("`{directory}` is not in the `PATH` of the shell that runs `{program}`");
    Diagnostic::new(Code::PathLostInLoginShell, span, message)
        .label("fails with \"command not found\": steps and the start command do not get the image's `PATH`")
        .related(image, "the image has the program there")
        .help(format!(
            "call `{directory}/{program}`, or put `export PATH=\"{directory}:$PATH\"` before it"
        ))
}

fn of_variable(program: &str, span: Span, directory: &str, variable: Span) -> Diagnostic {
    let message = format!("`{directory}` is not in the `PATH` of the step that runs `{program}`");
    Diagnostic::new(Code::PathLostInLoginShell, span, message)
        .label("a step runs in a login shell, which resets `PATH`")
        .related(variable, "only start, ready and the sandbox see this `PATH`")
        .help(format!(
            "call `{directory}/{program}`, or put `export PATH=\"{directory}:$PATH\"` before it \
             in the same step"
        ))
}

fn of_command(part: &Part<'_>, missed: &Missed<'_>, span: Span) -> Diagnostic {
    let Missed { program, place, caller, .. } = missed;
    let directory = &place.directory;
    let runs = if caller.is_start { ", which runs" } else { " that runs" };
    let name = part.name();
    let message = format!("`{directory}` is not in the `PATH` of {name}{runs} `{program}`");
    let label = if place.since.instruction == caller.at.instruction {
        "fails with \"command not found\": a shell keeps the `PATH` that it began with"
    } else {
        "fails with \"command not found\""
    };
    Diagnostic::new(Code::NotOnPath, span, message).label(label).help(help(missed, span))
}

fn help(missed: &Missed<'_>, span: Span) -> String {
    let Missed { program, place: Place { directory, .. }, caller, .. } = missed;
    if is_closed(directory, *caller) {
        return format!(
            "install it outside of `/root`, which only root can enter, or as the user who runs \
             `{program}`"
        );
    }
    if directory.ends_with("node_modules/.bin") {
        return format!("write `npx {program}`");
    }
    let call = format!("call `{directory}/{program}`");
    if !caller.is_start {
        return format!(
            "{call}, or put `export PATH=\"{directory}:$PATH\"` before it in the same step"
        );
    }
    let manifest = format!("{call}, or set `PATH = \"{directory}:$PATH\"` in `env`");
    let dockerfile = format!("{call}, or write `ENV PATH={directory}:$PATH`");
    words_for(span, &manifest, &dockerfile).to_owned()
}
