//! `missing-set-e`: a command may fail and the step continues, because there is no `set -e`.

use super::LintContext;
use super::shell::{Separator, Shell, Simple};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Programs that are the purpose of a step, and that fail for reasons outside of it: the network,
/// a version, a compiler.
const MATTERS: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "bun",
    "bundle",
    "cargo",
    "cmake",
    "composer",
    "conda",
    "configure",
    "curl",
    "dnf",
    "dpkg",
    "gem",
    "git",
    "go",
    "make",
    "mamba",
    "micromamba",
    "mvn",
    "ninja",
    "npm",
    "npx",
    "pip",
    "pip3",
    "pnpm",
    "poetry",
    "tar",
    "unzip",
    "uv",
    "wget",
    "yarn",
    "yum",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        let mut shells = step.script.shells();
        let found = shells.find_map(|shell| unchecked(&step.run.command, &shell));
        let Some(command) = found else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let program = command.program().unwrap_or_default();
        let message = format!("a failure of `{program}` is ignored");
        diagnostics.push(
            Diagnostic::new(Code::MissingSetE, span, message)
                .label("the step continues: only the status of its last command counts")
                .help("start the step with `set -e`, or join its commands with `&&`"),
        );
    }
}

/// Whether the failures of a shell's commands are handled, or ignored on purpose. `text` is that of
/// the outermost script.
fn is_handled(text: &str, shell: &Shell<'_>) -> bool {
    // Signs that the script handles failures itself.
    const HANDLED: &[&str] = &["$?", "PIPESTATUS", "errexit"];
    let text = shell.text(text);
    if shell.errexit() || HANDLED.iter().any(|sign| text.contains(sign)) {
        return true;
    }
    // What runs on a condition, or has an alternative, may fail.
    let alone = |(_, command): (_, &Simple)| {
        command.block.is_none() && command.before != Separator::Or && command.after != Separator::Or
    };
    if shell.within.is_some_and(|(call, _)| !call.levels().all(alone)) {
        return true;
    }
    let commands = &shell.script.commands;
    // `true` or `exit 0` at the end ignores failures on purpose.
    if matches!(commands.last().and_then(Simple::name), Some("true" | ":" | "exit")) {
        return true;
    }
    // The commands at the end that are joined with `&&` fail together.
    let end = commands.iter().rev().enumerate();
    let mut end = end.take_while(|(at, command)| *at == 0 || command.after == Separator::And);
    end.any(|(_, command)| checks(command) && command.before != Separator::Or)
}

/// Whether a command only checks what the commands before it did.
fn checks(command: &Simple) -> bool {
    let first = command.words.get(1).and_then(|word| word.literal.as_deref());
    match command.name() {
        Some("[" | "[[" | "file" | "hash" | "ls" | "stat" | "test" | "type" | "which") => true,
        Some("command") => matches!(first, Some("-v" | "-V")),
        Some("grep") => matches!(first, Some("-q" | "-qF" | "-qE" | "-Fq" | "-Eq")),
        Some("dpkg") => matches!(first, Some("-l" | "-L" | "-s" | "--status")),
        Some("pip" | "pip3") => matches!(first, Some("check" | "show")),
        Some("node") => matches!(first, Some("-e" | "-p" | "-v")),
        Some("python" | "python3") => matches!(first, Some("-c" | "-V")),
        // `TOOL --version` and `go version`.
        _ => command.words.len() == 2 && matches!(first, Some("--version" | "-V" | "version")),
    }
}

/// The first command whose failure would go unnoticed. `text` is that of the outermost script.
fn unchecked<'s>(text: &str, shell: &Shell<'s>) -> Option<&'s Simple> {
    if is_handled(text, shell) {
        return None;
    }
    let commands = &shell.script.commands;
    let mut from = 0;
    while from < commands.len() {
        let mut to = from;
        while matches!(commands[to].after, Separator::And | Separator::Or | Separator::Pipe)
            && to + 1 < commands.len()
        {
            to += 1;
        }
        let list = &commands[from..=to];
        // `set -e` applies to the rest; `set +e` is deliberate.
        if list.iter().any(handles_failures) {
            return None;
        }
        let outside =
            list.iter().all(|command| command.block.is_none() && command.before != Separator::Or);
        let goes_on = commands[to].after == Separator::Then && to + 1 < commands.len();
        if outside && goes_on {
            // The status of a pipeline is that of its last command.
            let mut counts = list.iter().filter(|command| command.after != Separator::Pipe);
            if let Some(command) = counts.find_map(decisive) {
                return Some(command);
            }
        }
        from = to + 1;
    }
    None
}

