//! `source-outside-context`, `invalid-path`, `invalid-value`: the source and the owner of a copy.

use std::path::{Component, Path};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Spanned;

/// What is wrong with a copy's source, wherever it is written.
#[must_use]
pub fn source_fault(source: &Spanned<String>) -> Option<Diagnostic> {
    let text = source.value.as_str();
    let fault = |code, message: String| Diagnostic::new(code, source.span, message);
    if Path::new(text).is_absolute() {
        let message = format!("`{text}` is an absolute path");
        Some(fault(Code::SourceOutsideContext, message).help(
            "write it relative to the context, which is the manifest's directory unless \
             `context` names another",
        ))
    } else if climbs(text) {
        let message = format!("`{text}` leaves the build context");
        Some(
            fault(Code::SourceOutsideContext, message).help(
                "set `context` to a directory that holds the file, such as `context = \"..\"`",
            ),
        )
    } else if text.contains('{') {
        let label = "the platform takes it for a pattern, and there are no alternatives in braces";
        Some(
            fault(Code::InvalidPath, format!("`{text}` holds a `{{`"))
                .label(label)
                .help("list each source, or copy the directory that holds the file"),
        )
    } else {
        None
    }
}

/// Whether a relative path leads out of where it starts. A pattern's parts are names like any.
fn climbs(path: &str) -> bool {
    let mut depth = 0_usize;
    // An escaped dot is a dot: `\.\.` climbs as well.
    let plain = path.replace('\\', "");
    for component in Path::new(&plain).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::ParentDir if depth == 0 => return true,
            Component::ParentDir => depth -= 1,
            _ => {}
        }
    }
    false
}

/// What is wrong with an owner, wherever it is written.
#[must_use]
pub fn owner_fault(owner: &Spanned<String>) -> Option<Diagnostic> {
    let mut parts = owner.value.split(':');
    let fits = |part: Option<&str>| {
        part.is_none_or(|part| !part.is_empty() && !part.contains(char::is_whitespace))
    };
    let (user, group, more) = (parts.next(), parts.next(), parts.next());
    if fits(user) && fits(group) && more.is_none() {
        return None;
    }
    let message = format!("`{}` is not an owner", owner.value);
    let diagnostic = Diagnostic::new(Code::InvalidValue, owner.span, message)
        .help("write `user` or `user:group`");
    Some(diagnostic)
}
