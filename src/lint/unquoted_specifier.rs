//! `unquoted-specifier`: a version specifier such as `>=1.0` is not quoted, so the shell takes it
//! for a redirection.

use super::shell::{Redirect, Simple};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Programs whose arguments are packages with versions.
const INSTALLERS: &[&str] = &[
    "bun",
    "conda",
    "gem",
    "mamba",
    "micromamba",
    "npm",
    "pdm",
    "pip",
    "pip3",
    "pipx",
    "pnpm",
    "poetry",
    "python",
    "python3",
    "uv",
    "yarn",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        for call in step.script.calls() {
            let command = call.command;
            if !command.program().is_some_and(|program| INSTALLERS.contains(&program)) {
                continue;
            }
            let text = step.run.command.as_str();
            let Some(redirect) = command.redirects.iter().find(|found| is_version(found, text))
            else {
                continue;
            };
            let start = package(command, redirect);
            let range = start..redirect.target.range.end;
            let Some(written) = text.get(range.clone()) else { continue };
            let Some(span) = ctx.place(&step, range) else { continue };
            let operator = redirect.operator;
            let name = &redirect.target.prefix;
            let label = if operator == "<" {
                format!("reads a file named `{name}`, and passes no version")
            } else {
                format!("passes no version, and writes to a file named `{name}`")
            };
            diagnostics.push(
                Diagnostic::new(
                    Code::UnquotedSpecifier,
                    span,
                    format!("the shell takes `{operator}` in `{written}` for a redirection"),
                )
                .label(label)
                .help(words_for(
                    span,
                    &format!("quote it: `'{written}'`; the words of a `pip` step need no quotes"),
                    &format!("quote it: `\"{written}\"`"),
                )),
            );
        }
    }
}

/// Whether a redirection is meant as a version: its file would be called `=1.0`, or `2` directly
/// behind a name.
fn is_version(redirect: &Redirect, text: &str) -> bool {
    if !matches!(redirect.operator, ">" | "<") {
        return false;
    }
    let range = &redirect.target.range;
    let target = text.get(range.clone()).unwrap_or_default();
    let version = target.strip_prefix('=').unwrap_or(target);
    let is_number = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".*,!=-+".contains(c));
    let operator = range.start.checked_sub(1);
    let before = operator.and_then(|at| text.get(..at)).and_then(|text| text.chars().last());
    let is_attached = before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ']' | '_'));
    is_number && (target.len() > version.len() || is_attached)
}

/// Where the word begins that the redirection follows directly.
fn package(command: &Simple, redirect: &Redirect) -> usize {
    let operator = redirect.target.range.start.saturating_sub(redirect.operator.len());
    let word = command.words.iter().rfind(|word| word.range.end == operator);
    word.map_or(operator, |word| word.range.start)
}
