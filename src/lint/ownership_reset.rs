//! `ownership-reset`: an owner or a mode that the platform changes at the end of the build.
//!
//! The E2B family ends each build with `chown -R user:user /home/user` and
//! `chmod -R 777 /usr/local /code`.

use super::LintContext;
use super::shell::Simple;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::template::{Copy, InstructionKind};

/// The user who gets a home, and the home.
const USER: &str = "user";
const HOME: &str = "/home/user";

/// The directories in which everybody gets every right.
const OPENED: &[&str] = &["/usr/local", "/code"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !ctx.inputs.platform.facts().resets_ownership {
        return;
    }
    for instruction in &ctx.inputs.template.instructions {
        let (InstructionKind::Copy(copy), Some(whole)) =
            (&instruction.kind, instruction.origin.span())
        else {
            continue;
        };
        let span = instruction.spans.owner.unwrap_or(whole);
        if let Some(owner) = owner_of(copy, whole).filter(|_| is_below(&copy.target, HOME)) {
            diagnostics.push(lost_owner(owner, span));
        }
        let opened = OPENED.iter().find(|directory| is_below(&copy.target, directory));
        if let (Some(directory), Some(mode)) = (opened, copy.mode)
            && is_guarded(mode.bits)
        {
            diagnostics.push(lost_mode(directory, &format!("{:03o}", mode.bits), whole));
        }
    }
    for step in ctx.scripts() {
        for command in &step.script.commands {
            // A place is looked for in the whole text, so only where there may be something to say.
            if !matches!(command.program(), Some("chown" | "chmod")) {
                continue;
            }
            let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
            diagnostics.extend(in_command(command, span));
        }
    }
}

/// The owner that somebody wrote. A Dockerfile's copies are root's without a word.
fn owner_of(copy: &Copy, whole: Span) -> Option<&str> {
    let owner = copy.owner.as_deref()?;
    let is_implied = whole.file != FileId::MANIFEST && owner == "root";
    (!is_implied && !is_users(owner)).then_some(owner)
}

/// Whether an owner is the one that the files get anyway.
fn is_users(owner: &str) -> bool {
    let mut parts = owner.split(':');
    let user = parts.next().unwrap_or_default();
    user == USER && parts.next().is_none_or(|group| group.is_empty() || group == USER)
}

fn in_command(command: &Simple, span: Span) -> Option<Diagnostic> {
    let words = command.command().get(1..)?;
    let words: Option<Vec<_>> = words.iter().map(|word| word.literal.as_deref()).collect();
    let mut words = words?;
    words.retain(|word| !matches!(*word, "-R" | "-v" | "-f" | "-h"));
    let [what, paths @ ..] = words.as_slice() else { return None };
    // Another option, such as `--reference`, may mean another thing.
    let all_below = |directory| !paths.is_empty() && paths.iter().all(|it| is_below(it, directory));
    match command.program()? {
        "chown" if !what.starts_with(['-', ':']) && !is_users(what) && all_below(HOME) => {
            Some(lost_owner(what, span))
        }
        "chmod" => {
            let bits = u16::from_str_radix(what, 8).ok().filter(|bits| is_guarded(*bits));
            let takes = matches!(*what, "go-rwx" | "o-rwx" | "a-w" | "go-w" | "og-rwx" | "og-w");
            let directory = OPENED.iter().find(|directory| all_below(directory))?;
            (bits.is_some() || takes).then(|| lost_mode(directory, what, span))
        }
        _ => None,
    }
}

/// Whether a mode keeps somebody out on purpose: nobody may write, or others may not read.
const fn is_guarded(bits: u16) -> bool {
    bits & 0o222 == 0 || bits & 0o004 == 0
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn lost_owner(owner: &str, span: Span) -> Diagnostic {
    let message = format!("the files do not stay with `{owner}`");
    Diagnostic::new(Code::OwnershipReset, span, message)
        .label("at the end of the build, all of `/home/user` is given to `user`")
        .help("leave the owner out, or put the files somewhere else, such as below `/opt`")
}

fn lost_mode(directory: &str, mode: &str, span: Span) -> Diagnostic {
    let message = format!("the mode `{mode}` does not last below `{directory}`");
    Diagnostic::new(Code::OwnershipReset, span, message)
        .label(format!("at the end of the build, everybody may do everything in `{directory}`"))
        .help("put the files somewhere else, such as below `/opt`")
}
