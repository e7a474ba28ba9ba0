//! `unpinned-package`: a step asks for the latest version, and the build cache keeps that one.

use super::LintContext;
use super::shell::{Simple, Word};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts().filter(|step| !step.instruction.no_cache) {
        let words = step.script.calls().filter_map(|call| latest(call.command));
        let mut spans = words.filter_map(|word| ctx.place(&step, word.range.clone()));
        let Some(span) = spans.next() else { continue };
        let mut diagnostic = Diagnostic::new(
            Code::UnpinnedPackage,
            span,
            "the step asks for the latest version",
        )
        .label("a cached build does not pick up newer versions")
        .help(
            "pin a version, or add `no_cache = true` to a step of the manifest to rebuild it each \
             time",
        );
        for other in spans.take(MOST_RELATED) {
            diagnostic = diagnostic.related(other, "also not pinned");
        }
        diagnostics.push(diagnostic);
    }
}

/// The largest number of related locations.
const MOST_RELATED: usize = 5;

/// The word that asks for the latest version.
fn latest(command: &Simple) -> Option<&Word> {
    let mut words = command.command().iter().skip(1);
    let first = command.arguments().next();
    match command.program()? {
        "npm" | "pnpm" if matches!(first, Some("view" | "info" | "show" | "dist-tag")) => None,
        "bun" | "bunx" | "corepack" | "go" | "npm" | "npx" | "pnpm" | "uv" | "uvx" | "yarn" => {
            words.find(|word| word.literal.as_deref().is_some_and(|text| text.ends_with("@latest")))
        }
        "curl" | "wget" => words.find(|word| word.prefix.contains("/releases/latest/download/")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn only_latest_is_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            script.commands.iter().any(|command| latest(command).is_some())
        };
        for bad in [
            "npm install -g npm@latest",
            "npx -y create-vite@latest app",
            "go install golang.org/x/tools/gopls@latest",
            "curl -LO https://github.com/a/b/releases/latest/download/c",
        ] {
            assert!(found(bad), "{bad}");
        }
        for good in [
            "npm install -g npm",
            "npm install -g npm@10",
            "npm view npm@latest version",
            "echo npm@latest",
            "curl https://api.github.com/repos/a/b/releases/latest",
        ] {
            assert!(!found(good), "{good}");
        }
    }
}
