//! `home-expands-to-root`: `$HOME` in a variable is root's in the build, and another in the sandbox.
//!
//! The E2B family has root's shell expand the values of variables. What carries them into the
//! sandbox leaves `$HOME` to whoever logs in.

use super::LintContext;
use super::image::Image;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::template::{EnvScope, InstructionKind, Origin};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if !ctx.inputs.platform.facts().expands_as_root {
        return;
    }
    let is_path_lost = Image::of(&template.base).is_some_and(Image::profile_sets_path);
    let others = others_run_after(ctx);
    // Who is logged in, in the sandbox.
    let last = ctx.scenes.last().and_then(|scene| scene.user).filter(|user| is_name(user));
    for (at, instruction) in template.instructions.iter().enumerate() {
        let InstructionKind::Env { scope, variables } = &instruction.kind else { continue };
        let Some(whole) = instruction.origin.span() else { continue };
        // Where nobody else runs a command, there is one home only.
        let Some(user) = others.get(at).copied().flatten() else { continue };
        for (place, (name, value)) in variables.iter().enumerate() {
            // The steps do not get this one at all.
            if name == "PATH" && is_path_lost {
                continue;
            }
            let Some(reference) = value.references().find(|it| matches!(*it, "HOME" | "USER"))
            else {
                continue;
            };
            let span = instruction.spans.values.get(place).copied().unwrap_or(whole);
            let of = |user: &str| match (reference, user) {
                ("HOME", ROOT) => "/root".to_owned(),
                ("HOME", user) => format!("/home/{user}"),
                (_, user) => user.to_owned(),
            };
            let message = format!("`${reference}` in `{name}` is `{}` for the steps", of(ROOT));
            let label = match (scope, last) {
                (EnvScope::Sandbox, Some(last)) if last != ROOT => {
                    format!("root's shell expands it; in the sandbox it is `{}`", of(last))
                }
                _ => format!("root's shell expands it; it is not `{}`", of(user)),
            };
            let meant = of(last.filter(|last| *last != ROOT).unwrap_or(user));
            diagnostics.push(
                Diagnostic::new(Code::HomeExpandsToRoot, span, message).label(label).help(format!(
                    "write what is meant, such as `{meant}` instead of `${reference}`"
                )),
            );
        }
    }
}

/// For each instruction, the first user other than root who runs a command of somebody's after it.
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
        let user = run.user.as_deref().or_else(|| ctx.scenes.get(at)?.user);
        next = user.filter(|user| *user != ROOT && is_name(user)).or(next);
    }
    users
}

/// Whether a user is named: a number does not tell the home.
fn is_name(user: &str) -> bool {
    user.starts_with(|c: char| c.is_ascii_lowercase())
}
