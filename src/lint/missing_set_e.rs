//! `missing-set-e`: a command may fail and the step continues, because there is no `set -e`.

use super::LintContext;
use super::shell::{Script, Separator, Simple};
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
        let Some(command) = unchecked(&step.run.command, step.script) else { continue };
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

/// The first command whose failure would go unnoticed.
fn unchecked<'s>(text: &str, script: &'s Script) -> Option<&'s Simple> {
    // Signs that the script handles failures itself.
    const HANDLED: &[&str] = &["$?", "PIPESTATUS", "errexit"];
    if HANDLED.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let commands = &script.commands;
    // `true` or `exit 0` at the end ignores failures on purpose.
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
        // `set -e` applies to the rest; `set +e` is deliberate.
        if list.iter().any(handles_failures) {
            return None;
        }
        let outside =
            list.iter().all(|command| command.block.is_none() && command.before != Separator::Or);
        let goes_on = commands[to].after == Separator::Then && to + 1 < commands.len();
        if outside && goes_on {
            // The status of a pipeline is that of its last command.
            let fails = |command: &&Simple| command.after != Separator::Pipe && matters(command);
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

    fn found(text: &str) -> Option<String> {
        let script = Script::read(text).expect("valid shell");
        unchecked(text, &script).map(|command| text[command.range.clone()].to_owned())
    }

    #[test]
    fn ignored_failures_are_found() {
        for (text, command) in [
            ("make\nmake install", "make"),
            ("cd /srv\nnpm ci && npm test\nrm -rf /tmp/x", "npm ci"),
            ("apt-get update; apt-get install -y curl; rm -r a", "apt-get install -y curl"),
            ("echo a | tar x\necho b", "tar x"),
            ("sudo make install; if a; then b; fi", "make install"),
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
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
