//! `missing-pipefail`: a download goes into an interpreter, and nobody sees that it failed.

use super::LintContext;
use super::shell::{Script, Separator, Simple};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for step in ctx.scripts() {
        let Some(download) = unchecked(&step.run.command, step.script) else { continue };
        let Some(span) = ctx.place(&step, download.range.clone()) else { continue };
        let program = download.program().unwrap_or_default();
        let message = format!("if `{program}` fails, the step passes and nothing is installed");
        diagnostics.push(
            Diagnostic::new(Code::MissingPipefail, span, message)
                .label("of a pipe only the last command counts")
                .help("put `set -o pipefail; ` before it, or test what it installs behind it"),
        );
    }
}

/// The download at the beginning of the last pipe, if nobody would see it fail: a shell without
/// input has done all there is to do. Others see it, such as `tar` and `gpg`.
fn unchecked<'s>(text: &str, script: &'s Script) -> Option<&'s Simple> {
    if text.contains("pipefail") || text.contains("PIPESTATUS") {
        return None;
    }
    let [.., download, interpreter] = script.commands.as_slice() else { return None };
    let joined = download.after == Separator::Pipe
        && download.before != Separator::Pipe
        && download.block == interpreter.block
        && matches!(interpreter.after, Separator::Edge | Separator::Then)
        && script.runs_always(download);
    let downloads = matches!(download.program(), Some("curl" | "wget"));
    let interprets =
        matches!(interpreter.program(), Some("bash" | "node" | "perl" | "python3" | "sh" | "zsh"));
    (joined && downloads && interprets).then_some(download)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_that_nobody_checks_is_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("it is read");
            unchecked(text, &script).is_some()
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
