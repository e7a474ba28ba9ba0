//! `literal-glob`, `literal-dollar`: characters in quoted words that only an unquoted word of a
//! shell gives a meaning.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Action, Manifest};
use crate::platform::Platform;
use crate::source::Spanned;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for action in manifest.actions() {
        for path in paths(action).into_iter().filter(|path| is_glob(&path.value)) {
            diagnostics.push(literal_glob(action, path));
        }
        if let Action::Git(step) = action
            && step.url.value.contains('$')
        {
            diagnostics.push(literal_dollar(&step.url));
        }
    }
}

/// The paths of an action that are quoted words. Words of packages have patterns of their own.
fn paths(action: &Action) -> Vec<&Spanned<String>> {
    match action {
        Action::Git(step) => step.to.iter().collect(),
        Action::Mkdir(step) => step.paths.value.items.iter().collect(),
        Action::Remove(step) => step.paths.value.items.iter().collect(),
        Action::Rename(step) => vec![&step.from, &step.to],
        Action::Symlink(step) => vec![&step.link, &step.target],
        Action::Write(step) => vec![&step.path],
        Action::Run(_)
        | Action::Copy(_)
        | Action::Apt(_)
        | Action::Pip(_)
        | Action::Npm(_)
        | Action::Bun(_)
        | Action::Env(_)
        | Action::User(_)
        | Action::Workdir(_)
        | Action::Mcp(_)
        | Action::Devcontainer(_) => Vec::new(),
    }
}

/// Whether a shell would expand a path to other paths. Brackets alone do not count, because file
/// names such as `[id].tsx` are common, except around a range such as `[0-9]`.
fn is_glob(path: &str) -> bool {
    let has_range = path.split('[').skip(1).any(|rest| {
        rest.split_once(']').is_some_and(|(inner, _)| matches!(inner.as_bytes(), [_, b'-', _]))
    });
    let bare = path.replace("${", "");
    let has_alternatives = bare.split('{').skip(1).any(|rest| {
        rest.split_once('}').is_some_and(|(inner, _)| inner.contains(',') || inner.contains(".."))
    });
    path.contains(['*', '?']) || has_range || has_alternatives
}

fn literal_glob(action: &Action, path: &Spanned<String>) -> Diagnostic {
    let message = format!("the pattern `{}` is not expanded", path.value);
    let help = match action {
        Action::Remove(step) => {
            let flags = match (is_set(step.recursive), is_set(step.force)) {
                (true, true) => " -rf",
                (true, false) => " -r",
                (false, true) => " -f",
                (false, false) => "",
            };
            format!("write `run = \"rm{flags} {}\"`, where the shell expands it", path.value)
        }
        _ => "list the paths, or use a `run` step, where the shell expands it".to_owned(),
    };
    Diagnostic::new(Code::LiteralGlob, path.span, message)
        .label("this is the path of one file, with these characters in its name")
        .help(help)
}

fn is_set(flag: Option<Spanned<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}

fn literal_dollar(url: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(Code::LiteralDollar, url.span, "the `$` in a Git URL is not expanded")
        .label("the URL takes no references to variables")
        .help("write the URL without variables, or clone it in a `run` step")
}

#[cfg(test)]
mod tests {
    use super::is_glob;

    #[test]
    fn patterns_are_distinguished_from_names() {
        for path in ["/var/lib/apt/lists/*", "a?.txt", "log.[0-9]", "{a,b}", "a{1..3}", "*.py"] {
            assert!(is_glob(path), "{path}");
        }
        for path in ["/a b", "app/[id]/page.tsx", "[...slug]", "{a}", "${A}/x", "a-b", "$A,b", "~"]
        {
            assert!(!is_glob(path), "{path}");
        }
    }
}
