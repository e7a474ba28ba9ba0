//! `sudo-not-permitted`: `sudo` is run by a user that the platform made, who may not.

use super::shell::Separator;
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;

/// What gives a user the right.
const GRANTS: &[&str] = &["sudoers", "visudo", "usermod", "adduser", "gpasswd", "wheel", "-G sudo"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    // Only of images that are known it is known that they have no such user with rights.
    let silent = ctx.inputs.platform.facts().root_only
        || base::known(template).is_none()
        || base::mentions(template, GRANTS);
    if silent {
        return;
    }
    let default_user = ctx.inputs.platform.facts().default_user;
    for step in ctx.scripts() {
        // The platforms give their own user all rights.
        let Some(user) = step.user().filter(|user| ![ROOT, "0", default_user].contains(user))
        else {
            continue;
        };
        let asks =
            step.script.commands.iter().find(|it| {
                it.has_sudo() && step.script.runs_always(it) && it.after != Separator::Or
            });
        let Some(command) = asks else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        diagnostics.push(
            Diagnostic::new(
                Code::SudoNotPermitted,
                span,
                format!("`{user}` may not run `sudo`"),
            )
            .label("`sudo` asks for a password, and nobody answers")
            .help(
                "write `user = \"root\"` beside `run`, or give the right first, as root, with a \
                 file in `/etc/sudoers.d`",
            ),
        );
    }
}
