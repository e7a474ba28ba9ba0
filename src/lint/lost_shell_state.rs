//! `lost-shell-state`: the last command of a step changes only the state of its shell.

use super::shell::{Script, Simple, base_name};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

const MOVE: &str = "move the commands that need it into this step";
const MOVE_RUN: &str = "move the commands that need it into this `RUN`";

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // Only the last command: an earlier one affects the rest of its step.
        let Some(last) = step.script.commands.last() else { continue };
        let Some((what, [manifest, dockerfile])) = lost(step.script, last) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
        let message = format!("{what} does not carry over to the next step");
        diagnostics.push(
            Diagnostic::new(Code::LostShellState, span, message)
                .label("each step runs in its own shell")
                .help(words_for(span, manifest, dockerfile)),
        );
    }
}

/// The shell state that a command changes, and what to write instead in a manifest and in a
/// Dockerfile.
fn lost(script: &Script, command: &Simple) -> Option<(&'static str, [&'static str; 2])> {
    if !script.runs_always(command) || !command.redirects.is_empty() {
        return None;
    }
    let mut arguments = command.words.iter().skip(1);
    let first = arguments.next().map(|word| word.literal.as_deref().unwrap_or(&word.prefix));
    let (what, manifest, dockerfile) = match (command.name()?, first) {
        ("cd" | "pushd", Some(_)) => (
            "the working directory",
            "use a `workdir = \"…\"` step, or move the commands that need it into this step",
            "use `WORKDIR`, or move the commands that need it into this `RUN`",
        ),
        ("export" | "declare", Some(_)) => (
            "an exported variable",
            "set it in `env`, or move the commands that need it into this step",
            "set it with `ENV`, or move the commands that need it into this `RUN`",
        ),
        ("alias", Some(_)) => {
            let help = "install a script in `/usr/local/bin`, or add the alias to `~/.bashrc`";
            ("an alias", help, help)
        }
        ("umask", Some(_)) => ("the umask", MOVE, MOVE_RUN),
        // A sourced script may do anything; these only set up a shell.
        ("source" | ".", Some(file)) if sets_up_a_shell(file) => (
            "a sourced environment",
            "move the commands that need it into this step, or call the programs by their paths",
            "move the commands that need it into this `RUN`, or call the programs by their paths",
        ),
        ("conda" | "mamba" | "micromamba", Some("activate")) | ("nvm" | "pyenv", Some("use")) => {
            ("an activated environment", MOVE, MOVE_RUN)
        }
        _ => return None,
    };
    Some((what, [manifest, dockerfile]))
}

fn sets_up_a_shell(file: &str) -> bool {
    const FILES: &[&str] = &[
        "activate",
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        "nvm.sh",
        "conda.sh",
        "env",
        ".env",
    ];
    FILES.contains(&base_name(file))
}
