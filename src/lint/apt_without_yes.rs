//! `apt-without-yes`: a system package manager asks for confirmation, and a build has no input.

use super::apt_needs_root::simulates;
use super::shell::{Call, Separator, Simple};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::{InstructionKind, Template};

/// Package managers that ask for confirmation.
const MANAGERS: &[&str] = &["apt", "apt-get", "aptitude", "dnf", "microdnf", "yum"];

/// The subcommands that ask.
const ASKED: &[&str] =
    &["dist-upgrade", "full-upgrade", "groupinstall", "install", "localinstall", "upgrade"];

/// Settings that answer yes for every invocation.
const SETTINGS: &[&str] = &["assume-yes", "assumeyes"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if answers_always(ctx.inputs.template) {
        return;
    }
    for step in ctx.scripts() {
        let Some(Call { command, .. }) = step.script.calls().find(asks) else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let program = command.program().unwrap_or_default();
        let message = format!("`{program}` asks for confirmation, which a build cannot give");
        let other = words_for(span, ", or install with `apt = [\"…\"]`", "");
        diagnostics.push(
            Diagnostic::new(Code::AptWithoutYes, span, message)
                .label("`-y` is missing")
                .help(format!("write `{program} -y`{other}")),
        );
    }
}

fn asks(call: &Call<'_>) -> bool {
    let command = call.command;
    if !command.program().is_some_and(|program| MANAGERS.contains(&program)) {
        return false;
    }
    // A variable may expand to `-y`.
    let words = command.command();
    if words.iter().any(|word| word.literal.is_none() && word.prefix.is_empty()) {
        return false;
    }
    let arguments = || words.iter().skip(1).map(|word| word.prefix.as_str());
    let subcommand = arguments().find(|word| !word.starts_with('-'));
    // `yes |` and `< answers` provide input.
    let answered = arguments().any(answers)
        || call.levels().any(|(script, command)| {
            // It reads the rest of the script that its shell reads.
            let reads_script = command.inner.as_ref().is_some_and(|inner| inner.from_input);
            let fed = || {
                command.before == Separator::Pipe
                    || script.around(command).any(|block| block.before == Separator::Pipe)
                    || command.redirects.iter().any(|redirect| redirect.operator.starts_with('<'))
            };
            !reads_script && fed() || reads_script && inner_answers(command)
        });
    subcommand.is_some_and(|subcommand| ASKED.contains(&subcommand)) && !answered
}

/// Whether the script of a shell contains the answer to a question of one of its commands.
fn inner_answers(shell: &Simple) -> bool {
    let answers = |command: &Simple| {
        command.name().is_some_and(|name| matches!(name.to_ascii_lowercase().as_str(), "y" | "yes"))
    };
    shell.inner.as_ref().is_some_and(|inner| inner.script.commands.iter().any(answers))
}

/// Whether an option confirms, or selects a mode that needs no confirmation.
fn answers(option: &str) -> bool {
    const LONG: &[&str] = &[
        "--yes",
        "--assume-yes",
        "--assumeyes",
        "--assumeno",
        "--assume-no",
        "--force-yes",
        "--help",
        "--version",
    ];
    let lower = option.to_ascii_lowercase();
    if let Some(letters) = option.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
        // `-qq` implies yes, and so does `-q=2`.
        return simulates(option)
            || letters.contains('y')
            || letters.matches('q').count() > 1
            || letters.starts_with("q=2");
    }
    LONG.contains(&option) || simulates(option) || option == "--quiet=2" || names_setting(&lower)
}

fn names_setting(lower: &str) -> bool {
    SETTINGS.iter().any(|setting| lower.contains(setting))
}

/// Whether a command or a copied file may configure the manager to assume yes.
fn answers_always(template: &Template) -> bool {
    template.instructions.iter().any(|instruction| match &instruction.kind {
        InstructionKind::Run(run) => {
            let lower = run.command.to_ascii_lowercase();
            lower.contains("apt.conf") && names_setting(&lower)
                || lower.contains("assumeyes=")
                || lower.contains("/etc/dnf") && lower.contains("assumeyes")
        }
        InstructionKind::Copy(copy) => copy.target.contains("apt.conf"),
        InstructionKind::Write(write) => {
            write.literals().any(|text| names_setting(&text.to_ascii_lowercase()))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn only_unanswered_confirmations_are_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            script.calls().any(|call| asks(&call))
        };
        for bad in [
            "apt-get install curl",
            "sudo apt install --no-install-recommends curl",
            "DEBIAN_FRONTEND=noninteractive apt-get -q upgrade",
            "dnf install git",
        ] {
            assert!(found(bad), "{bad}");
        }
        for good in [
            "apt-get install -y curl",
            "apt-get -qqy install curl",
            "apt-get install -qq curl",
            "apt-get install --yes curl",
            "apt-get -o APT::Get::Assume-Yes=true install curl",
            "yes | apt-get install curl",
            "apt-get install $OPTIONS curl",
            "apt-get install -s curl",
            "apt-get update",
            "apt-get remove --help",
            "apt-get download curl",
            "apk add curl",
        ] {
            assert!(!found(good), "{good}");
        }
    }
}
