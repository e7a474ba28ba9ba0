//! An installation after a step that removed the package index.

use std::collections::BTreeSet;

use super::subcommand;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::lint::model::{Execution, updates_no_index};
use crate::lint::shell::Simple;
use crate::lint::{LintContext, Step, base, runs, words_for};
use crate::source::Span;

/// Where apt keeps the index.
const LISTS: &str = "/var/lib/apt/lists";

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !base::mentions(ctx.inputs.template, &[LISTS]) {
        return;
    }
    // Where the index was removed.
    let mut removed: Option<Span> = None;
    let image = base::image(&ctx.inputs.template.base);
    let of_image = image.into_iter().flat_map(|image| image.packages().map(str::to_owned));
    let mut installed: BTreeSet<String> = of_image.collect();
    let mut steps = ctx.scripts().peekable();
    for (id, instruction, _) in runs(ctx.inputs.template) {
        let Some(step) = steps.next_if(|step| step.id == id) else {
            // A command that is not understood may update it.
            removed = None;
            continue;
        };
        for execution in ctx.executions.of_step(id) {
            match subcommand(execution.command) {
                Some("update") => removed = None,
                Some("install") => {
                    let wanted = packages(execution.command);
                    let is_new = wanted.as_ref().is_some_and(|wanted| {
                        wanted.iter().any(|package| !installed.contains(*package))
                    });
                    if let Some(from) = removed.filter(|_| is_new && execution.is_decisive) {
                        diagnostics.extend(report(ctx, &step, execution, from));
                        // The fix is the same for all that follow.
                        return;
                    }
                    installed.extend(wanted.into_iter().flatten().map(str::to_owned));
                }
                Some(_) => {}
                None if removes(execution.command) => {
                    let span = ctx.place(&step, execution.command.range.clone());
                    removed = span.filter(|_| execution.is_certain && !instruction.no_cache);
                }
                None if execution.command.inner.is_some() => {}
                None if updates_no_index(execution.command) => {}
                None => removed = None,
            }
        }
    }
}

/// The packages that a command installs from the index; `None` if they are not known.
fn packages(command: &Simple) -> Option<Vec<&str>> {
    let words = command.command().iter().skip(1);
    let words: Option<Vec<&str>> = words.map(|word| word.literal.as_deref()).collect();
    let mut plain = words?.into_iter().filter(|word| !word.starts_with('-') && *word != "install");
    // A path is that of a package itself.
    plain.clone().all(|word| !word.contains('/')).then(|| plain.by_ref().collect())
}

fn removes(command: &Simple) -> bool {
    let mut words = command.command().iter().skip(1).map(|word| word.prefix.as_str());
    command.program() == Some("rm") && words.any(|word| word.trim_end_matches('/') == LISTS)
}

fn report(
    ctx: &LintContext<'_>,
    step: &Step<'_>,
    execution: &Execution<'_>,
    from: Span,
) -> Option<Diagnostic> {
    let span = ctx.place(step, execution.command.range.clone())?;
    let fault =
        Diagnostic::new(Code::StaleAptIndex, span, "`apt-get install` has no package index");
    Some(
        fault
            .label("fails with \"Unable to locate package\" unless all of them are installed")
            .related(from, "the index is removed here")
            .help(words_for(
                span,
                "put `apt-get update && ` before it, or install with `apt = [\"…\"]`, which \
                 updates the index itself",
                "put `apt-get update && ` before it",
            )),
    )
}
