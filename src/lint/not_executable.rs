//! `not-executable`: a command runs a copied file by its path, and its mode does not permit that.

use super::model::{Kind, executions, start_of};
use super::shell::Script;
use super::{LintContext, base, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

/// The permissions to execute.
const EXECUTE: u16 = 0o111;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Nothing is known of the files of other images.
    if base::known(ctx.inputs.template).is_none() {
        return;
    }
    for step in ctx.scripts() {
        let found = called(ctx, step.script, step.id.index(), step.exec.directory_of(step.user()));
        for (path, range) in found {
            diagnostics.extend(ctx.place(&step, range).map(|span| diagnose(&path, span)));
        }
    }
    if let (Some(script), Some(start), Some(exec)) =
        (&ctx.start, &ctx.inputs.template.start, ctx.exec.last())
    {
        for (path, range) in
            called(ctx, script, start_of(ctx.inputs.template), exec.directory_of(exec.user))
        {
            let Some(whole) = start.origin.span() else { continue };
            let span = place::part(ctx.inputs.sources, whole, &start.text, range);
            diagnostics.push(diagnose(&path, span));
        }
    }
}

fn diagnose(path: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::NotExecutable, span, format!("`{path}` is not executable"))
        .label("fails with \"Permission denied\"")
        .help(format!("write `{} {path}`, or give it the mode 0755 before", interpreter(path)))
}

/// The program that usually runs a file of this name.
fn interpreter(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("py") => "python3",
        Some("js" | "mjs" | "cjs") => "node",
        Some("rb") => "ruby",
        Some("pl") => "perl",
        _ => "bash",
    }
}

/// The files that a script calls by their path without being able to run them.
fn called(
    ctx: &LintContext<'_>,
    script: &Script,
    instruction: usize,
    workdir: Option<&str>,
) -> Vec<(String, std::ops::Range<usize>)> {
    let files = &ctx.model.files;
    let executions = executions(script, instruction, None, workdir).into_iter();
    let found = executions.filter_map(|execution| {
        let word = execution.command.command().first()?;
        let path = word.literal.as_deref().filter(|path| path.contains('/'))?;
        let absolute = execution.absolute(path).filter(|_| execution.is_certain)?;
        let mode = files.mode(&absolute, execution.at)?;
        let is_file = files.kind(&absolute, execution.at) == Kind::File;
        (is_file && mode & EXECUTE == 0).then(|| (path.to_owned(), word.range.clone()))
    });
    found.collect()
}
