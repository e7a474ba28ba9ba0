//! `lost-shell-state`: the last command of a step changes only the state of its shell.

use super::LintContext;
use super::shell::{Script, Simple, base_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // Only the last command: an earlier one affects the rest of its step.
        let Some(last) = step.script.commands.last() else { continue };
        let Some((what, help)) = lost(step.script, last) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
        let message = format!("{what} does not carry over to the next step");
        diagnostics.push(
            Diagnostic::new(Code::LostShellState, span, message)
                .label("each step runs in its own shell")
                .help(help),
        );
    }
}

/// The shell state that a command changes, and what to write instead.
fn lost(script: &Script, command: &Simple) -> Option<(&'static str, &'static str)> {
    if !script.runs_always(command) || !command.redirects.is_empty() {
        return None;
    }
    let mut arguments = command.words.iter().skip(1);
    let first = arguments.next().map(|word| word.literal.as_deref().unwrap_or(&word.prefix));
    match (command.name()?, first) {
        ("cd" | "pushd", Some(_)) => Some((
            "the working directory",
            "use a `workdir = \"…\"` step, or move the commands that need it into this step",
        )),
        ("export" | "declare", Some(_)) => Some((
            "an exported variable",
            "set it in `env`, or move the commands that need it into this step",
        )),
        ("alias", Some(_)) => Some((
            "an alias",
            "install a script in `/usr/local/bin`, or add the alias to `~/.bashrc`",
        )),
        ("umask", Some(_)) => Some(("the umask", "move the commands that need it into this step")),
        // A sourced script may do anything; these only set up a shell.
        ("source" | ".", Some(file)) if sets_up_a_shell(file) => Some((
            "a sourced environment",
            "move the commands that need it into this step, or call the programs by their paths",
        )),
        ("conda" | "mamba" | "micromamba", Some("activate")) | ("nvm" | "pyenv", Some("use")) => {
            Some(("an activated environment", "move the commands that need it into this step"))
        }
        _ => None,
    }
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
