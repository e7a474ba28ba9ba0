//! Hover: what a key means, what is known of an image, and on which platforms a step works.

use std::ops::Range;

use gen_lsp_types::{Hover, MarkupContent, MarkupKind};

use super::language::Place;
use super::reports::View;
use crate::diagnostic::Diagnostic;
use crate::images::Image;
use crate::outline::{Key, Outline};
use crate::pipeline::Analysis;
use crate::platform::Platform;
use crate::source::{FileId, Span};
use crate::template::BaseSource;

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
        ["steps", ..] => parts.extend(named.table.map(|table| platforms(analysis, &table))),
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

/// The documentation of a key; that of a variable is the one of its table.
fn documentation(path: &[String]) -> Option<&'static str> {
    let whole = Place::at(path).documentation();
    whole.or_else(|| Place::at(path.split_last()?.1).documentation())
}

/// A key, by itself or by its value.
struct Named {
    path: Vec<String>,
    range: Range<usize>,
    /// The table of the header above it.
    table: Option<Range<usize>>,
}

impl Named {
    fn at(outline: &Outline<'_>, offset: usize) -> Option<Self> {
        let names = |keys: &[Key]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let is_on = |range: &Range<usize>| (range.start..=range.end).contains(&offset);
        let table = |at: Option<usize>| {
            let header = outline.headers.get(at?)?;
            Some(header.range.start..header.end)
        };
        for (at, header) in outline.headers.iter().enumerate() {
            if let Some(last) = header.keys.iter().position(|key| is_on(&key.range)) {
                let path = names(&header.keys[..=last]);
                let range = header.keys[last].range.clone();
                return Some(Self { path, range, table: table(Some(at)) });
            }
        }
        // Entries of inline tables lie within the value of the one that they belong to.
        let around = outline.entries.iter().filter(|entry| is_on(&entry.range()));
        let mut around: Vec<_> = around.collect();
        around.sort_by_key(|entry| (entry.range().start, std::cmp::Reverse(entry.value.end)));
        let innermost = around.last()?;
        let header = innermost.header;
        let mut path = header.map_or_else(Vec::new, |at| names(&outline.headers[at].keys));
        for entry in &around[..around.len() - 1] {
            path.extend(names(&entry.keys));
        }
        let keys = &innermost.keys;
        let last = keys.iter().position(|key| is_on(&key.range)).unwrap_or(keys.len() - 1);
        path.extend(names(&keys[..=last]));
        Some(Self { path, range: keys[last].range.clone(), table: table(header) })
    }
}

/// What the table of well-known images has.
fn image(analysis: &Analysis) -> Option<String> {
    let BaseSource::Image(reference) = &analysis.template.base.source else { return None };
    let Some(image) = Image::of(reference) else {
        return Some(format!("Nothing is known of the image `{reference}` without its registry."));
    };
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
fn platforms(analysis: &Analysis, table: &Range<usize>) -> String {
    let lines = Platform::ALL.iter().map(|platform| {
        let other = analysis.on(*platform);
        let is_here = |diagnostic: &&Diagnostic| {
            let span = diagnostic.span.filter(|span| span.file == FileId::MANIFEST);
            diagnostic.stops() && span.is_some_and(|span| table.contains(&span.start))
        };
        let diagnostics = other.diagnostics.sorted();
        let verdict = match diagnostics.iter().find(is_here) {
            Some(diagnostic) => format!("no: {}", diagnostic.message),
            None => "works".to_owned(),
        };
        format!("- `{}`: {verdict}", platform.name())
    });
    lines.collect::<Vec<_>>().join("\n")
}
