//! `lost-shell-state`: a step ends with a command that changes nothing but its own shell.

use super::LintContext;
use super::shell::{Script, Simple, base_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        // What stands before another command of the same step may be meant for that one.
        let Some(last) = step.script.commands.last() else { continue };
        let Some((what, help)) = lost(step.script, last) else { continue };
        let Some(span) = ctx.place(&step, last.range.clone()) else { continue };
        let message = format!("{what} is lost at the end of the step");
        diagnostics.push(
            Diagnostic::new(Code::LostShellState, span, message)
                .label("each step has a shell of its own")
                .help(help),
        );
    }
}

/// What a command changes in the shell alone, and what to write instead.
fn lost(script: &Script, command: &Simple) -> Option<(&'static str, &'static str)> {
    if !script.runs_always(command) || !command.redirects.is_empty() {
        return None;
    }
    let mut arguments = command.words.iter().skip(1);
    let first = arguments.next().map(|word| word.literal.as_deref().unwrap_or(&word.prefix));
    match (command.name()?, first) {
        ("cd" | "pushd", Some(_)) => Some((
            "the working directory",
            "write `workdir = \"…\"` as a step, or put what follows into the same step",
        )),
        ("export" | "declare", Some(_)) => {
            Some(("a variable", "write it into `env`, or put what needs it into the same step"))
        }
        ("alias", Some(_)) => {
            Some(("an alias", "write a script into `/usr/local/bin`, or a line into `~/.bashrc`"))
        }
        ("umask", Some(_)) => Some(("the mask", "put what needs it into the same step")),
        // A script that is sourced may do anything; these are known to set up a shell only.
        ("source" | ".", Some(file)) if sets_up_a_shell(file) => Some((
            "what the file sets up",
            "put what needs it into the same step, or name the programs by their paths",
        )),
        ("conda" | "mamba" | "micromamba", Some("activate")) | ("nvm" | "pyenv", Some("use")) => {
            Some(("what is activated", "put what needs it into the same step"))
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
