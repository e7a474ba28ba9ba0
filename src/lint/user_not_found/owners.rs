//! Users that commands and copies name and that do not exist: owners, and who runs a command behind
//! `su` and `sudo -u`.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::lint::model::{Execution, Known, Moment};
use crate::lint::shell::{Account, Simple, Word};
use crate::lint::{LintContext, base, words_for};
use crate::template::InstructionKind;

/// Groups that Debian has, or that provisioning and packages create.
const GROUPS: &[&str] = &[
    "adm", "audio", "cdrom", "crontab", "dialout", "dip", "disk", "docker", "fax", "floppy",
    "input", "kmem", "kvm", "lxd", "netdev", "nogroup", "operator", "plugdev", "render", "sasl",
    "sgx", "shadow", "src", "ssh", "ssl-cert", "staff", "sudo", "tape", "tty", "users", "utmp",
    "video", "voice", "wheel",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for part in ctx.parts() {
        let decisive = part.executions.iter().filter(|execution| execution.is_decisive);
        for execution in decisive {
            let found = missing(ctx, execution).or_else(|| account(ctx, execution));
            let Some((name, what, range)) = found else { continue };
            let Some(span) = part.place(ctx, range) else { continue };
            diagnostics.push(
                Diagnostic::new(Code::UserNotFound, span, format!("there is no {what} `{name}`"))
                    .label("the command fails")
                    .help(format!("create it first, with `{what}add {name}` as root")),
            );
        }
    }
    copies(ctx, diagnostics);
}

/// The first user or group of `chown` or `chgrp` that does not exist.
fn missing<'s>(
    ctx: &LintContext<'_>,
    execution: &Execution<'s>,
) -> Option<(&'s str, &'static str, std::ops::Range<usize>)> {
    let program = execution.program().filter(|program| matches!(*program, "chown" | "chgrp"))?;
    let mut words = execution.command.command().iter().skip(1);
    let word = words.find(|word| !word.prefix.starts_with('-'))?;
    let text = word.literal.as_deref()?;
    let (user, group) = match program {
        "chgrp" => ("", text),
        _ => text.split_once(':').unwrap_or((text, "")),
    };
    if execution.command.arguments().any(|word| word.starts_with("--")) {
        return None;
    }
    let found = if is_missing_user(ctx, user, execution.at) {
        (user, "user")
    } else if is_missing_group(ctx, group, execution.at) {
        (group, "group")
    } else {
        return None;
    };
    Some((found.0, found.1, word.range.clone()))
}

/// The user that a command becomes or changes, if there is none.
fn account<'s>(
    ctx: &LintContext<'_>,
    execution: &Execution<'s>,
) -> Option<(&'s str, &'static str, std::ops::Range<usize>)> {
    let command: &'s Simple = execution.command;
    let is = |word: &Word, text: &str| word.literal.as_deref() == Some(text);
    let behind = |options: [&str; 2]| {
        let at = command.words.iter().position(|word| options.iter().any(|text| is(word, text)))?;
        command.words.get(at + 1)?.literal.as_deref()
    };
    let inner = command.inner.as_deref().map(|inner| &inner.account);
    let name = match (command.name()?, inner) {
        (_, Some(Account::Named(name))) => name.as_str(),
        ("sudo", _) if command.words.get(1).is_some_and(|word| word.prefix.starts_with('-')) => {
            behind(["-u", "--user"])?
        }
        _ if command.program() == Some("usermod") => command.words.last()?.literal.as_deref()?,
        _ => return None,
    };
    is_missing_user(ctx, name, execution.at).then(|| (name, "user", command.range.clone()))
}

fn is_missing_user(ctx: &LintContext<'_>, name: &str, now: Moment) -> bool {
    super::is_name(name) && ctx.model.users.exists(name, now) == Known::No
}

/// A group is not followed like a user: any mention of a program that may create it is enough.
fn is_missing_group(ctx: &LintContext<'_>, name: &str, now: Moment) -> bool {
    const MAKERS: &[&str] = &["groupadd", "addgroup", "--group", "groupmod", "/etc/group", "apt"];
    is_missing_user(ctx, name, now)
        && !GROUPS.contains(&name)
        && !base::mentions(ctx.inputs.template, MAKERS)
}

/// The platform ignores that it cannot give a copied file to a user, so root keeps it.
fn copies(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // A value with an error, such as a reference without a value, is not the final one.
    if !ctx.inputs.is_complete {
        return;
    }
    for (id, instruction) in ctx.inputs.template.numbered() {
        let InstructionKind::Copy(copy) = &instruction.kind else { continue };
        let user = copy.owner.as_deref().and_then(|owner| owner.split(':').next());
        let now = Moment { instruction: id.index(), command: 0 };
        let Some(user) = user.filter(|user| is_missing_user(ctx, user, now)) else { continue };
        let Some(span) = instruction.spans.owner.or(instruction.origin.span()) else { continue };
        let command = words_for(span, "run = \"useradd -m", "RUN useradd -m");
        let end = words_for(span, "\"` and `user = \"root\"`", "`");
        diagnostics.push(
            Diagnostic::new(Code::UserNotFound, span, format!("there is no user `{user}`"))
                .label("the copy leaves its files with root")
                .help(format!("create it first, with `{command} {user}{end}")),
        );
    }
}
