//! Completion: keys that fit, values, paths, variables, codes and templates.

use std::collections::BTreeSet;
use std::path::Path;

use gen_lsp_types::{
    CompletionItem, CompletionItemKind, InsertTextFormat, MarkupContent, MarkupKind, Range,
    TextEdit,
};

use super::cursor::{At, Cursor};
use super::language::Place;
use super::text;
use super::workspace::OtherManifest;
use crate::diagnostic::Code;
use crate::host::{FileKind, FileSystem};
use crate::images::Image;
use crate::manifest::{ActionKind, COMMON_KEYS, From, Manifest, SOURCES};
use crate::outline::Outline;
use crate::pipeline::LockState;
use crate::source::{Encoding, Source};

/// The most entries of a directory that are listed.
const MOST_PATHS: usize = 500;

/// What a completion is made from.
pub(super) struct Inputs<'a> {
    pub(super) source: &'a Source,
    pub(super) manifest: &'a Manifest,
    /// The directory of the manifest, if it is a file.
    pub(super) directory: Option<&'a Path>,
    pub(super) files: &'a dyn FileSystem,
    /// What is locked of the manifest.
    pub(super) lock: &'a LockState,
    /// Looks for the other manifests of the workspace.
    pub(super) others: &'a dyn Fn() -> Vec<OtherManifest>,
    pub(super) encoding: Encoding,
    /// Whether the client fills in the placeholders of snippets.
    pub(super) snippets: bool,
}

/// The completions at an offset.
pub(super) fn items(inputs: &Inputs<'_>, offset: usize) -> Vec<CompletionItem> {
    let text = inputs.source.text();
    let Cursor { path, at } = Cursor::of(text, offset);
    match at {
        At::Key(written) => keys(inputs, &path, written.start, offset),
        At::Header(written) => {
            headers(inputs, &text[written.clone()], inputs.range(written.start, offset))
        }
        At::Comment(written) => codes(inputs, &text[written], offset),
        At::Value { written, in_string } => {
            let typed = &text[written.clone()];
            if in_string && is_tags(&path) {
                return vec![tag_variable(inputs, typed, offset)];
            }
            let variable = in_string.then(|| typed.rfind('$')).flatten();
            match variable.filter(|at| is_reference(&typed[*at..])) {
                Some(at) => variables(inputs, written.start + at, offset),
                None => {
                    values(inputs, &path, typed, in_string, inputs.range(written.start, offset))
                }
            }
        }
    }
}

impl Inputs<'_> {
    fn range(&self, start: usize, end: usize) -> Range {
        text::range(self.source, start, end, self.encoding)
    }
}

fn item(label: &str, kind: CompletionItemKind, range: Range, new_text: String) -> CompletionItem {
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        // Neovim offers all items that have an edit and not this, whatever has been typed.
        filter_text: Some(label.to_owned()),
        text_edit: Some(TextEdit { range, new_text }.into()),
        ..CompletionItem::default()
    }
}

fn documented(item: CompletionItem, documentation: Option<&str>) -> CompletionItem {
    let documentation = documentation
        .map(|value| MarkupContent { kind: MarkupKind::Markdown, value: value.to_owned() }.into());
    CompletionItem { documentation, ..item }
}

/// The keys that fit into a table and are not there yet.
fn keys(inputs: &Inputs<'_>, path: &[String], start: usize, offset: usize) -> Vec<CompletionItem> {
    let present = present(inputs.source.text(), offset);
    let range = inputs.range(start, offset);
    let place = Place::at(path);
    let fits = |key: &str| !present.iter().any(|known| known == key) && fits(path, &present, key);
    let keys = place.keys().into_iter().filter(|(key, _)| fits(key));
    keys.enumerate()
        .map(|(at, (key, place))| {
            let opening = place.opening();
            let opening = if inputs.snippets { opening.to_owned() } else { String::new() };
            let made = item(key, CompletionItemKind::Property, range, format!("{key} = {opening}"));
            let format = inputs.snippets.then_some(InsertTextFormat::Snippet);
            let made = documented(made, place.documentation());
            // The language's order, and not that of the alphabet.
            let sort_text = Some(format!("{at:03}"));
            CompletionItem { insert_text_format: format, sort_text, ..made }
        })
        .collect()
}

/// The keys of the table at an offset, apart from the line of the offset.
fn present(text: &str, offset: usize) -> Vec<String> {
    let outline = Outline::new(text);
    let header = outline.headers.iter().rposition(|header| header.range.end <= offset);
    let line = outline.lines.of(offset);
    let own = outline.entries.iter().filter(|entry| {
        let is_elsewhere = outline.lines.of(entry.range().start) != line;
        entry.header == header && entry.depth == 0 && is_elsewhere
    });
    own.map(|entry| entry.keys[0].name.clone()).collect()
}

