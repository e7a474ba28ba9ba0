//! The files and variables that a manifest names: links in its text, and where they lead.

use std::ops::Range;
use std::path::{Path, PathBuf};

use gen_lsp_types::{DocumentLink, Location, Range as Place, Uri};

use super::place;
use super::reports::View;
use crate::host::{FileKind, FileSystem};
use crate::manifest::{Action, EnvEntry, Manifest};
use crate::pipeline::Analysis;
use crate::scalar::is_name;
use crate::source::{Span, Spanned};

/// A link for each file that the manifest names and that is there.
pub(super) fn links(view: &View<'_>, files: &dyn FileSystem) -> Vec<DocumentLink> {
    let named = named_files(view).into_iter().filter_map(|(span, path)| {
        let target = existing(view, &path, files)?;
        Some(DocumentLink {
            range: view.range(span),
            target: Some(target),
            ..DocumentLink::default()
        })
    });
    named.collect()
}

/// Where the value at an offset of the manifest leads: to a file, or to the definition of a
/// variable.
pub(super) fn definition(
    view: &View<'_>,
    offset: usize,
    files: &dyn FileSystem,
) -> Option<Location> {
    let manifest = &view.analysis.manifest;
    let text = view.analysis.sources.manifest().text();
    if let Some(name) = reference_at(text, offset) {
        return Some(view.location(defined(manifest, &text[name], offset)?.name.span));
    }
    let is_here = |span: &Span| (span.start..=span.end).contains(&offset);
    let (_, path) = named_files(view).into_iter().find(|(span, _)| is_here(span))?;
    let uri = existing(view, &path, files)?;
    Some(Location { uri, range: Place::default() })
}

/// The template that `from.template` names, if an offset is in its name.
pub(super) fn template_at(analysis: &Analysis, offset: usize) -> Option<String> {
    let from = &analysis.manifest.from.as_ref()?.value;
    let template = from.template.as_ref()?;
    let is_here = (template.span.start..=template.span.end).contains(&offset);
    let name = || template.value.split(':').next().unwrap_or_default().to_owned();
    is_here.then(name)
}

/// The files that the manifest names, with the places of their names. Patterns name none.
fn named_files(view: &View<'_>) -> Vec<(Span, PathBuf)> {
    let manifest = &view.analysis.manifest;
    let directory = view.analysis.directory();
    let context = manifest.context.as_ref();
    let root = context.map_or_else(|| directory.clone(), |context| directory.join(&context.value));
    let from = manifest.from.as_ref().and_then(|from| from.value.dockerfile.as_ref());
    let dockerfile = from.map(|name| (name.span, directory.join(&name.value)));
    let steps = manifest.steps.iter().flatten();
    let copies = steps.filter_map(|step| match &step.value.action {
        Some(Action::Copy(copy)) => Some(&copy.sources.value.items),
        _ => None,
    });
    let source = |source: &Spanned<String>| (source.span, root.join(&source.value));
    dockerfile.into_iter().chain(copies.flatten().map(source)).collect()
}

/// The URI of a path, if a file is there.
fn existing(view: &View<'_>, path: &Path, files: &dyn FileSystem) -> Option<Uri> {
    let is_file = files.metadata(path).is_ok_and(|found| found.kind == FileKind::File);
    is_file.then(|| view.uri_of(&place::plain(path), files))?
}

/// The range of a variable's name at an offset, behind `$` or within `${…}`.
pub(super) fn reference_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // The cursor may be on the dollar sign or the brace.
    let rest = text.get(offset..)?;
    let skipped = rest.len() - rest.trim_start_matches('$').trim_start_matches('{').len();
    let at = if skipped <= 2 { offset + skipped } else { offset };
    let start = text[..at].rfind(|c| !is_part(c)).map_or(0, |before| before + 1);
    let before = text.get(..start)?;
    let before = before.strip_suffix('{').unwrap_or(before);
    let end = at + text[at..].find(|c| !is_part(c)).unwrap_or(text.len() - at);
    let dollars = before.len() - before.trim_end_matches('$').len();
    // Two dollar signs are one that refers to nothing.
    (dollars % 2 == 1 && is_name(text.get(start..end)?)).then_some(start..end)
}

/// The definition of a variable that counts at an offset: the last one above, or else the first.
fn defined<'m>(manifest: &'m Manifest, name: &str, offset: usize) -> Option<&'m EnvEntry> {
    let tables = [&manifest.build_env, &manifest.env].into_iter().flatten();
    let tables = tables.map(|table| &table.value);
    let steps = manifest.steps.iter().flatten().filter_map(|step| match &step.value.action {
        Some(Action::Env(step)) => Some(&step.variables.value),
        _ => None,
    });
    let entries = tables.chain(steps).flat_map(|table| &table.entries);
    let mut named: Vec<_> = entries.filter(|entry| entry.name.value == name).collect();
    named.sort_unstable_by_key(|entry| entry.name.span.start);
    let above = named.iter().rfind(|entry| entry.name.span.start <= offset);
    above.or_else(|| named.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_from_each_of_its_characters() {
        let at = |text: &str| {
            let offset = text.find('|').expect("a cursor");
            let text = text.replace('|', "");
            reference_at(&text, offset).map(|range| text[range].to_owned())
        };
        for text in
            ["a |$AB c", "a $|AB c", "a $A|B c", "a $AB| c", "|${AB}", "$|{AB}", "${A|B}", "${AB|}"]
        {
            assert_eq!(at(text).as_deref(), Some("AB"), "{text}");
        }
        for text in ["|AB", "$$A|B", "$ A|B", "{A|B}", "$|", "|", "$1|2", "$$${|"] {
            assert_eq!(at(text), None, "{text}");
        }
        assert_eq!(at("$$$A|B").as_deref(), Some("AB"));
    }
}
