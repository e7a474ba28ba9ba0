//! `source-outside-context`, `invalid-path`, `invalid-value`: the source and the owner of a copy.

use std::path::{Component, Path};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Spanned;

/// The fault of a copy's source, in a manifest or a Dockerfile.
#[must_use]
pub fn source_fault(source: &Spanned<String>) -> Option<Diagnostic> {
    let text = source.value.as_str();
    let fault = |code, message: String| Diagnostic::new(code, source.span, message);
    if Path::new(text).is_absolute() {
        let message = format!("`{text}` is an absolute path");
        Some(fault(Code::SourceOutsideContext, message).help(
            "write it relative to the build context, which is the manifest's directory \
             unless `context` sets another",
        ))
    } else if climbs(text) {
        let message = format!("`{text}` leaves the build context");
        Some(fault(Code::SourceOutsideContext, message).help(
            "set `context` to a directory that contains the file, such as `context = \"..\"`",
        ))
    } else if text.contains('{') {
        let label = "the platform treats it as a pattern, and patterns cannot have braces";
        Some(
            fault(Code::InvalidPath, format!("`{text}` contains a `{{`"))
                .label(label)
                .help("list each source, or copy the directory that contains the files"),
        )
    } else {
        None
    }
}

/// Whether a relative path leaves its starting directory. Patterns count as ordinary names.
fn climbs(path: &str) -> bool {
    let mut depth = 0_usize;
    // An escaped dot is a dot, so `\.\.` is `..`.
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

/// The fault of an owner, in a manifest or a Dockerfile.
#[must_use]
pub fn owner_fault(owner: &Spanned<String>) -> Option<Diagnostic> {
    let mut parts = owner.value.split(':');
    // `chown` takes a word with a hyphen in front for an option, and no user can be named so.
    let is_name = |part: &str| {
        !part.is_empty() && !part.starts_with('-') && !part.contains(char::is_whitespace)
    };
    let fits = |part: Option<&str>| part.is_none_or(is_name);
    let (user, group, more) = (parts.next(), parts.next(), parts.next());
    if fits(user) && fits(group) && more.is_none() {
        return None;
    }
    let message = format!("`{}` is not a valid owner", owner.value);
    let diagnostic = Diagnostic::new(Code::InvalidValue, owner.span, message)
        .help("write `user` or `user:group`");
    Some(diagnostic)
}
