//! `not-executable`: a command runs a copied file by its path, and its mode does not permit that.

use std::ops::Range;

use super::model::{Execution, Kind};
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

/// The permissions to execute.
const EXECUTE: u16 = 0o111;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Nothing is known of the files of other images.
    if base::known(ctx.inputs.template).is_none() {
        return;
    }
    for part in ctx.parts() {
        for (path, range) in called(ctx, part.executions) {
            diagnostics.extend(part.place(ctx, range).map(|span| diagnose(path, span)));
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
fn called<'s>(
    ctx: &LintContext<'_>,
    executions: &'s [Execution<'s>],
) -> impl Iterator<Item = (&'s str, Range<usize>)> {
    let files = &ctx.model.files;
    executions.iter().filter_map(|execution| {
        let word = execution.command.command().first()?;
        let path = word.literal.as_deref().filter(|path| path.contains('/'))?;
        let absolute = execution.absolute(path).filter(|_| execution.is_certain)?;
        let mode = files.mode(&absolute, execution.at)?;
        let is_file = files.kind(&absolute, execution.at) == Kind::File;
        (is_file && mode & EXECUTE == 0).then(|| (path, word.range.clone()))
    })
}
