//! `apt-needs-root`: a system package manager runs without root privileges.

use super::shell::Simple;
use super::{LintContext, is_root, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Package managers that write to the system, each with the arguments that need no root.
///
/// `dpkg` is not one of them: most of its options only ask.
const MANAGERS: &[(&str, &[&str])] = &[
    ("apt-get", &["changelog", "check", "download", "indextargets", "source"]),
    ("apt", &["changelog", "depends", "download", "list", "policy", "rdepends", "search", "show"]),
    ("add-apt-repository", &[]),
    ("apk", &["info", "list", "search", "version"]),
    ("dnf", &["info", "list", "repolist", "search"]),
    ("yum", &["info", "list", "repolist", "search"]),
];

/// The options of `dpkg` that change the system.
const DPKG: &[&str] = &[
    "-i",
    "--install",
    "--unpack",
    "--configure",
    "--triggers-only",
    "-r",
    "--remove",
    "-P",
    "--purge",
    "--add-architecture",
    "--remove-architecture",
    "--set-selections",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        for execution in ctx.executions.of_step(step.id) {
            let command = execution.command;
            let user = execution.user.filter(|user| !is_root(user));
            // The condition of a branch may test for root.
            let Some(user) = user.filter(|_| execution.is_certain) else { continue };
            if !changes_the_system(command) {
                continue;
            }
            let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
            let usual = words_for(
                span,
                "install them with `apt = [\"…\"]`, which runs as root, or add \
                 `user = \"root\"` to the step",
                "put `USER root` before it, and set the user again after it",
            );
            let program = command.program().unwrap_or_default();
            let message = format!("`{program}` needs root, but the step runs as `{user}`");
            diagnostics.push(
                Diagnostic::new(Code::AptNeedsRoot, span, message)
                    .label(format!("`{user}` cannot install packages"))
                    .help(step.become_root(user, usual)),
            );
            // The fix is the same for the step's other commands.
            break;
        }
    }
}

/// Whether a package manager writes to the system, with these arguments.
fn changes_the_system(command: &Simple) -> bool {
    let Some(program) = command.program() else { return false };
    if program == "dpkg" {
        return command.arguments().any(|word| DPKG.contains(&word));
    }
    let Some((_, harmless)) = MANAGERS.iter().find(|(name, _)| *name == program) else {
        return false;
    };
    let mut arguments = command.arguments().peekable();
    let asks = arguments.peek().is_none()
        || arguments.any(|word| harmless.contains(&word) || simulates(word) || is_question(word));
    !asks
}

/// Whether an option of `apt-get` prints what would be done, and does nothing.
pub(super) fn simulates(option: &str) -> bool {
    const LONG: &[&str] =
        &["--dry-run", "--just-print", "--no-act", "--print-uris", "--recon", "--simulate"];
    let letters = option.strip_prefix('-').filter(|letters| (1..4).contains(&letters.len()));
    let short = letters.is_some_and(|letters| {
        letters.bytes().all(|letter| letter.is_ascii_lowercase()) && letters.contains('s')
    });
    short || LONG.contains(&option)
}

fn is_question(option: &str) -> bool {
    matches!(option, "--help" | "--version" | "-h" | "-v")
}
