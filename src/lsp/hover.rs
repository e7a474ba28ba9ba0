//! Hover: what a key means, what is known of an image, on which platforms a step works, and what is
//! sent for it.

mod wire;

use std::ops::Range;

use gen_lsp_types::{Hover, MarkupContent, MarkupKind};

use super::language::Place;
use super::named::Named;
use super::reports::View;
use crate::diagnostic::Diagnostic;
use crate::images::Image;
use crate::outline::Outline;
use crate::pipeline::Analysis;
use crate::platform::Platform;
use crate::source::{FileId, Span};
use crate::template::{BaseSource, ImageConfig};

/// What there is to say about an offset of the manifest.
pub(super) fn hover(view: &View<'_>, offset: usize) -> Option<Hover> {
    let analysis = view.analysis;
    let outline = Outline::new(analysis.sources.manifest().text());
    let named = Named::at(&outline, offset)?;
    let mut parts = Vec::new();
    let path: Vec<&str> = named.path.iter().map(String::as_str).collect();
    if let Some(documentation) = documentation(&named.path) {
        parts.push(format!("**`{}`**\n\n{documentation}", path.join(".")));
    }
    match path.as_slice() {
        ["from"] | ["from", "image" | "python" | "node" | "bun" | "ubuntu" | "debian"] => {
            parts.extend(image(analysis));
        }
        ["steps", ..] => {
            if let Some(table) = &named.table {
                parts.extend(wire::conditions(analysis, table));
                let all = on_all(analysis);
                parts.push(platforms(&all, table));
                parts.extend(wire::requests(&all, table));
            }
        }
        ["env" | "build_env" | "user" | "workdir", ..] => {
            let written = named.table.as_ref().or(named.value.as_ref());
            parts.extend(written.and_then(|range| wire::requests(&on_all(analysis), range)));
        }
        _ => {}
    }
    if parts.is_empty() {
        return None;
    }
    let value = parts.join("\n\n---\n\n");
    let contents = MarkupContent { kind: MarkupKind::Markdown, value }.into();
    let span = Span::manifest(named.range.start, named.range.end);
    Some(Hover { contents, range: Some(view.range(span)) })
}

/// The manifest on every platform.
fn on_all(analysis: &Analysis) -> Vec<Analysis> {
    Platform::ALL.iter().map(|platform| analysis.on(*platform)).collect()
}

/// The documentation of a key; that of a variable is the one of its table.
fn documentation(path: &[String]) -> Option<&'static str> {
    let whole = Place::at(path).documentation();
    whole.or_else(|| Place::at(path.split_last()?.1).documentation())
}

/// What is known of the image: what the table of well-known images has, and what is locked.
fn image(analysis: &Analysis) -> Option<String> {
    let base = &analysis.template.base;
    let BaseSource::Image(reference) = &base.source else { return None };
    let locked = base.image().and_then(|image| image.split_once('@')).map(|(_, digest)| digest);
    let locked = locked.filter(|_| base.pins.image.is_some());
    let locked = locked.map(|digest| format!(" It is locked to `{digest}`.")).unwrap_or_default();
    let declared = base.config.as_deref().map(declared).unwrap_or_default();
    let text = listed(reference).unwrap_or_else(|| {
        format!("Nothing is known of the image `{reference}` without its registry.")
    });
    Some(text + &locked + &declared)
}

/// What the configuration of an image, which a lock holds, means for a sandbox.
fn declared(config: &ImageConfig) -> String {
    let mut text = String::new();
    for (what, value) in [("user", &config.user), ("working directory", &config.workdir)] {
        if let Some(value) = value {
            text.extend([" Its ", what, " is `", value, "`."]);
        }
    }
    text
}

/// What the table of well-known images has.
fn listed(reference: &str) -> Option<String> {
    let image = Image::of(reference)?;
    let users: Vec<_> = image.users().iter().map(|(name, id)| format!("`{name}` ({id})")).collect();
    let programs: Vec<_> = image.programs().map(|program| format!("`{program}`")).collect();
    let mut text = format!("`{reference}` is built on {}.", image.distribution.name());
    if !programs.is_empty() {
        text.extend([" It has ", &programs.join(", "), "."]);
    }
    if !users.is_empty() {
        text.extend([" Users beside root: ", &users.join(", "), "."]);
    }
    Some(text)
}

/// Whether a step can be built, for each platform.
fn platforms(all: &[Analysis], table: &Range<usize>) -> String {
    let lines = all.iter().map(|other| {
        let is_here = |diagnostic: &&Diagnostic| {
            let span = diagnostic.span.filter(|span| span.file == FileId::MANIFEST);
            diagnostic.stops() && span.is_some_and(|span| table.contains(&span.start))
        };
        let diagnostics = other.diagnostics.sorted();
        let verdict = match diagnostics.iter().find(is_here) {
            Some(diagnostic) => format!("no: {}", diagnostic.message),
            None => "works".to_owned(),
        };
        format!("- `{}`: {verdict}", other.platform.name())
    });
    lines.collect::<Vec<_>>().join("\n")
}
