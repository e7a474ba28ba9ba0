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
    let last = script.commands.last()?;
    let ampersand = last.after == Separator::Background
        || script.around(last).any(|block| block.after == Separator::Background);
    if ampersand {
        return Some((last, Background::Ampersand));
    }
    let alone = script.runs_always(last) && matches!(last.after, Separator::Edge | Separator::Then);
    if let Some(inner) = last.inner.as_ref().filter(|_| alone) {
        return self::last(&inner.script);
    }
    let remedy = program(last).filter(|_| alone)?;
    Some((last, Background::Program(remedy)))
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
