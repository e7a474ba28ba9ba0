//! `literal-tilde`: a `~` that no shell expands becomes a directory of that name.

use super::LintContext;
use super::shell::Simple;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::InstructionKind;

/// Programs that take a path as it is.
const PROGRAMS: &[&str] = &["cd", "chmod", "chown", "cp", "ln", "mkdir", "mv", "rm", "touch"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    for (instruction, scene) in template.instructions.iter().zip(&ctx.scenes) {
        let (path, what) = match &instruction.kind {
            InstructionKind::Copy(copy) => (copy.target.as_str(), "the copy's target"),
            InstructionKind::Workdir(workdir) => (workdir.as_str(), "the working directory"),
            _ => continue,
        };
        if let Some(span) = instruction.origin.span().filter(|_| is_tilde(path)) {
            diagnostics.push(diagnose(what, path, scene.user, span, ctx));
        }
    }
    for step in ctx.scripts() {
        let quoted = step.script.commands.iter().find_map(|command| {
            let word = quoted_tilde(command, &step.run.command)?;
            Some((word, ctx.place(&step, command.range.clone())?))
        });
        if let Some((path, span)) = quoted {
            diagnostics.push(diagnose("a quoted path", path, step.user(), span, ctx));
        }
    }
}

/// Whether a part of a path is a tilde alone: a Dockerfile's directories have become absolute.
fn is_tilde(path: &str) -> bool {
    path.split('/').any(|part| part == "~")
}

/// An argument whose tilde stands between quotes.
fn quoted_tilde<'a>(command: &'a Simple, text: &str) -> Option<&'a str> {
    let program = command.program()?;
    let clones = program == "git" && command.arguments().next() == Some("clone");
    if !PROGRAMS.contains(&program) && !clones {
        return None;
    }
    let mut words = command.command().iter().skip(1);
    words.find_map(|word| {
        let is_quoted = text.get(word.range.clone())?.starts_with(['\'', '"']);
        word.literal.as_deref().filter(|literal| is_quoted && is_tilde(literal))
    })
}

fn diagnose(
    what: &str,
    path: &str,
    user: Option<&str>,
    span: Span,
    ctx: &LintContext<'_>,
) -> Diagnostic {
    let message = format!("the `~` of {what} stands for itself");
    let home = match user {
        _ if ctx.inputs.platform.facts().root_only => "/root".to_owned(),
        Some(ROOT) => "/root".to_owned(),
        Some(user) if user.starts_with(|c: char| c.is_ascii_lowercase()) => {
            format!("/home/{user}")
        }
        _ => "/home/user".to_owned(),
    };
    let rest = path.find('~').map_or("", |tilde| &path[tilde + 1..]);
    Diagnostic::new(Code::LiteralTilde, span, message)
        .label("no shell expands it: this is a directory whose name is `~`")
        .help(format!("write `{home}{rest}`"))
}
