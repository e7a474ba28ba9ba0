//! `ownership-reset`: the platform resets an owner or a mode at the end of the build.
//!
//! The E2B family ends each build with `chown -R user:user /home/user` and
//! `chmod -R 777 /usr/local /code`.

use super::LintContext;
use super::shell::{Call, Simple};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::template::InstructionKind;

/// The user that becomes the owner of everything in `HOME`.
const USER: &str = "user";
const HOME: &str = "/home/user";

/// The directories that become writable for every user.
const OPENED: &[&str] = &["/usr/local", "/code"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !ctx.inputs.platform.facts().resets_ownership {
        return;
    }
    for instruction in &ctx.inputs.template.instructions {
        let (target, owner, mode) = match &instruction.kind {
            InstructionKind::Copy(copy) => (&copy.target, &copy.owner, copy.mode),
            InstructionKind::Write(write) => (&write.path, &write.owner, Some(write.mode)),
            _ => continue,
        };
        let Some(whole) = instruction.origin.span() else { continue };
        let span = instruction.spans.owner.unwrap_or(whole);
        let owner = owner.as_deref().filter(|owner| is_intended(owner, whole));
        if let Some(owner) = owner.filter(|_| is_below(target, HOME)) {
            diagnostics.push(lost_owner(owner, span));
        }
        let opened = OPENED.iter().find(|directory| is_below(target, directory));
        if let (Some(directory), Some(mode)) = (opened, mode)
            && is_guarded(mode.bits)
        {
            diagnostics.push(lost_mode(directory, &format!("{:03o}", mode.bits), whole));
        }
    }
    for step in ctx.scripts() {
        for Call { command, .. } in step.script.calls() {
            // Finding the span searches the whole text, so do it for candidates only.
            if !matches!(command.program(), Some("chown" | "chmod")) {
                continue;
            }
            let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
            diagnostics.extend(in_command(command, span));
        }
    }
}

/// Whether an owner was written, and is another one than after the reset. A file of a `COPY`
/// belongs to root by default.
fn is_intended(owner: &str, whole: Span) -> bool {
    let is_implied = whole.file != FileId::MANIFEST && owner == "root";
    !is_implied && !is_users(owner)
}

/// Whether an owner is the one that the reset gives to the files.
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
    // Other options, such as `--reference`, change the meaning of the arguments.
    let all_below =
        |directory| !paths.is_empty() && paths.iter().all(|path| is_below(path, directory));
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

/// Whether a mode restricts access on purpose: no write access at all, or no read access for
/// others.
const fn is_guarded(bits: u16) -> bool {
    bits & 0o222 == 0 || bits & 0o004 == 0
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn lost_owner(owner: &str, span: Span) -> Diagnostic {
    let message = format!("the owner `{owner}` is reset at the end of the build");
    Diagnostic::new(Code::OwnershipReset, span, message)
        .label("the last build step gives everything in `/home/user` to `user`")
        .help("remove the owner, or put the files elsewhere, such as in `/opt`")
}

fn lost_mode(directory: &str, mode: &str, span: Span) -> Diagnostic {
    let message = format!("the mode `{mode}` in `{directory}` is reset at the end of the build");
    Diagnostic::new(Code::OwnershipReset, span, message)
        .label(format!("the last build step sets the mode 777 on everything in `{directory}`"))
        .help("put the files elsewhere, such as in `/opt`")
}
