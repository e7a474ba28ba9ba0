//! `home-expands-to-root`: `$HOME` in a variable is root's home during the build.
//!
//! The E2B family expands the values of variables in a shell of root. In the sandbox, `$HOME` is
//! the home of the user that is logged in.

use super::model::home_of;
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::Image;
use crate::platform::ROOT;
use crate::template::{EnvScope, InstructionKind, Origin};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if !ctx.inputs.platform.facts().expands_as_root {
        return;
    }
    let is_path_lost = base::image(&template.base).is_some_and(Image::profile_sets_path);
    let others = others_run_after(ctx);
    // The user that the sandbox runs as.
    let last = ctx.exec.last().and_then(|exec| exec.user).filter(|user| is_name(user));
    for (at, instruction) in template.instructions.iter().enumerate() {
        let InstructionKind::Env { scope, variables } = &instruction.kind else { continue };
        let Some(whole) = instruction.origin.span() else { continue };
        // If root alone runs commands, there is only one home.
        let Some(user) = others.get(at).copied().flatten() else { continue };
        for (place, (name, value)) in variables.iter().enumerate() {
            // The login shell of each step resets it anyway.
            if name == "PATH" && is_path_lost {
                continue;
            }
            let Some(reference) =
                value.references().find(|reference| matches!(*reference, "HOME" | "USER"))
            else {
                continue;
            };
            let span = instruction.spans.values.get(place).copied().unwrap_or(whole);
            let of = |user: &str| match (reference, user) {
                ("HOME", user) => home_of(user),
                (_, user) => user.to_owned(),
            };
            let message =
                format!("`${reference}` in `{name}` expands to `{}` in the build", of(ROOT));
            let label = match (scope, last) {
                (EnvScope::Sandbox, Some(last)) if last != ROOT => {
                    format!("expanded in a shell of root; in the sandbox it is `{}`", of(last))
                }
                _ => format!("expanded in a shell of root, so it is not `{}`", of(user)),
            };
            let value = of(last.filter(|last| *last != ROOT).unwrap_or(user));
            diagnostics.push(
                Diagnostic::new(Code::HomeExpandsToRoot, span, message)
                    .label(label)
                    .help(format!("write the value itself: `{value}` instead of `${reference}`")),
            );
        }
    }
}

/// For each instruction, the first user other than root that runs a command after it. Commands
/// that were not written by hand, such as those of `apt`, do not count.
fn others_run_after<'a>(ctx: &'a LintContext<'_>) -> Vec<Option<&'a str>> {
    let instructions = &ctx.inputs.template.instructions;
    let mut next = None;
    let mut users = vec![None; instructions.len()];
    for (at, instruction) in instructions.iter().enumerate().rev() {
        users[at] = next;
        let (InstructionKind::Run(run), Origin::Written(_)) =
            (&instruction.kind, instruction.origin)
        else {
            continue;
        };
        let user = run.user.as_deref().or_else(|| ctx.exec.get(at)?.user);
        next = user.filter(|user| *user != ROOT && is_name(user)).or(next);
    }
    users
}

/// Whether a user is given by name: the home of a numeric user is unknown.
fn is_name(user: &str) -> bool {
    user.starts_with(|c: char| c.is_ascii_lowercase())
}
