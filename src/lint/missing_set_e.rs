//! `missing-set-e`: a command may fail and the step goes on, as its shell has no `set -e`.

use super::LintContext;
use super::shell::{Script, Separator, Simple};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Programs that a step is there for, and that fail for reasons which are not the step's: a
/// network, a version, a compiler.
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
        let Some(command) = unchecked(&step.run.command, step.script) else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let program = command.program().unwrap_or_default();
        let message = format!("if `{program}` fails, the step goes on and nobody sees it");
        diagnostics.push(
            Diagnostic::new(Code::MissingSetE, span, message)
                .label("only the step's last command counts")
                .help("begin the step with `set -e`, or join its commands with `&&`"),
        );
    }
}

/// The first command whose failure would be seen by nobody.
fn unchecked<'s>(text: &str, script: &'s Script) -> Option<&'s Simple> {
    // Somebody thought of failures.
    const THOUGHT_OF: &[&str] = &["$?", "PIPESTATUS", "errexit"];
    if THOUGHT_OF.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let commands = &script.commands;
    // `true` or `exit 0` at the end says that failures do not matter.
    if matches!(commands.last().and_then(Simple::name), Some("true" | ":" | "exit")) {
        return None;
    }
    let mut from = 0;
    while from < commands.len() {
        let mut to = from;
        while matches!(commands[to].after, Separator::And | Separator::Or | Separator::Pipe)
            && to + 1 < commands.len()
        {
            to += 1;
        }
        let list = &commands[from..=to];
        // `set -e` holds for what follows; `set +e` is meant.
        if list.iter().any(handles_failures) {
            return None;
        }
        let outside = list.iter().all(|it| it.block.is_none() && it.before != Separator::Or);
        let goes_on = commands[to].after == Separator::Then && to + 1 < commands.len();
        if outside && goes_on {
            // Of a pipeline the last one counts.
            let fails = |it: &&Simple| it.after != Separator::Pipe && matters(it);
            if let Some(command) = list.iter().find(fails) {
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

fn matters(command: &Simple) -> bool {
    let Some(program) = command.program() else { return false };
    let mut arguments = command.arguments();
    let first = arguments.next();
    // What tidies up may fail.
    let tidies = matches!(
        first,
        Some("autoclean" | "autoremove" | "cache" | "clean" | "config" | "purge" | "remove")
    ) || arguments
        .any(|word| matches!(word, "autoremove" | "clean" | "purge" | "remove"))
        && matches!(program, "apt" | "apt-get" | "apk" | "dnf" | "yum");
    let asks = matches!(first, Some("--version" | "-v" | "-V" | "version"));
    // Without an index, the install that follows fails.
    let indexes = matches!(program, "apt" | "apt-get" | "apk")
        && command.arguments().any(|word| word == "update");
    let asks = asks || indexes;
    MATTERS.contains(&program) && !tidies && !asks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let script = Script::read(text).expect("it is read");
        unchecked(text, &script).map(|command| text[command.range.clone()].to_owned())
    }

    #[test]
    fn a_failure_that_nobody_sees_is_found() {
        for (text, command) in [
            ("make\nmake install", "make"),
            ("cd /srv\nnpm ci && npm test\nrm -rf /tmp/x", "npm ci"),
            ("apt-get update; apt-get install -y curl; rm -r a", "apt-get install -y curl"),
            ("echo a | tar x\necho b", "tar x"),
            ("sudo make install; if a; then b; fi", "make install"),
        ] {
            let found = found(text);
            assert!(found.as_deref().is_some_and(|it| it.ends_with(command)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_checked_or_does_not_matter_is_left_alone() {
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
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
