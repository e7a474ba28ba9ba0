//! Drops diagnostics that are unreliable because of syntax errors.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::source::{FileId, SourceMap};

/// Drops diagnostics about lines with syntax errors, which the parser had to guess, and every
/// warning, since warnings need the complete manifest.
pub(super) fn keep(sources: &SourceMap, diagnostics: &mut Diagnostics) {
    let manifest = sources.manifest();
    let broken: HashSet<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code == Code::TomlSyntax)
        .filter_map(|diagnostic| diagnostic.span)
        .map(|span| manifest.line_of(span.start))
        .collect();
    if broken.is_empty() {
        return;
    }
    diagnostics.retain(|diagnostic| {
        let guessed = diagnostic.span.is_some_and(|span| {
            span.file == FileId::MANIFEST && broken.contains(&manifest.line_of(span.start))
        });
        diagnostic.code == Code::TomlSyntax
            || (diagnostic.severity() == Severity::Error && !guessed)
    });
}