fn handles_failures(command: &Simple) -> bool {
    match command.name() {
        Some("set") => command.arguments().any(|word| {
            word.strip_prefix(['-', '+'])
                .is_some_and(|letters| !letters.starts_with('-') && letters.contains('e'))
        }),
        Some("trap") => true,
        _ => false,
    }
}

/// The command whose failure is that of a command, if it matters: the last one of an inner shell.
fn decisive(command: &Simple) -> Option<&Simple> {
    match &command.inner {
        Some(inner) => decisive(inner.script.commands.last().filter(|last| last.block.is_none())?),
        None => matters(command).then_some(command),
    }
}

fn matters(command: &Simple) -> bool {
    let Some(program) = command.program() else { return false };
    let mut arguments = command.arguments();
    let first = arguments.next();
    // Cleaning up may fail.
    let tidies = matches!(
        first,
        Some("autoclean" | "autoremove" | "cache" | "clean" | "config" | "purge" | "remove")
    ) || arguments
        .any(|word| matches!(word, "autoremove" | "clean" | "purge" | "remove"))
        && matches!(program, "apt" | "apt-get" | "apk" | "dnf" | "yum");
    let asks = matches!(first, Some("--version" | "-v" | "-V" | "version"));
    // If updating the index fails, the install that follows fails, too.
    let indexes = matches!(program, "apt" | "apt-get" | "apk")
        && command.arguments().any(|word| word == "update");
    let asks = asks || indexes;
    MATTERS.contains(&program) && !tidies && !asks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    fn found(text: &str) -> Option<String> {
        let script = Script::read(text).expect("valid shell");
        let mut shells = script.shells();
        let command = shells.find_map(|shell| unchecked(text, &shell))?;
        Some(text[command.range.clone()].to_owned())
    }

    #[test]
    fn ignored_failures_are_found() {
        for (text, command) in [
            ("make\nmake install", "make"),
            ("cd /srv\nnpm ci && npm test\nrm -rf /tmp/x", "npm ci"),
            ("apt-get update; apt-get install -y curl; rm -r a", "apt-get install -y curl"),
            ("echo a | tar x\necho b", "tar x"),
            ("sudo make install; if a; then b; fi", "make install"),
            ("make; test -f a || echo b", "make"),
            ("make; git --version; rm a", "make"),
            ("bash -c 'make; make install'", "make"),
            ("bash -c 'make && make install'; rm a", "make install"),
            ("sudo bash <<E\nmake\nE\nrm a", "make"),
            ("set -e; bash -c \"make; rm a\"", "make"),
            ("bash <<E\nmake\nrm a\nE", "make"),
        ] {
            let found = found(text);
            assert!(
                found.as_deref().is_some_and(|found| found.ends_with(command)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn handled_and_harmless_failures_are_not_reported() {
        for text in [
            "make",
            "make && make install",
            "make;",
            "make\n",
            "set -e\nmake\nmake install",
            "set -eux; make; make install",
            "set -o errexit\nmake\nmake install",
            "#!/bin/bash\nset -euo pipefail\nmake\nmake install",
            "export A=1\nmkdir -p x\nmake",
            "make || exit 1\nmake install",
            "make && a || b; make install",
            "make; true",
            "make\nexit 0",
            "make\nif [ $? -ne 0 ]; then exit 1; fi",
            "curl a | cat; b",
            "for x in a b; do make $x; echo $x; done",
            "(make; make install)",
            "apt-get update; apt-get install -y curl",
            "apt-get clean; rm -rf /var/lib/apt/lists/*",
            "apt-get -y autoremove; a",
            "git config --global a b\nmake",
            "make & wait",
            "trap 'exit 1' ERR\nmake\nmake install",
            "apt-get install -y git\ngit --version",
            "pip install a\npython -c 'import a'",
            "make\ntest -x build/a && echo built",
            "curl -fo a.tgz https://a\n[ -s a.tgz ]",
            "npm install -g a\ncommand -v a",
            "bash -ec 'make; make install'",
            "bash -euo pipefail -c 'make; make install'",
            "bash -c 'set -e; make; make install'",
            "bash -c 'make; make install' || true",
            "bash <<E\nmake || exit 1\nmake install\nE",
            "bash -c 'make || true'; rm a",
            "bash -c 'if a; then make; fi'; rm a",
            "bash -c 'make' && rm a",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