/// Whether a key fits beside others: a step has one action, `from` one source.
fn fits(path: &[String], present: &[String], key: &str) -> bool {
    let names = |keys: &[&str]| keys.contains(&key);
    match path {
        [table] if table == "steps" => {
            let is_action = |kind: &&ActionKind| present.iter().any(|it| it == kind.key());
            match ActionKind::ALL.iter().find(is_action) {
                Some(kind) => kind.allows(key) || names(COMMON_KEYS),
                None => true,
            }
        }
        [table] if table == "from" => {
            let has_source = present.iter().any(|it| SOURCES.contains(&it.as_str()));
            !(has_source && names(SOURCES))
        }
        _ => true,
    }
}

/// The tables that a header can name.
fn headers(inputs: &Inputs<'_>, written: &str, range: Range) -> Vec<CompletionItem> {
    let path: Vec<_> = written.split('.').map(|key| key.trim().to_owned()).collect();
    let above = path.split_last().map_or(&[][..], |(_, above)| above);
    let present = Outline::new(inputs.source.text());
    let is_once = |key: &str| {
        above.is_empty() && key != "steps" && key != "tests" && present.has_top_level(key)
    };
    let tables = Place::at(above).keys().into_iter().filter(|(key, place)| {
        let is_table = !place.keys().is_empty() || *key == "env" || *key == "build_env";
        is_table && !is_once(key)
    });
    let tables = tables.map(|(key, place)| {
        let name = [above.join("."), key.to_owned()].join(".");
        let name = name.trim_start_matches('.').to_owned();
        documented(item(key, CompletionItemKind::Module, range, name), place.documentation())
    });
    // A profile can have several headers: its own, and those of the tables in it.
    let typed = path.last().map(String::as_str);
    let is_other = |name: &&str| above == ["profiles"] && typed != Some(*name);
    let profiles = inputs.manifest.profile_names().filter(is_other);
    let profiles = profiles
        .map(|name| item(name, CompletionItemKind::Module, range, format!("profiles.{name}")));
    tables.chain(profiles).collect()
}

/// Codes of warnings within `# sbx: allow(`.
fn codes(inputs: &Inputs<'_>, comment: &str, offset: usize) -> Vec<CompletionItem> {
    let Some((before, list)) = comment.rsplit_once('(') else { return Vec::new() };
    if !before.contains("sbx:") || list.contains(')') {
        return Vec::new();
    }
    let typed = list.rsplit(',').next().unwrap_or_default().trim_start();
    let range = inputs.range(offset - typed.len(), offset);
    let code = |code: Code| {
        let made = item(code.name(), CompletionItemKind::EnumMember, range, code.name().to_owned());
        documented(made, Some(code.summary()))
    };
    Code::warnings().map(code).collect()
}

