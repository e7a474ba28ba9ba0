//! `source-outside-context`, `invalid-path`, `invalid-value`: what a copy names.

use std::path::{Component, Path};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::source::Spanned;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for step in manifest.steps() {
        let step = &step.value;
        let Some(sources) = &step.copy else { continue };
        for item in &sources.value.items {
            source(item, diagnostics);
        }
        if let Some(owner) = &step.owner {
            check_owner(owner, diagnostics);
        }
    }
}

fn source(source: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let text = source.value.as_str();
    if Path::new(text).is_absolute() {
        diagnostics.push(
            Diagnostic::new(Code::SourceOutsideContext, source.span, format!("`{text}` is an absolute path"))
                .help("write it relative to the context, which is the manifest's directory unless `context` names another"),
        );
    } else if climbs(text) {
        diagnostics.push(
            Diagnostic::new(
                Code::SourceOutsideContext,
                source.span,
                format!("`{text}` leaves the build context"),
            )
            .help("set `context` to a directory that holds the file, such as `context = \"..\"`"),
        );
    } else if text.contains('{') {
        diagnostics.push(
            Diagnostic::new(Code::InvalidPath, source.span, format!("`{text}` holds a `{{`"))
                .label(
                    "the platform takes it for a pattern, and there are no alternatives in braces",
                )
                .help("list each source, or copy the directory that holds the file"),
        );
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

fn check_owner(owner: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let mut parts = owner.value.split(':');
    let fits = |part: Option<&str>| {
        part.is_none_or(|part| !part.is_empty() && !part.contains(char::is_whitespace))
    };
    let (user, group, more) = (parts.next(), parts.next(), parts.next());
    if !fits(user) || !fits(group) || more.is_some() {
        let message = format!("`{}` is not an owner", owner.value);
        diagnostics.push(
            Diagnostic::new(Code::InvalidValue, owner.span, message)
                .help("write `user` or `user:group`"),
        );
    }
}
