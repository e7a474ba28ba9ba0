//! `sudo-not-permitted`: `sudo` runs as a user without the right to use it.

use super::{LintContext, base, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::template::{InstructionId, InstructionKind, Template};

/// Words of commands and files that grant the right.
const GRANTS: &[&str] = &["sudoers", "visudo", "usermod", "adduser", "gpasswd", "wheel", "-G sudo"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    // Only the well-known images are known to grant `sudo` to no user.
    let silent = ctx.inputs.platform.facts().root_only
        || base::known(template).is_none()
        || base::mentions(template, GRANTS);
    if silent {
        return;
    }
    let in_manifest = if ctx.inputs.platform.facts().grants_sudo {
        "add `user = \"root\"` to the step, or write `sudo = true` beside the `user` that it runs as"
    } else {
        "add `user = \"root\"` to the step, or grant the right in an earlier step as root, with a \
         file in `/etc/sudoers.d`"
    };
    let default_user = ctx.inputs.platform.facts().default_user;
    for step in ctx.scripts() {
        // The platform's own user has all rights.
        let sudo = ctx.executions.of_step(step.id).iter().find_map(|execution| {
            let user = execution.shell_user?;
            let fails = ![ROOT, "0", default_user].contains(&user)
                && execution.command.has_sudo()
                && execution.is_certain
                && !is_granted(template, step.id, user);
            fails.then_some((execution.command, user))
        });
        let Some((command, user)) = sudo else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        diagnostics.push(
            Diagnostic::new(Code::SudoNotPermitted, span, format!("`{user}` cannot use `sudo`"))
                .label("`sudo` asks for a password, which a build cannot enter")
                .help(words_for(
                    span,
                    in_manifest,
                    "put `USER root` before it, or grant the right in an earlier `RUN` as root, \
                     with a file in `/etc/sudoers.d`",
                )),
        );
    }
}

/// Whether an instruction before `id` grants the right to a user. On a platform that cannot, that
/// has a warning of its own.
fn is_granted(template: &Template, id: InstructionId, name: &str) -> bool {
    template.instructions.iter().take(id.index()).any(|instruction| {
        matches!(&instruction.kind, InstructionKind::User(user) if user.sudo && user.name == name)
    })
}
