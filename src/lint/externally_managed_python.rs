//! `externally-managed-python`: pip installs into a system Python that forbids it (PEP 668).

use super::shell::{Call, Simple};
use super::{LintContext, base, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Signs that another Python is used, or that the restriction is lifted.
const OTHERWISE: &[&str] = &[
    "venv",
    "virtualenv",
    "VIRTUAL_ENV",
    "conda",
    "mamba",
    "pyenv",
    "mise",
    "asdf",
    "uv ",
    "EXTERNALLY-MANAGED",
    "PIP_BREAK_SYSTEM_PACKAGES",
    "pip config",
    "pip3 config",
    "pip.conf",
    "make install",
    "altinstall",
    "deadsnakes",
    "PATH",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let image = base::known(template).map(|image| (image.family.repository, image.tag));
    let Some((name, tag)) = image.filter(|(name, tag)| forbids(name, tag)) else { return };
    if base::mentions(template, OTHERWISE) {
        return;
    }
    for step in ctx.scripts() {
        let is_found = |call: &Call<'_>| call.runs_always() && installs(call.command);
        let Some(Call { command, .. }) = step.script.calls().find(is_found) else { continue };
        let Some(span) = ctx.place(&step, command.range.clone()) else { continue };
        let message = format!("`pip` cannot install into the system Python of `{name}:{tag}`");
        diagnostics.push(
            Diagnostic::new(Code::ExternallyManagedPython, span, message)
                .label("fails with \"externally-managed-environment\"")
                .help(words_for(
                    span,
                    "start from `python = \"…\"`, install into a virtual environment, or set \
                     `PIP_BREAK_SYSTEM_PACKAGES = 1` in `build_env`",
                    "start from an image of `python`, install into a virtual environment, or write \
                     `ARG PIP_BREAK_SYSTEM_PACKAGES=1` before it",
                )),
        );
    }
}

/// Whether the image's own Python is marked as managed by the system's packages.
fn forbids(name: &str, tag: &str) -> bool {
    let begins = |with: &[&str]| with.iter().any(|prefix| tag.starts_with(prefix));
    match name {
        "debian" => begins(&["12", "13", "bookworm", "trixie", "latest", "stable", "testing"]),
        "ubuntu" => begins(&["24.", "25.", "26.", "noble", "questing", "resolute", "latest"]),
        _ => false,
    }
}

fn installs(command: &Simple) -> bool {
    const ELSEWHERE: &[&str] = &["-t", "--target", "--prefix", "--root", "--python", "--dry-run"];
    let words = command.command();
    let plain = |at: usize| words.get(at).and_then(|word| word.literal.as_deref());
    let from = match plain(0) {
        Some("pip" | "pip3") => 1,
        Some("python" | "python3") if plain(1) == Some("-m") && plain(2) == Some("pip") => 3,
        _ => return false,
    };
    let mut arguments = words.iter().skip(from + 1).map(|word| word.prefix.as_str());
    plain(from) == Some("install")
        && words.iter().all(|word| word.literal.is_some() || !word.prefix.is_empty())
        && arguments.all(|argument| {
            let option = argument.split('=').next().unwrap_or(argument);
            option != "--break-system-packages" && !ELSEWHERE.contains(&option)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn only_an_install_into_the_system_is_found() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            script.commands.iter().any(installs)
        };
        for bad in
            ["pip install x", "sudo pip3 install -r a.txt", "python3 -m pip install --user x"]
        {
            assert!(found(bad), "{bad}");
        }
        for good in [
            "pip install --break-system-packages x",
            "pip install --target=/srv x",
            "pip download x",
            "/opt/x/bin/pip install x",
            "pip install $OPTIONS x",
            "pipx install x",
        ] {
            assert!(!found(good), "{good}");
        }
        assert!(forbids("ubuntu", "24.04") && forbids("debian", "12-slim"));
        assert!(!forbids("ubuntu", "22.04") && !forbids("debian", "11") && !forbids("python", "3"));
    }
}
