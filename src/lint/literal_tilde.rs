//! `literal-tilde`: a `~` that no shell expands names a directory called `~`.

use super::LintContext;
use super::model::home_of;
use super::shell::Simple;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::InstructionKind;

/// Programs whose arguments are paths.
const PROGRAMS: &[&str] = &["cd", "chmod", "chown", "cp", "ln", "mkdir", "mv", "rm", "touch"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    for (instruction, exec) in template.instructions.iter().zip(&ctx.exec) {
        let (path, what) = match &instruction.kind {
            InstructionKind::Copy(copy) => (copy.target.as_str(), "the target of a copy"),
            InstructionKind::Write(write) => (write.path.as_str(), "the path of a file"),
            InstructionKind::Workdir(workdir) => (workdir.as_str(), "the working directory"),
            _ => continue,
        };
        let place = instruction.spans.target.or_else(|| instruction.origin.span());
        if let Some(span) = place.filter(|_| is_tilde(path)) {
            diagnostics.push(diagnose(what, path, exec.user, span, ctx));
        }
    }
    for step in ctx.scripts() {
        let quoted = step.script.calls().find_map(|call| {
            let word = quoted_tilde(call.command)?;
            let span = ctx.place(&step, call.command.range.clone())?;
            Some((word, step.user_of(&call), span))
        });
        if let Some((path, user, span)) = quoted {
            diagnostics.push(diagnose("a quoted path", path, user, span, ctx));
        }
    }
}

/// Whether any component of a path is a tilde. Not only the first one, since the relative paths of
/// a Dockerfile are already absolute here.
fn is_tilde(path: &str) -> bool {
    path.split('/').any(|part| part == "~")
}

/// A path argument with a tilde in quotes.
fn quoted_tilde(command: &Simple) -> Option<&str> {
    let program = command.program()?;
    let clones = program == "git" && command.arguments().next() == Some("clone");
    if !PROGRAMS.contains(&program) && !clones {
        return None;
    }
    let mut words = command.command().iter().skip(1);
    words.find_map(|word| {
        word.literal.as_deref().filter(|literal| word.begins_quoted && is_tilde(literal))
    })
}

fn diagnose(
    what: &str,
    path: &str,
    user: Option<&str>,
    span: Span,
    ctx: &LintContext<'_>,
) -> Diagnostic {
    let message = format!("the `~` in {what} is not expanded");
    let home = match user {
        _ if ctx.inputs.platform.facts().root_only => home_of(ROOT),
        Some(user) if user.starts_with(|c: char| c.is_ascii_lowercase()) => home_of(user),
        _ => home_of("user"),
    };
    let rest = path.find('~').map_or("", |tilde| &path[tilde + 1..]);
    Diagnostic::new(Code::LiteralTilde, span, message)
        .label("this is a directory named `~`")
        .help(format!("write `{home}{rest}`"))
}
