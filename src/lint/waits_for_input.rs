//! `waits-for-input`: a step reads its standard input, which stays open and empty.

mod programs;
mod questions;
mod readers;

use super::shell::{Call, Script};
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::{BaseSource, InstructionKind};

use programs::{Arguments, Wait};

/// What decides whether some programs ask.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each decides for other programs")]
struct Settings {
    /// Whether the base is Debian or Ubuntu, whose `adduser` asks.
    has_debian_tools: bool,
    /// Whether something may configure debconf.
    configures_debconf: bool,
    /// Whether something may configure conda to assume yes.
    configures_conda: bool,
    /// Whether `CI` is set, with which some programs ask nothing.
    sets_ci: bool,
}

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !ctx.inputs.platform.facts().keeps_input_open {
        return;
    }
    let settings = Settings::of(ctx);
    for step in ctx.scripts() {
        let Some((call, wait)) = first(step.script, settings) else { continue };
        let Some(span) = ctx.place(&step, call.command.range.clone()) else { continue };
        let name = call.command.program().unwrap_or_default();
        diagnostics.push(
            Diagnostic::new(
                Code::WaitsForInput,
                span,
                format!("`{name}` waits for input, and a step has none"),
            )
            .label(wait.why)
            .help(wait.help),
        );
    }
}

impl Settings {
    fn of(ctx: &LintContext<'_>) -> Self {
        let template = ctx.inputs.template;
        let image = base::image(&template.base);
        let is_default = matches!(template.base.source, BaseSource::PlatformDefault);
        Self {
            has_debian_tools: is_default || image.is_some_and(|image| image.distribution.has_apt()),
            configures_debconf: base::mentions(template, &["DEBIAN_FRONTEND", "debconf"]),
            configures_conda: base::mentions(
                template,
                &["always_yes", "ALWAYS_YES", "condarc", "mambarc"],
            ),
            sets_ci: template.instructions.iter().any(|instruction| match &instruction.kind {
                InstructionKind::Env { variables, .. } => {
                    variables.iter().any(|(name, _)| name == "CI")
                }
                _ => false,
            }),
        }
    }
}

/// The first command of a script that certainly waits.
fn first(script: &Script, settings: Settings) -> Option<(Call<'_>, Wait)> {
    let mut waits = script.calls().filter_map(|call| {
        let arguments = Arguments::of(call.command)?;
        let wait = programs::wait(&arguments, settings)?;
        (call.runs_always() && call.reads_input_of_step()).then_some((call, wait))
    });
    let found = waits.next()?;
    (!script.redirects_itself()).then_some(found)
}
