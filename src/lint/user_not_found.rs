//! `user-not-found`: a step is run by a user that nothing creates, or gives files to one.
//!
//! `USER` and a `user` step create a user that is missing; the `user` of a single step does not.

mod owners;

use super::model::{Known, Moment};
use super::{LintContext, runs};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Where root is the only user, any other is an error already.
    if ctx.inputs.platform.facts().root_only {
        return;
    }
    for (id, instruction, run) in runs(ctx.inputs.template) {
        let Some(user) = run.user.as_deref().filter(|user| is_name(user)) else { continue };
        let now = Moment { instruction: id.index(), command: 0 };
        if ctx.model.users.exists(user, now) != Known::No {
            continue;
        }
        let Some(span) = instruction.spans.user.or(instruction.origin.span()) else { continue };
        diagnostics.push(
            Diagnostic::new(Code::UserNotFound, span, format!("there is no user `{user}`"))
                .label("the `user` of a step is not created, and the step fails")
                .help(format!(
                    "create it first, with `run = \"useradd -m {user}\"` and `user = \"root\"`"
                )),
        );
    }
    owners::check(ctx, diagnostics);
}

/// Whether it is a name that `useradd` accepts; another rule reports numbers and groups.
fn is_name(user: &str) -> bool {
    user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
