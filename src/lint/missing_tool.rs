//! `missing-tool`: a command calls a program that the base image does not have.
//!
//! The rule reports only if no earlier command can have installed the program: see
//! [`model::Tools`](super::model::Tools).

use std::ops::Range;

use super::LintContext;
use super::base;
use super::model::{Execution, TOOLS, Tool, executions, redefines, start_of, tool_named};
use super::place;
use super::shell::{BlockKind, Script};
use super::words_for;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::BaseSource;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let BaseSource::Image(reference) = &template.base.source else { return };
    if base::known(template).is_none() {
        return;
    }
    let mut reported = vec![false; TOOLS.len()];
    let mut report = |found: Vec<(usize, String, Span)>| {
        for (tool, name, span) in found {
            // One report for each tool is enough, since the fix is the same.
            if !std::mem::replace(&mut reported[tool], true) {
                let message = format!("the base image `{reference}` has no `{name}`");
                diagnostics.push(
                    Diagnostic::new(Code::MissingTool, span, message)
                        .label("fails with \"command not found\"")
                        .related(template.base.span, "the base image")
                        .help(help(&TOOLS[tool], span)),
                );
            }
        }
    };
    for step in ctx.scripts() {
        let whole = step.instruction.origin.span();
        let place = |range| Some(place::part(ctx.inputs.sources, whole?, &step.run.command, range));
        report(missing(ctx, step.script, step.id.index(), place));
    }
    if let (Some(script), Some(start)) = (&ctx.start, &template.start) {
        let whole = start.origin.span();
        let place = |range| Some(place::part(ctx.inputs.sources, whole?, &start.text, range));
        report(missing(ctx, script, start_of(template), place));
    }
}

/// The tools that a script certainly calls and that are certainly missing.
fn missing(
    ctx: &LintContext<'_>,
    script: &Script,
    instruction: usize,
    place: impl Fn(Range<usize>) -> Option<Span>,
) -> Vec<(usize, String, Span)> {
    let mut blocks = script.shells().flat_map(|shell| &shell.script.blocks);
    let is_function = blocks.any(|block| block.kind == BlockKind::Function);
    if is_function || redefines(script) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for call in executions(script, instruction, None, None) {
        let Some((tool, name)) = called(&call) else { continue };
        if ctx.model.tools.is_missing(tool, call.at)
            && let Some(span) = place(call.command.range.clone())
        {
            found.push((tool, name.to_owned(), span));
        }
    }
    found
}

/// The tool that a command certainly calls by its name alone.
fn called<'s>(call: &Execution<'s>) -> Option<(usize, &'s str)> {
    let name = call.command.command().first()?.literal.as_deref()?;
    // A path or a branch proves nothing.
    let tool = tool_named(name).filter(|_| call.is_certain)?;
    Some((tool, name))
}

fn help(tool: &Tool, span: Span) -> String {
    if let Some(help) = tool.help {
        return help.to_owned();
    }
    let package = tool.package;
    let manifest = format!("install it first, with `apt = [\"{package}\"]`");
    let dockerfile = format!("install it first: `apt-get update && apt-get install -y {package}`");
    words_for(span, &manifest, &dockerfile).to_owned()
}
