//! `ready-port-mismatch`: the readiness check asks for a port that the start command does not open.

use super::shell::{Script, Simple, base_name};
use super::{LintContext, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Servers, with the options that name their port.
const SERVERS: &[(&str, &[&str])] = &[
    ("uvicorn", &["--port"]),
    ("hypercorn", &["-b", "--bind"]),
    ("gunicorn", &["-b", "--bind"]),
    ("daphne", &["-p", "--port"]),
    ("flask", &["-p", "--port"]),
    ("streamlit", &["--server.port"]),
    ("jupyter", &["--port", "--ServerApp.port", "--NotebookApp.port"]),
    ("next", &["-p", "--port"]),
    ("vite", &["--port"]),
    ("http-server", &["-p", "--port"]),
    ("serve", &["-l", "-p", "--listen"]),
    ("rails", &["-p", "--port"]),
    ("php", &["-S"]),
];

/// Programs that open no port.
const SILENT: &[&str] = &[".", "cd", "echo", "export", "mkdir", "set", "sleep", "source", "umask"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let (Some(script), Some(start), Some(ready)) = (&ctx.start, &template.start, &template.ready)
    else {
        return;
    };
    let Some(asked) = asked(&ready.text) else { return };
    let Some((command, port)) = opened(script).filter(|(_, port)| *port != asked) else { return };
    let (Some(span), Some(whole)) = (ready.origin.span(), start.origin.span()) else { return };
    let range = command.range.clone();
    let at = place::part(ctx.inputs.sources, whole, &start.text, range);
    diagnostics.push(
        Diagnostic::new(
            Code::ReadyPortMismatch,
            span,
            format!("the readiness check asks for port {asked}, not for {port}"),
        )
        .label("is never ready, so the build fails after ten minutes")
        .related(at, format!("the start command listens on port {port}"))
        .help(format!("ask for port {port}, or start the server on {asked}")),
    );
}

/// The only port that a probe asks for on this machine.
fn asked(probe: &str) -> Option<u16> {
    const MARKS: &[&str] = &["sport = :", "//localhost:", "//127.0.0.1:", "//0.0.0.0:"];
    let mut found = MARKS.iter().flat_map(|mark| {
        probe.match_indices(mark).map(|(at, mark)| {
            let rest = &probe[at + mark.len()..];
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..end].parse().ok()
        })
    });
    let first = found.next()?;
    found.next().is_none().then_some(first).flatten()
}

/// The port of the server that a script starts, if it starts nothing else.
pub(super) fn opened(script: &Script) -> Option<(&Simple, u16)> {
    let others = script
        .commands
        .iter()
        .filter(|command| !command.program().is_some_and(|program| SILENT.contains(&program)));
    let [server] = others.collect::<Vec<_>>()[..] else { return None };
    let is_plain = script.runs_always(server) && server.inner.is_none();
    let words: Option<Vec<&str>> =
        server.command().iter().map(|word| word.literal.as_deref()).collect();
    let words = words.filter(|_| is_plain)?;
    if let [_, "-m", "http.server", port, ..] = words[..] {
        return Some((server, port.parse().ok()?));
    }
    let words = launched(&words);
    let program = base_name(words.first()?);
    let (_, options) = SERVERS.iter().find(|(name, _)| *name == program)?;
    let value = words.iter().enumerate().find_map(|(at, word)| {
        if options.contains(word) {
            return words.get(at + 1).copied();
        }
        let (option, value) = word.split_once('=')?;
        options.contains(&option).then_some(value)
    })?;
    let port = value.rsplit(':').next().unwrap_or(value).parse().ok()?;
    Some((server, port))
}

/// The words of the program that another one starts, such as `npx` or `uv run`, or all of them.
fn launched<'w, 's>(words: &'w [&'s str]) -> &'w [&'s str] {
    match words {
        ["npx" | "bunx", "-y" | "--yes", rest @ ..]
        | ["npx" | "bunx" | "pnpx", rest @ ..]
        | ["npm" | "pnpm" | "yarn", "exec" | "dlx", "--", rest @ ..]
        | ["npm" | "pnpm" | "yarn", "exec" | "dlx", rest @ ..]
        | ["bundle", "exec", rest @ ..]
        | ["bun", "x", rest @ ..]
        | ["uv" | "poetry" | "pipenv" | "pdm", "run", rest @ ..]
        | ["python" | "python3", "-m", rest @ ..] => rest,
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_where_they_are_certain() {
        let port = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            opened(&script).map(|(_, port)| port)
        };
        for (text, expected) in [
            ("uvicorn app:app --host 0.0.0.0 --port 8000", Some(8000)),
            ("cd /srv && exec gunicorn -b 0.0.0.0:5000 app:app", Some(5000)),
            ("python3 -m http.server 9000", Some(9000)),
            ("streamlit run a.py --server.port=8501", Some(8501)),
            ("npx vite --host 0.0.0.0 --port 5173", Some(5173)),
            ("npx -y http-server -p 9000", Some(9000)),
            ("pnpm exec next dev -p 3001", Some(3001)),
            ("python -m uvicorn app:app --port 8000", Some(8000)),
            ("uv run /opt/bin/flask run --port=5000", Some(5000)),
            ("bundle exec rails server -p 4000", Some(4000)),
            ("npx concurrently 'vite --port 5173'", None),
            ("npm run dev -- --port 5173", None),
            ("npm exec -- tool --port 1", None),
            ("/opt/venv/bin/python -m http.server 9000 --bind 0.0.0.0", Some(9000)),
            ("uvicorn app:app", None),
            ("uvicorn app:app --port $PORT", None),
            ("nginx && uvicorn app:app --port 8000", None),
            ("redis-server & uvicorn app:app --port 8000", None),
            ("./run.sh --port 8000", None),
        ] {
            assert_eq!(port(text), expected, "{text}");
        }
        assert_eq!(asked(r#"[ -n "$(ss -Htuln sport = :3000)" ]"#), Some(3000));
        assert_eq!(asked("curl -s http://localhost:8000/health | grep -q 200"), Some(8000));
        assert_eq!(asked("sleep 20"), None);
        assert_eq!(asked("curl http://localhost/ && curl http://localhost:1/"), Some(1));
        assert_eq!(asked("curl localhost:3"), None);
    }
}
