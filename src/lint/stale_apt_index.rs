//! `stale-apt-index`: the package index is updated in one step and used in another.

use super::shell::{Call, Simple};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

mod removed;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    removed::check(ctx, diagnostics);
    // The last `apt-get update` without an install in the same step.
    let mut fetched: Option<Span> = None;
    for step in ctx.scripts() {
        let asks = |call: &Call<'_>| subcommand(call.command) == Some("update");
        let updated = step.script.calls().find(asks);
        let installs =
            |call: &Call<'_>| subcommand(call.command) == Some("install") && call.runs_always();
        let installed = step.script.calls().find(installs);
        if step.instruction.no_cache {
            // The step runs in each build, so the index is current.
            fetched = None;
            continue;
        }
        match (updated, installed) {
            (Some(call), None) => fetched = update(ctx, &step, &call),
            (Some(_), Some(_)) => fetched = None,
            (None, Some(Call { command, .. })) => {
                let Some(from) = fetched.take() else { continue };
                let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
                diagnostics.push(
                    Diagnostic::new(
                        Code::StaleAptIndex,
                        span,
                        "`apt-get install` uses the package index of another step",
                    )
                    .label(
                        "when the step that ran `apt-get update` is cached, its index can be \
                         outdated",
                    )
                    .related(from, "the index is updated here")
                    .help(words_for(
                        span,
                        "put `apt-get update && ` before it, or install with `apt = [\"…\"]`, \
                         which updates the index itself",
                        "put `apt-get update && ` before it",
                    )),
                );
            }
            (None, None) => {}
        }
    }
}

fn update(ctx: &LintContext<'_>, step: &super::Step<'_>, call: &Call<'_>) -> Option<Span> {
    // A conditional update may serve another purpose.
    call.runs_always().then_some(())?;
    ctx.place(step, call.command.range.clone())
}

/// The subcommand of `apt` or `apt-get`.
fn subcommand(command: &Simple) -> Option<&str> {
    command.program().filter(|program| matches!(*program, "apt" | "apt-get"))?;
    let mut arguments = command.arguments().filter(|word| !word.starts_with('-'));
    arguments.find(|word| matches!(*word, "update" | "install" | "upgrade" | "dist-upgrade"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn the_subcommand_is_found_behind_options() {
        for (text, found) in [
            ("apt-get -o X=1 update -qq", Some("update")),
            ("sudo apt install -y update", Some("install")),
            ("apt-cache update", None),
        ] {
            let script = Script::read(text).expect("valid shell");
            assert_eq!(subcommand(&script.commands[0]), found, "{text}");
        }
    }
}
