//! `missing-pipefail`: a download is piped into an interpreter, and its failure is ignored.

use super::LintContext;
use super::shell::{Separator, Shell, Simple};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        let mut shells = step.script.shells();
        let download = shells.find_map(|shell| unchecked(&step.run.command, &shell));
        let Some(download) = download else { continue };
        let Some(span) = ctx.place(&step, download.range.clone()) else { continue };
        let program = download.program().unwrap_or_default();
        let message = format!("a failure of `{program}` in this pipe is ignored");
        diagnostics.push(
            Diagnostic::new(Code::MissingPipefail, span, message)
                .label("the exit status of a pipe is that of its last command")
                .help(
                    "put `set -o pipefail; ` before it, or call the installed program in the same \
                     step, so that a failed download fails the step",
                ),
        );
    }
}

/// The download at the beginning of the last pipe, if its failure goes unnoticed: an interpreter
/// succeeds on empty input, other readers such as `tar` and `gpg` do not.
fn unchecked<'s>(text: &str, shell: &Shell<'s>) -> Option<&'s Simple> {
    let (script, text) = (shell.script, shell.text(text));
    if shell.pipefail() || text.contains("pipefail") || text.contains("PIPESTATUS") {
        return None;
    }
    let [.., download, interpreter] = script.commands.as_slice() else { return None };
    let joined = download.after == Separator::Pipe
        && download.before != Separator::Pipe
        && download.block == interpreter.block
        && matches!(interpreter.after, Separator::Edge | Separator::Then)
        && script.runs_always(download)
        && shell.ends_step();
    let downloads = matches!(download.program(), Some("curl" | "wget"));
    let interprets =
        matches!(interpreter.program(), Some("bash" | "node" | "perl" | "python3" | "sh" | "zsh"));
    (joined && downloads && interprets).then_some(download)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn unchecked_downloads_are_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            script.shells().any(|shell| unchecked(text, &shell).is_some())
        };
        for bad in [
            "curl -fsSL https://a | bash",
            "cd /srv && wget -qO- https://a | sudo -E bash -",
            "curl https://a | sh -s -- -y;",
        ] {
            assert!(found(bad), "{bad}");
        }
        for good in [
            "set -o pipefail && curl https://a | bash",
            "curl https://a | tar xz",
            "curl https://a | gpg --dearmor -o b",
            "curl https://a | bash && b --version",
            "curl https://a | bash || exit 1",
            "curl -o b https://a && bash b",
            "if a; then curl https://a | bash; fi",
            "cat a | bash",
            "curl https://a | sed s/a/b/ | bash",
        ] {
            assert!(!found(good), "{good}");
        }
    }
}
