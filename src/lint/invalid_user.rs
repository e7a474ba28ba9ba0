//! `invalid-user`: a user is given with a group, or as a number.
//!
//! The builder of the E2B family creates a missing user with `useradd`, which takes neither a colon
//! nor a bare number, and what runs a command looks its user up by name alone: a UID that exists is
//! of no help. So no later command can run, and the fault is an error.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::FileId;
use crate::template::InstructionKind;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Where root is the only user, any other is an error already.
    if ctx.inputs.platform.facts().root_only {
        return;
    }
    for instruction in &ctx.inputs.template.instructions {
        let user = match &instruction.kind {
            InstructionKind::User(user) => user.name.as_str(),
            InstructionKind::Run(run) => run.user.as_deref().unwrap_or(ROOT),
            _ => continue,
        };
        let (name, group) =
            user.split_once(':').map_or((user, None), |(name, group)| (name, Some(group)));
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        if group.is_none() && !is_number {
            continue;
        }
        // The conversion of a Dockerfile reports its own.
        let span = instruction.spans.user.or(instruction.origin.span());
        let Some(span) = span.filter(|span| span.file == FileId::MANIFEST) else { continue };
        let name = if name == "0" { ROOT } else { name };
        let help = if name.bytes().all(|byte| byte.is_ascii_digit()) {
            "give the name of the user, such as `user = \"user\"`".to_owned()
        } else {
            format!("write `user = \"{name}\"`, which implies the group of that user")
        };
        diagnostics.push(
            Diagnostic::new(Code::InvalidUser, span, format!("`{user}` is not a user name"))
                .label("the platform looks the user up by this name")
                .help(help),
        );
    }
}
