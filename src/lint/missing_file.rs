//! `missing-file`: a command needs a file that nothing has put there.
//!
//! A step without a working directory runs in the home directory of the user who runs it, which is
//! `/root` for root, while a relative target of a copy is in the home of the template's user.

use std::ops::Range;

use super::model::{Execution, Kind};
use super::shell::Word;
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Nothing is known of the files of other images.
    if base::known(ctx.inputs.template).is_none() {
        return;
    }
    for part in ctx.parts() {
        if let Some((path, range)) = needed(ctx, part.executions)
            && let Some(span) = part.place(ctx, range)
            && !is_explained(diagnostics, span)
        {
            diagnostics.push(diagnose(&path, part.name(), span));
        }
    }
}

/// Whether another rule says where the file is instead.
fn is_explained(diagnostics: &Diagnostics, span: Span) -> bool {
    let mut all = diagnostics.iter();
    all.any(|found| found.code == Code::MisplacedCopy && found.span == Some(span))
}

fn diagnose(path: &str, what: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` does not exist when {what} runs");
    Diagnostic::new(Code::MissingFile, span, message)
        .label("nothing before makes a file at this path")
        .help("copy it there first, or name the directory that it is in")
}

/// The first file that a script certainly needs and that is certainly missing.
fn needed(ctx: &LintContext<'_>, executions: &[Execution<'_>]) -> Option<(String, Range<usize>)> {
    let files = &ctx.model.files;
    executions.iter().find_map(|execution| {
        if !execution.is_decisive || execution.command.inner.is_some() {
            return None;
        }
        let word = operand(execution)?;
        let path = execution.absolute(word.literal.as_deref()?)?;
        let is_missing = files.kind(&path, execution.at) == Kind::Absent;
        is_missing.then(|| (path, word.range.clone()))
    })
}

/// The word of a command that names a file which must exist.
fn operand<'s>(execution: &Execution<'s>) -> Option<&'s Word> {
    const SCRIPTS: &[&str] = &[".sh", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php"];
    let words = execution.command.command();
    let text = |word: &Word| word.literal.clone().unwrap_or_default();
    let first = words.get(1)?;
    let is_script = |word: &Word| SCRIPTS.iter().any(|end| text(word).ends_with(end));
    match execution.program()? {
        "bash" | "sh" | "node" | "ruby" | "perl" | "php" | "python" | "python3" => {
            Some(first).filter(|word| is_script(word))
        }
        "source" | "." => Some(first),
        "pip" | "pip3" | "uv" => {
            let place = words.iter().position(|word| matches!(text(word).as_str(), "-r"))?;
            words.get(place + 1)
        }
        "rm" => {
            let has = |letter: char| {
                words.iter().map(text).any(|word| word.starts_with('-') && word.contains(letter))
            };
            words.get(1..)?.iter().rfind(|word| !text(word).starts_with('-')).filter(|_| !has('f'))
        }
        "chmod" | "chown" => words.get(2).filter(|_| !text(first).starts_with('-')),
        _ => None,
    }
}