/// Whether a text from its `$` to the cursor can become a reference.
fn is_reference(typed: &str) -> bool {
    let name = typed[1..].strip_prefix('{').unwrap_or(&typed[1..]);
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variables of the manifest; `start` is that of the dollar sign.
fn variables(inputs: &Inputs<'_>, start: usize, offset: usize) -> Vec<CompletionItem> {
    let text = inputs.source.text();
    let is_braced = text[start..offset].starts_with("${");
    let is_closed = text[offset..].starts_with('}');
    let manifest = inputs.manifest;
    let tables = [&manifest.build_env, &manifest.env].into_iter().flatten();
    let mut names: Vec<_> = tables
        .flat_map(|table| table.value.entries.iter().map(|entry| entry.name.value.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    let range = inputs.range(start, offset);
    names
        .into_iter()
        .map(|name| {
            let closing = if is_closed { "" } else { "}" };
            let written =
                if is_braced { format!("${{{name}{closing}") } else { format!("${name}") };
            let made = item(name, CompletionItemKind::Variable, range, written.clone());
            CompletionItem { filter_text: Some(written), ..made }
        })
        .collect()
}

/// Whether a path is that of tags.
fn is_tags(path: &[String]) -> bool {
    let keys: Vec<_> = path.iter().map(String::as_str).collect();
    matches!(keys.as_slice(), ["tags"] | ["profiles", _, "tags"])
}

/// A variable of the environment in a tag, in place of what is typed of it.
fn tag_variable(inputs: &Inputs<'_>, typed: &str, offset: usize) -> CompletionItem {
    let begun = typed.rfind('{').filter(|at| !typed[*at..].contains('}'));
    let start = offset - begun.map_or(0, |at| typed.len() - at);
    let is_closed = inputs.source.text()[offset..].starts_with('}');
    let closing = if is_closed { "" } else { "}" };
    let name = if inputs.snippets { "${1:NAME}" } else { "NAME" };
    let written = format!("{{env:{name}{closing}");
    let range = inputs.range(start, offset);
    let made = item("{env:NAME}", CompletionItemKind::Variable, range, written);
    let insert_text_format = inputs.snippets.then_some(InsertTextFormat::Snippet);
    let documentation = "The value of a variable of the environment, in lower case.";
    documented(CompletionItem { insert_text_format, ..made }, Some(documentation))
}

/// The values of a key.
fn values(
    inputs: &Inputs<'_>,
    path: &[String],
    typed: &str,
    in_string: bool,
    range: Range,
) -> Vec<CompletionItem> {
    let keys: Vec<_> = path.iter().map(String::as_str).collect();
    let quoted = |text: &str| if in_string { text.to_owned() } else { format!("\"{text}\"") };
    match keys.as_slice() {
        ["steps", "copy"] | ["from", "dockerfile"] | ["context"] if in_string => {
            return paths(inputs, &keys, typed, range);
        }
        ["from", "template"] => {
            let names: BTreeSet<_> =
                (inputs.others)().into_iter().filter_map(|other| other.name).collect();
            let template =
                |name: &String| item(name, CompletionItemKind::Reference, range, quoted(name));
            return names.iter().map(template).collect();
        }
        ["from"] | ["from", "image"] => {
            let image =
                |name: &String| item(name, CompletionItemKind::Reference, range, quoted(name));
            let known = Image::repositories().map(str::to_owned);
            let images: BTreeSet<_> = images(inputs).into_iter().chain(known).collect();
            return images.iter().map(image).collect();
        }
        _ => {}
    }
    if let ["from", source] = keys.as_slice()
        && let Some(known) = From::DISTRIBUTIONS.iter().find(|known| known.key == *source)
    {
        let images = images(inputs);
        let tags = images.iter().filter_map(|image| tag_of(image, known.repository));
        let examples = Place::at(path).values().into_iter();
        let examples = examples.map(|value| value.trim_matches('"').to_owned());
        let tags: BTreeSet<_> = tags.map(str::to_owned).chain(examples).collect();
        let tag = |tag: &String| item(tag, CompletionItemKind::Value, range, quoted(tag));
        return tags.iter().map(tag).collect();
    }
    let values = Place::at(path).values().into_iter().filter_map(|value| {
        let bare = value.trim_matches('"').to_owned();
        let is_text = value.starts_with('"');
        // Only a text goes into quotes that are open.
        (is_text || !in_string).then(|| {
            let written = if is_text { quoted(&bare) } else { bare.clone() };
            item(&bare, CompletionItemKind::Value, range, written)
        })
    });
    values.collect()
}

/// The tag of an image of a repository, without a digest.
fn tag_of<'a>(image: &'a str, repository: &str) -> Option<&'a str> {
    image.strip_prefix(repository)?.strip_prefix(':')?.split('@').next()
}

/// The images that the lock and the other manifests of the workspace name.
fn images(inputs: &Inputs<'_>) -> BTreeSet<String> {
    let locked = match inputs.lock {
        LockState::Read(lock) => lock.images.keys().map(|key| key.familiar().to_owned()).collect(),
        _ => Vec::new(),
    };
    let others = (inputs.others)().into_iter().filter_map(|other| other.image);
    locked.into_iter().chain(others).collect()
}

/// The files below the directory that has been typed.
fn paths(inputs: &Inputs<'_>, keys: &[&str], typed: &str, range: Range) -> Vec<CompletionItem> {
    let Some(directory) = inputs.directory else { return Vec::new() };
    let context = inputs.manifest.context.as_ref().filter(|_| keys == ["steps", "copy"]);
    let root =
        context.map_or_else(|| directory.to_owned(), |context| directory.join(&context.value));
    let (above, _) = typed.rsplit_once('/').unwrap_or_default();
    let Ok(entries) = inputs.files.read_dir(&root.join(above)) else { return Vec::new() };
    let mut items: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let is_directory = entry.kind().ok()? == FileKind::Directory;
            if keys == ["context"] && !is_directory {
                return None;
            }
            let slash = if above.is_empty() { "" } else { "/" };
            let path = format!("{above}{slash}{name}");
            // What would have to be escaped is left to be typed.
            let is_plain = !path.contains(['"', '\'', '\\']) && !path.contains(char::is_control);
            let kind =
                if is_directory { CompletionItemKind::Folder } else { CompletionItemKind::File };
            is_plain.then(|| item(&path, kind, range, path.clone()))
        })
        .take(MOST_PATHS)
        .collect();
    items.sort_unstable_by(|one, other| one.label.cmp(&other.label));
    items
}
