//! `held-output`: a process in the background holds the output of a step, which does not end.

use super::background::{self, Background};
use super::shell::{Call, Script, Simple};
use super::{LintContext, long_running_step, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Programs that end by themselves, so that a step in which they run in the background ends, too.
const FINITE: &[&str] = &[
    "apt-get", "cargo", "chmod", "chown", "cp", "curl", "gcc", "git", "go", "gzip", "ln", "make",
    "mkdir", "mv", "npm", "pip", "pip3", "pnpm", "rm", "tar", "timeout", "touch", "unzip", "wget",
    "yarn",
];

/// Parts of words that may stop a process.
const STOPS: &[&str] = &["kill", "quit", "shutdown", "stop", "term", "trap"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !ctx.inputs.platform.facts().waits_for_output {
        return;
    }
    for step in ctx.scripts() {
        let Some(command) = found(step.script) else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let program = command.program().unwrap_or("a process");
        let name = command.program().map_or_else(|| program.to_owned(), |name| format!("`{name}`"));
        let message = format!("the step does not end while {name} runs in the background");
        diagnostics.push(
            Diagnostic::new(Code::HeldOutput, span, message)
                .label("it keeps the output of the step open")
                .help(words_for(
                    span,
                    "redirect its output with `> /dev/null 2>&1`, and stop it with `kill $!` at the \
                     end of the step; what the sandbox needs belongs in `start`",
                    "redirect its output with `> /dev/null 2>&1`, and stop it with `kill $!` at the \
                     end of the `RUN`; what the sandbox needs belongs in `CMD`",
                )),
        );
    }
}

/// A command of a script that holds the output of the step in the background.
fn found(script: &Script) -> Option<&Simple> {
    let found = left(script)?;
    let ends = script.redirects_itself() || script.calls().any(|call| may_stop(call.command));
    (!ends).then_some(found)
}

/// A command that is left in the background, and holds the output unless another one stops it.
fn left(script: &Script) -> Option<&Simple> {
    let serves = |call: &Call<'_>| {
        let is_server = call.is_in_background() && long_running_step::serves(call.command);
        (is_server || starts_postgres(call.command)) && call.runs_always() && call.holds_output()
    };
    let first = script.calls().find(serves).map(|call| call.command);
    first.or_else(|| match background::left(script)? {
        (last, Background::Ampersand) => {
            // Of a shell with a script of its own, that is the last command.
            let shell = last.inner.as_ref().and_then(|inner| inner.script.commands.last());
            let command = shell.unwrap_or(last);
            let is_finite = command.program().is_some_and(|program| FINITE.contains(&program))
                && !long_running_step::serves(command);
            (!is_finite && holds(script, command)).then_some(command)
        }
        (_, Background::Program(_)) => None,
    })
}

/// Whether a command starts a `postgres` that writes to the output of `pg_ctl`, as it has no log.
fn starts_postgres(command: &Simple) -> bool {
    let has = |options: &[&str]| {
        command.arguments().any(|word| options.iter().any(|option| word.starts_with(option)))
    };
    command.program() == Some("pg_ctl") && has(&["start"]) && !has(&["-l", "--log"])
}

/// Whether a command of a script holds the output of the step while it runs.
pub(super) fn holds(script: &Script, command: &Simple) -> bool {
    let mut calls = script.calls();
    let call = calls.find(|call| std::ptr::eq(call.command, command));
    !script.redirects_itself() && call.is_some_and(|call| call.holds_output())
}

/// Whether a command may stop another process, now or later.
fn may_stop(command: &Simple) -> bool {
    command.words.iter().any(|word| STOPS.iter().any(|stop| word.prefix.contains(stop)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_that_hold_the_output_are_found() {
        let name = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            found(&script).map(|command| command.program().unwrap_or_default().to_owned())
        };
        for (text, program) in [
            ("sleep 300 &\necho done", "sleep"),
            ("(redis-server &)", "redis-server"),
            ("nohup x &", "x"),
            ("x > log &", "x"),
            ("x & disown", "x"),
            ("bash -c 'cd /srv && x' &", "x"),
            ("ollama serve & sleep 5; ollama pull llama3", "ollama"),
            ("Xvfb :99 & DISPLAY=:99 python test.py", "Xvfb"),
            ("npm start &", "npm"),
            ("su postgres -c 'pg_ctl -D /pg start' && psql -c x", "pg_ctl"),
            ("uvicorn app:app & wait", "uvicorn"),
        ] {
            assert_eq!(name(text).as_deref(), Some(program), "{text}");
        }
        for text in [
            "x & pid=$!; curl localhost; kill $pid",
            "x >/dev/null 2>&1 &",
            "x &>/dev/null &",
            "(x &) > log 2>&1",
            "exec > log 2>&1; x &",
            "x & wait",
            "timeout 5 x &",
            "make &",
            "x & make",
            "trap 'kill 0' EXIT; x &",
            "redis-server & sleep 1; redis-cli shutdown",
            "uvicorn app:app > log 2>&1 & sleep 1; curl localhost",
            "redis-server --daemonize yes",
            "pg_ctl -D /pg -l /pg.log start && psql -c x",
            "pg_ctl -D /pg start && psql -c x && pg_ctl -D /pg stop",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
