//! `long-running-step`: a step runs a command that does not exit, such as a server.

mod package_script;

use super::shell::{Call, Separator, Simple};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        let scripts = ctx.inputs.package_scripts;
        let mut calls = step.script.calls();
        let endless =
            calls.find(|call| blocks(call) && !package_script::ends(call.command, scripts));
        let Some(Call { command, .. }) = endless else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let program = command.program().unwrap_or_default();
        let message = format!("`{program}` does not exit, so the step never finishes");
        diagnostics.push(
            Diagnostic::new(Code::LongRunningStep, span, message)
                .label("the build waits for this command until it times out")
                .help(words_for(
                    span,
                    "move it to `start`, which the platform runs in the background",
                    "move it to `CMD`, which the platform runs in the background",
                )),
        );
    }
}

/// Whether a command certainly runs in the foreground and does not exit.
fn blocks(call: &Call<'_>) -> bool {
    let waits = |separator| matches!(separator, Separator::And | Separator::Then | Separator::Edge);
    // The reader of a pipe may exit and thereby end the writer.
    let piped = |command: &Simple| {
        // `cat <<EOF | bash` pipes the script itself.
        let reads_script = command.inner.as_ref().is_some_and(|inner| inner.from_input);
        command.before == Separator::Pipe && !reads_script
    };
    serves(call.command)
        && call.runs_always()
        && call.levels().all(|(script, command)| {
            let foreground = waits(command.after)
                && !piped(command)
                && script
                    .around(command)
                    .all(|block| waits(block.after) && block.before != Separator::Pipe);
            // A background job may stop this command later.
            foreground
                && script.commands.iter().all(|command| command.after != Separator::Background)
        })
}

/// Whether a program, with these arguments, runs until it is stopped.
pub(super) fn serves(command: &Simple) -> bool {
    const QUESTIONS: &[&str] = &["--help", "-h", "--version", "-v", "-V", "-t", "help", "version"];
    let Some(program) = command.program() else { return false };
    let words: Vec<&str> = command
        .command()
        .iter()
        .skip(1)
        .map(|word| word.literal.as_deref().unwrap_or(&word.prefix))
        .collect();
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    if has(QUESTIONS) {
        return false;
    }
    let first = words.first().copied();
    match program {
        "sleep" => first == Some("infinity"),
        // `tail -f --pid` ends with another process.
        "tail" => {
            has(&["-f", "-F", "--follow", "-fn", "-n0f"])
                && !words.iter().any(|word| word.starts_with("--pid"))
        }
        "npm" | "pnpm" | "yarn" | "bun" => package_script::named(program, &words).is_some(),
        "uvicorn" | "hypercorn" | "daphne" => words.iter().any(|word| word.contains(':')),
        "gunicorn" => {
            words.iter().any(|word| !word.starts_with('-') && word.contains(':'))
                && !has(&["-D", "--daemon", "--check-config", "--print-config"])
        }
        "caddy" | "flask" | "streamlit" => first == Some("run"),
        "python" | "python3" => {
            words.starts_with(&["-m", "http.server"])
                || words.len() > 1 && words[0].ends_with("manage.py") && words[1] == "runserver"
        }
        "jupyter" => {
            matches!(first, Some("lab" | "notebook"))
                && words[1..].iter().all(|word| word.starts_with("--"))
                && !has(&["--generate-config", "--show-config", "--show-config-json"])
        }
        "redis-server" => !has(&["--daemonize", "--test-memory"]) && words.len() < 6,
        "nginx" => words.iter().any(|word| word.contains("daemon off")),
        "chromedriver" | "geckodriver" | "http-server" | "mysqld_safe" | "serve" => true,
        "ollama" | "vllm" => first == Some("serve"),
        "minio" => first == Some("server"),
        "mongod" => !has(&["--fork", "--shutdown", "--repair"]),
        "mysqld" | "mariadbd" => {
            !words.iter().any(|word| word.contains("initialize") || word.contains("bootstrap"))
                && !has(&["--daemonize", "-D", "--validate-config"])
        }
        "dockerd" => !has(&["--validate"]),
        "Xvfb" => first.is_some_and(|first| first.starts_with(':')),
        "code-server" => words
            .iter()
            .all(|word| !word.contains("extension") && !matches!(*word, "--reuse-window" | "-r")),
        "postgres" => has(&["-D"]) && !has(&["-C", "--single", "--boot", "--check"]),
        "next" => matches!(first, Some("dev" | "start")),
        "rails" => matches!(first, Some("server" | "s")),
        "php" => words.starts_with(&["artisan", "serve"]) || first == Some("-S"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn only_commands_that_do_not_exit_are_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            script.calls().any(|call| blocks(&call))
        };
        for bad in [
            "npm start",
            "cd /srv && npm run dev -- --port 80",
            "yarn dev",
            "tail -f /dev/null",
            "python3 -m http.server 8000; echo done",
            "uvicorn app:app",
            "flask run --host=0.0.0.0",
            "nginx -g 'daemon off;'",
            "jupyter lab --no-browser",
            "sleep infinity",
            "redis-server --port 6380",
            "dockerd",
            "Xvfb :99 -screen 0 1280x720x24",
            "code-server --bind-addr 0.0.0.0:8080",
            "postgres -D /var/lib/postgresql/data",
            "ollama serve",
            "mysqld --user=mysql",
        ] {
            assert!(found(bad), "{bad}");
        }
        for good in [
            "npm run build",
            "dockerd --version",
            "Xvfb :99 & sleep 1; make",
            "code-server --install-extension ms-python.python",
            "postgres --version",
            "ollama pull llama3",
            "mysqld --initialize-insecure",
            "mongod --fork --logpath /var/log/mongod.log",
            "postgres -D /x --single",
            "npm dev",
            "npm install start",
            "npm start & sleep 5; npm test",
            "timeout 5 npm start",
            "npm start || true &",
            "(npm start &) && sleep 3",
            "tail -n 5 log",
            "tail -f log | grep -m1 ready",
            "uvicorn --version",
            "jupyter lab build",
            "jupyter lab --generate-config",
            "nginx -t",
            "redis-server --daemonize yes",
            "false || npm start",
            "if a; then npm start; fi",
            "gunicorn --check-config app:app",
            "sleep 5",
        ] {
            assert!(!found(good), "{good}");
        }
    }
}
