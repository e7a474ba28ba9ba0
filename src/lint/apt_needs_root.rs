//! `apt-needs-root`: a system package manager runs without root privileges.

use super::shell::{Call, Simple};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;

/// Package managers that write to the system, each with the arguments that need no root.
const MANAGERS: &[(&str, &[&str])] = &[
    ("apt-get", &["changelog", "check", "download", "indextargets", "source"]),
    ("apt", &["changelog", "depends", "download", "list", "policy", "rdepends", "search", "show"]),
    ("dpkg", &["-l", "-L", "-s", "-S", "-c", "-I", "-x", "--list", "--status", "--search"]),
    ("add-apt-repository", &[]),
    ("apk", &["info", "list", "search", "version"]),
    ("dnf", &["info", "list", "repolist", "search"]),
    ("yum", &["info", "list", "repolist", "search"]),
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        for call in step.script.calls() {
            let user = step.user_of(&call).filter(|user| *user != ROOT && *user != "0");
            let (Some(user), command) = (user, call.command) else { continue };
            if !needs_root(&call) {
                continue;
            }
            let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
            let program = command.program().unwrap_or_default();
            let message = format!("`{program}` needs root, but the step runs as `{user}`");
            diagnostics.push(
                Diagnostic::new(Code::AptNeedsRoot, span, message)
                    .label(format!("`{user}` cannot install packages"))
                    .help(words_for(
                        span,
                        "install them with `apt = [\"…\"]`, which runs as root, or add \
                         `user = \"root\"` to the step",
                        "put `USER root` before it, and set the user again after it",
                    )),
            );
            // The fix is the same for the step's other commands.
            break;
        }
    }
}

fn needs_root(call: &Call<'_>) -> bool {
    // The condition of a branch may test for root.
    changes_the_system(call.command) && !call.command.has_sudo() && call.runs_always()
}

/// Whether a package manager writes to the system, with these arguments.
fn changes_the_system(command: &Simple) -> bool {
    let Some(program) = command.program() else { return false };
    let Some((_, harmless)) = MANAGERS.iter().find(|(name, _)| *name == program) else {
        return false;
    };
    let mut arguments = command.arguments().peekable();
    let asks = arguments.peek().is_none()
        || arguments
            .any(|word| harmless.contains(&word) || word == "--version" || word == "--help");
    !asks
}
