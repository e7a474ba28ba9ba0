//! `lost-background-process`: a step ends while a process that it started is in the background.

use super::background::{self, Background};
use super::shell::{Script, Separator, Simple};
use super::{LintContext, held_output, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let waits = ctx.inputs.platform.facts().waits_for_output;
    for step in ctx.scripts() {
        // Only at the end: other commands of the same step may use the process.
        let found = background::left(step.script).and_then(|(last, how)| match how {
            // The step ends when the process does.
            Background::Ampersand if waits && held_output::holds(step.script, last) => None,
            Background::Ampersand => Some((last, "`&` leaves it in the background")),
            Background::Program(_) => Some((last, "the program puts itself in the background")),
        });
        let service = || service(step.script).map(|last| (last, "the service ends with the build"));
        let Some((last, label)) = found.or_else(service) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
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

/// The last command of a script, if it starts a service and nothing after it can use that.
fn service(script: &Script) -> Option<&Simple> {
    let last = script.commands.last()?;
    let is_last = script.runs_always(last)
        && matches!(last.after, Separator::Edge | Separator::Then)
        && last.before != Separator::Pipe;
    let words: Vec<&str> = last.command().iter().map(|word| word.prefix.as_str()).collect();
    let starts = |word: &str| matches!(word, "start" | "restart");
    let is_service = match words.as_slice() {
        ["service" | "invoke-rc.d" | "/usr/sbin/service", _, action]
        | ["systemctl", action, _]
        | ["pg_ctlcluster", _, _, action] => starts(action),
        [script, action] => script.starts_with("/etc/init.d/") && starts(action),
        _ => false,
    };
    (is_last && is_service).then_some(last)
}
