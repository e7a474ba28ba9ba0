//! Comments that lead from the exported text back to the manifest.

use std::path::Path;

use crate::outline::Outline;
use crate::scalar::visible_line;
use crate::source::{FileId, SourceMap, Span};
use crate::template::Origin;

/// The places of a template's parts.
pub(super) struct Places<'a> {
    sources: &'a SourceMap,
    /// The keys of the manifest outside of arrays and inline tables, in order, with their ranges.
    keys: Vec<(usize, usize, String)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        let outline = Outline::new(sources.manifest().text());
        let named = outline.entries.iter().filter_map(|entry| {
            let range = entry.range();
            Some((range.start, range.end, name(&outline.path(entry)?)))
        });
        let mut keys: Vec<_> = named.collect();
        keys.sort_unstable_by_key(|(start, ..)| *start);
        Self { sources, keys }
    }

    /// The comment of a part, on one line, such as `sandbox.toml:12 [[steps]] apt: tools`.
    pub(super) fn comment(&self, origin: Origin, label: Option<&str>) -> String {
        let place = origin.span().map(|span| self.place(span));
        let mut comment = match (origin, place) {
            (Origin::Written(_), Some(place)) => place,
            (Origin::Added { because, .. }, Some(place)) => {
                format!("{place}, added by sbx: {because}")
            }
            (Origin::Written(_), None) => String::new(),
            (Origin::Added { because, .. }, None) => format!("added by sbx: {because}"),
        };
        if let Some(label) = label {
            comment.push_str(": ");
            comment.push_str(label);
        }
        visible_line(&comment)
    }

    /// A place as `sandbox.toml:12 resources.cpu`.
    pub(super) fn place(&self, span: Span) -> String {
        let source = self.sources.get(span.file);
        let file = source.path().file_name().unwrap_or(source.path().as_os_str());
        let line = source.line_of(span.start) + 1;
        let key = self.key(span).map(|key| format!(" {key}")).unwrap_or_default();
        visible_line(&format!("{}:{line}{key}", Path::new(file).display()))
    }

    /// The key whose value holds a place.
    fn key(&self, span: Span) -> Option<&str> {
        if span.file != FileId::MANIFEST {
            return None;
        }
        let before = self.keys.partition_point(|(start, ..)| *start <= span.start);
        let (_, end, name) = self.keys.get(before.checked_sub(1)?)?;
        (span.start < *end).then_some(name)
    }
}

/// A path of keys as a person would write it. A table of variables is named as a whole.
fn name(path: &[&str]) -> String {
    let variables = path.iter().position(|key| matches!(*key, "env" | "build_env"));
    let path = variables.map_or(path, |at| &path[..=at]);
    match path {
        ["steps", rest @ ..] => format!("[[steps]] {}", rest.join(".")),
        path => path.join("."),
    }
}
