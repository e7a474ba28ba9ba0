//! `missing-tool`: a command calls a program that the base image does not have.
//!
//! The rule reports only if no earlier command can have installed the program: see
//! [`model::Tools`](super::model::Tools).

use std::ops::Range;

use super::model::{Execution, TOOLS, Tool, redefines, tool_named};
use super::shell::BlockKind;
use super::{LintContext, Part, base, words_for};
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
    for part in ctx.parts().chain(ctx.ready_part()) {
        for (tool, name, range) in missing(ctx, &part) {
            let Some(span) = part.place(ctx, range) else { continue };
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
    }
}

/// The tools that a script certainly calls and that are certainly missing.
fn missing<'s>(ctx: &LintContext<'_>, part: &Part<'s>) -> Vec<(usize, &'s str, Range<usize>)> {
    let mut blocks = part.script.shells().flat_map(|shell| &shell.script.blocks);
    let is_function = blocks.any(|block| block.kind == BlockKind::Function);
    if is_function || redefines(part.script) {
        return Vec::new();
    }
    let called = part.executions.iter().filter_map(|execution| {
        let (tool, name) = called(execution)?;
        let is_missing = ctx.model.tools.is_missing(tool, execution.at);
        is_missing.then(|| (tool, name, execution.command.range.clone()))
    });
    called.collect()
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
