//! Commands that leave a process in the background and exit at once.

use super::shell::{Script, Separator, Simple, Word};

/// How the last command of a script goes into the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    /// By the shell's `&`.
    Ampersand,
    /// The program daemonizes itself. Holds how to keep it in the foreground, as the beginning of
    /// a help.
    Program(&'static str),
}

/// Whether the last command of a script goes into the background, and how.
pub(super) fn last(script: &Script) -> Option<(&Simple, Background)> {
    of(script, script.commands.last()?, last)
}

/// The command that a script leaves in the background: the commands after it, if there are any,
/// neither use nor stop the process.
pub(super) fn left(script: &Script) -> Option<(&Simple, Background)> {
    let mut commands = script.commands.iter().rev();
    of(script, commands.find(|command| is_detached(script, command) || !is_idle(command))?, left)
}

/// As [`last`] for a command, or for that of the shell that it runs.
fn of<'s>(
    script: &'s Script,
    command: &'s Simple,
    inner: fn(&'s Script) -> Option<(&'s Simple, Background)>,
) -> Option<(&'s Simple, Background)> {
    if is_detached(script, command) {
        return Some((command, Background::Ampersand));
    }
    let is_last = script.commands.last().is_some_and(|last| std::ptr::eq(last, command));
    let alone = script.runs_always(command)
        && match command.after {
            Separator::Edge | Separator::Then => true,
            Separator::And => !is_last,
            Separator::Or | Separator::Pipe | Separator::Background => false,
        };
    if let Some(shell) = command.inner.as_ref().filter(|_| alone) {
        return inner(&shell.script);
    }
    let remedy = program(command).filter(|_| alone)?;
    Some((command, Background::Program(remedy)))
}

/// Whether the shell runs a command in the background.
fn is_detached(script: &Script, command: &Simple) -> bool {
    command.after == Separator::Background
        || script.around(command).any(|block| block.after == Separator::Background)
}

/// Whether a command does nothing with the processes that run in the background.
fn is_idle(command: &Simple) -> bool {
    const IDLE: &[&str] = &[":", "disown", "echo", "printf", "sleep", "true"];
    command.program().is_some_and(|program| IDLE.contains(&program))
        && command.before != Separator::Pipe
        && command.after != Separator::Pipe
}

/// How to keep a program in the foreground, if it daemonizes itself when called like this.
fn program(command: &Simple) -> Option<&'static str> {
    let words: Vec<&str> = command.command().iter().map(text).collect();
    let (program, arguments) = (command.program()?, words.get(1..)?);
    let has = |options: &[&str]| arguments.iter().any(|word| options.contains(word));
    let first = arguments.iter().find(|word| !word.starts_with('-')).copied();
    match program {
        "gunicorn" if has(&["-D", "--daemon"]) => Some("remove `--daemon`"),
        "redis-server" if arguments.windows(2).any(|pair| pair == ["--daemonize", "yes"]) => {
            Some("remove `--daemonize yes`")
        }
        "pm2" if first == Some("start") && !has(&["--no-daemon", "--attach"]) => {
            Some("write `pm2-runtime start`")
        }
        "mongod" if has(&["--fork"]) => Some("remove `--fork`"),
        "memcached" if has(&["-d"]) => Some("remove `-d`"),
        "apachectl" | "apache2ctl" if has(&["start"]) && !has(&["-DFOREGROUND"]) => {
            Some("write `apachectl -DFOREGROUND`")
        }
        "docker-compose" if first == Some("up") && has(&["-d", "--detach"]) => Some("remove `-d`"),
        "docker"
            if arguments.starts_with(&["compose", "up"]) && has(&["-d", "--detach"])
                || first == Some("run") && has(&["-d", "--detach"]) =>
        {
            Some("remove `-d`")
        }
        _ => None,
    }
}

fn text(word: &Word) -> &str {
    word.literal.as_deref().unwrap_or(&word.prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_only_wait_or_print_may_follow() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            left(&script).map(|(command, _)| command.program().unwrap_or_default().to_owned())
        };
        for text in [
            "a &",
            "a & disown",
            "a & sleep 5; echo done",
            "a &\nsleep 5 && echo done",
            "bash -c 'a & disown'",
            "(a &); true",
            "(echo; a) & sleep 1",
        ] {
            assert_eq!(found(text).as_deref(), Some("a"), "{text}");
        }
        assert_eq!(
            found("redis-server --daemonize yes && sleep 1").as_deref(),
            Some("redis-server")
        );
        for text in
            ["a & wait", "a & b", "a && echo done", "a & echo quit | nc localhost 1", "echo"]
        {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn options_decide_whether_a_program_daemonizes() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            last(&script).map(|(_, how)| how)
        };
        for text in ["a &", "a & b &", "(a; b) &", "nohup a > b 2>&1 &", "for x in y; do a; done &"]
        {
            assert_eq!(found(text), Some(Background::Ampersand), "{text}");
        }
        for text in [
            "gunicorn -D app:app",
            "exec gunicorn --daemon app:app",
            "cd /srv && redis-server --daemonize yes",
            "pm2 start app.js",
            "sudo apachectl start",
            "docker compose up -d",
        ] {
            assert!(matches!(found(text), Some(Background::Program(_))), "{text}");
        }
        for text in [
            "a & b",
            "a & wait",
            "gunicorn app:app",
            "redis-server",
            "redis-server --daemonize no",
            "pm2-runtime start app.js",
            "pm2 start app.js --no-daemon",
            "pm2 start app.js && pm2 logs",
            "apachectl -DFOREGROUND -k start",
            "docker compose up",
            "gunicorn -D app:app && tail -f log",
            "a || gunicorn -D app:app",
            // Sandboxes of the E2B family run systemd, which supervises its services.
            "systemctl start nginx",
            "service nginx start",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
