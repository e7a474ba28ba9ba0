//! `invalid-package`: elements of `apt`, `pip`, `npm` and `bun` that are not packages.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{
    Action, ActionKind, AptStep, BunStep, Manifest, NpmStep, OneOrMany, Packages, PipStep,
};
use crate::platform::Platform;
use crate::source::Spanned;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for action in manifest.actions() {
        let Some(packages) = packages(action) else { continue };
        let mut after_option = false;
        for package in &packages.items {
            // An option may have a value, as in `-r requirements.txt`.
            if !after_option {
                diagnostics.extend(fault(action.kind(), package));
            }
            after_option = package.value.starts_with('-') && !package.value.contains(['=', ' ']);
        }
    }
}

/// The packages of an action.
const fn packages(action: &Action) -> Option<&OneOrMany> {
    match action {
        Action::Apt(AptStep { packages, .. }) | Action::Pip(PipStep { packages, .. }) => {
            Some(&packages.value)
        }
        Action::Npm(NpmStep { packages, .. }) | Action::Bun(BunStep { packages, .. }) => {
            match &packages.value {
                Packages::Listed(listed) => Some(listed),
                Packages::Project => None,
            }
        }
        Action::Run(_)
        | Action::Copy(_)
        | Action::Write(_)
        | Action::Git(_)
        | Action::Mkdir(_)
        | Action::Remove(_)
        | Action::Rename(_)
        | Action::Symlink(_)
        | Action::Env(_)
        | Action::User(_)
        | Action::Workdir(_)
        | Action::Mcp(_)
        | Action::Devcontainer(_) => None,
    }
}

fn fault(action: ActionKind, package: &Spanned<String>) -> Option<Diagnostic> {
    let written = package.value.trim();
    let words: Vec<_> = written.split_whitespace().collect();
    let several = match words.as_slice() {
        [] | [_] => false,
        // An option and its value are two arguments, and quoting makes them one.
        [first, ..] if first.starts_with('-') => true,
        // A requirement may contain spaces: `a >= 1`, `a @ https://…`, `a; python_version < "3"`.
        _ => action != ActionKind::Pip || words.iter().all(|word| is_requirement(word)),
    };
    if several {
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let message = format!("`{written}` is a single argument, not {}", words.len());
        let diagnostic = Diagnostic::new(Code::InvalidPackage, package.span, message);
        return Some(diagnostic.help(format!(
            "write `{} = [{}]`",
            action.key(),
            quoted.join(", ")
        )));
    }
    let is_list = |ending: &str| written.ends_with(ending) && !written.starts_with('-');
    if action == ActionKind::Pip && is_list(".txt") {
        let message = format!("`{written}` is a file, not a package");
        let diagnostic = Diagnostic::new(Code::InvalidPackage, package.span, message);
        // A step of root does not begin where a relative target of a copy is.
        let name = written.rsplit('/').next().unwrap_or(written);
        let path = if written.starts_with('/') {
            written.to_owned()
        } else {
            format!("/home/user/{name}")
        };
        let help = format!(
            "write `pip = [\"-r\", \"{path}\"]` to install its packages, and `copy` the file \
             there before"
        );
        return Some(diagnostic.help(help));
    }
    None
}

/// Whether a word can be a complete requirement of pip: a name, optional extras, and a version.
fn is_requirement(word: &str) -> bool {
    let name = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c));
    let named = name.len() < word.len() && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = match name.split_once(']') {
        Some((extras, rest)) if extras.starts_with('[') => rest,
        _ => name,
    };
    let version = rest.trim_start_matches(['=', '<', '>', '!', '~']);
    named && (rest.is_empty() || (version.len() < rest.len() && !version.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn is_fault(action: ActionKind, word: &str) -> bool {
        fault(action, &Spanned::new(word.to_owned(), Span::manifest(0, 0))).is_some()
    }

    #[test]
    fn several_packages_are_distinguished_from_one_with_spaces() {
        for (action, word) in [
            (ActionKind::Apt, "git curl"),
            (ActionKind::Npm, "typescript eslint@9"),
            (ActionKind::Pip, "fastapi uvicorn[standard]>=0.30"),
            (ActionKind::Pip, "-r requirements.txt"),
            (ActionKind::Pip, "requirements.txt"),
        ] {
            assert!(is_fault(action, word), "{action:?} {word}");
        }
        for (action, word) in [
            (ActionKind::Apt, "git=1:2.39"),
            (ActionKind::Pip, "numpy >= 1.26"),
            (ActionKind::Pip, "api @ git+https://example.com/api"),
            (ActionKind::Pip, "tomli; python_version < \"3.11\""),
            (ActionKind::Pip, "-rrequirements.txt"),
            (ActionKind::Pip, "./wheels/a.whl"),
            (ActionKind::Pip, "."),
            (ActionKind::Npm, "@scope/a@^1"),
        ] {
            assert!(!is_fault(action, word), "{action:?} {word}");
        }
    }
}
