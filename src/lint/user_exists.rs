//! `user-exists`: a step creates a user or a group that exists already.
//!
//! The E2B family creates its own user before the first step, with the first free UID. So the UID
//! 1000 is taken on each well-known image, by that user or by one of the image.

use super::model::{Known, NewUser};
use super::{LintContext, Step, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // Most steps create none.
        if !["useradd", "adduser", "groupadd"].iter().any(|word| step.run.command.contains(word)) {
            continue;
        }
        for call in ctx.executions.of_step(step.id) {
            let program = call.program().unwrap_or_default();
            if !call.is_decisive || !matches!(program, "useradd" | "adduser" | "groupadd") {
                continue;
            }
            let Some(new) = NewUser::of(call.command) else { continue };
            let Some(name) = new.name.filter(|_| !new.is_lenient && !new.is_system) else {
                continue;
            };
            let users = &ctx.model.users;
            // A user of the build may have no group of its own.
            let is_there = program != "groupadd" || users.is_of_base(name);
            if is_there && users.exists(name, call.at) == Known::Yes {
                let Some(span) = ctx.place(&step, call.command.range.clone()) else { continue };
                diagnostics.push(taken(ctx, &step, program, name, span));
            } else if let Some((id, word)) = new.id
                && let Some(owner) = users.with_uid(id, call.at)
            {
                let Some(span) = ctx.place(&step, word.range.clone()) else { continue };
                diagnostics.push(taken_id(program, id, owner, span));
            }
        }
    }
}

fn taken(
    ctx: &LintContext<'_>,
    step: &Step<'_>,
    program: &str,
    name: &str,
    span: Span,
) -> Diagnostic {
    let what = if program == "groupadd" { "group" } else { "user" };
    let is_platforms = name == ctx.inputs.platform.facts().default_user && name != ROOT;
    let label = if is_platforms {
        format!("the platform creates `{name}` before the first step")
    } else {
        format!("`{program}` fails, because there is one of this name")
    };
    let help = if step.script.commands.len() == 1 && is_platforms {
        "remove the step".to_owned()
    } else if is_platforms {
        format!("remove the command, or write `id -u {name} || {program} {name}`")
    } else {
        words_for(
            span,
            "remove the command: a `user` step creates a user that is missing",
            "remove the command: `USER` creates a user that is missing",
        )
        .to_owned()
    };
    Diagnostic::new(Code::UserExists, span, format!("the {what} `{name}` exists already"))
        .label(label)
        .help(help)
}

fn taken_id(program: &str, id: u32, owner: &str, span: Span) -> Diagnostic {
    let (what, option) = if program == "groupadd" { ("GID", "-g") } else { ("UID", "-u") };
    Diagnostic::new(Code::UserExists, span, format!("the {what} {id} belongs to `{owner}`"))
        .label(format!("`{program}` fails, because a {what} is unique"))
        .help(format!("remove `{option} {id}`, or choose another {what}"))
}
