//! `invalid-name`, `tag-in-name`: whether platforms accept the name of the template.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, Outline, quoted};
use crate::platform::Platform;
use crate::source::Spanned;
use crate::validate::tag_fault;

/// The longest name that servers accept, in characters.
const MAX_CHARS: usize = 128;

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(name) = &manifest.name else { return };
    let text = name.value.as_str();
    let raw = outline.written(name.span);
    if text.is_empty() {
        diagnostics.push(
            Diagnostic::new(Code::EmptyValue, name.span, "the name is empty")
                .help("write `name = \"my-template\"`"),
        );
        return;
    }
    if let Some((bare, tag)) = text.split_once(':') {
        let message = format!("the name `{text}` contains a tag");
        diagnostics.push(
            Diagnostic::new(Code::TagInName, name.span, message)
                .label(format!("`{tag}` labels one build and is not part of the name"))
                .help(format!("write `name = \"{bare}\"` and `tags = [\"{tag}\"]`"))
                .fix(into_tags(name, (bare, tag), outline)),
        );
        return;
    }
    let parts: Vec<_> = text.split('/').collect();
    let reason = if parts.len() > 2 {
        Some("a name has at most one `/`, between the namespace and the name")
    } else if parts.iter().any(|part| part.is_empty()) {
        Some("neither side of the `/` can be empty")
    } else if text.chars().count() > MAX_CHARS {
        Some("a name has at most 128 characters")
    } else if !text.chars().all(|c| is_name_char(c) || c == '/') {
        Some("a name consists of lower-case letters, digits, `-` and `_`")
    } else {
        None
    };
    if let Some(reason) = reason {
        let mut diagnostic = Diagnostic::new(
            Code::InvalidName,
            name.span,
            format!("`{text}` is not a valid template name"),
        )
        .label(reason);
        if let Some(proposal) = proposal(text) {
            // Servers convert names to lower case themselves; other changes are a guess.
            let title = "write a valid name";
            let certain = proposal == text.to_lowercase();
            let fix = if certain { Fix::safe(title) } else { Fix::proposed(title) };
            diagnostic = diagnostic
                .help(format!("write `name = \"{proposal}\"`"))
                .fix(fix.replace(name.span, quoted(raw, &proposal)));
        }
        diagnostics.push(diagnostic);
    }
}

/// Moves the tag to the `tags` beside the name: those of the profile for the name of a profile.
///
/// The fix depends on where the name is written, and not on the profile that is checked, so that
/// profiles that inherit a name report it with the same fix.
fn into_tags(
    name: &Spanned<String>,
    (bare, tag): (&str, &str),
    outline: &LazyOutline<'_>,
) -> Option<Fix> {
    if bare.is_empty() || tag_fault(&tag.to_lowercase()).is_some() {
        return None;
    }
    let raw = outline.written(name.span);
    let fix = Fix::safe("move the tag into `tags`").replace(name.span, quoted(raw, bare));
    let outline = outline.get()?;
    let entry = outline.entry_of(name.span)?;
    // In an inline table, the tags beside the name are not in the outline: no fix.
    let path = outline.path(entry)?;
    let (_, table) = path.split_last()?;
    let is_known = matches!(table, [] | ["profiles", _]);
    let own = [table, &["tags"]].concat();
    let tag = quoted("", tag);
    if !is_known {
        return None;
    }
    if outline.has_path(&own) {
        let array = outline.array_of(outline.entry_at(&own)?)?;
        let is_there = array.elements.iter().any(|known| is_tag(outline, &known.range, &tag));
        return Some(if is_there { fix } else { fix.edits(outline.append_element(array, &tag)) });
    }
    // Leave it if a `tags` key is in the wrong table: that must be fixed first.
    if has_misplaced_tags(outline) {
        return None;
    }
    // A tag of the manifest's own name is inherited, too, once it is in `tags`.
    let base_name = outline.entry_at(&["name"]).filter(|_| !table.is_empty());
    if base_name.is_some_and(|base| outline.text(&base.value).contains(':')) {
        return None;
    }
    let mut tags = Vec::new();
    if !table.is_empty() && outline.has_path(&["tags"]) {
        // The profile's own tags replace those that it inherits, so they repeat them.
        let inherited = outline.array_of(outline.entry_at(&["tags"])?)?;
        if inherited.elements.iter().any(|known| is_tag(outline, &known.range, &tag)) {
            return Some(fix);
        }
        for element in &inherited.elements {
            let text = outline.text(&element.range);
            // Another value is an error, which must be fixed first.
            tags.push(text.starts_with(['"', '\'']).then_some(text)?);
        }
    }
    tags.push(&tag);
    let tags = format!("[{}]", tags.join(", "));
    Some(fix.edits([outline.key_below(entry, "tags", &tags)?]))
}

/// Whether an element of `tags` is `tag`, which is quoted and has no escapes.
fn is_tag(outline: &Outline<'_>, element: &Range<usize>, tag: &str) -> bool {
    let text = outline.text(element);
    text == tag || text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) == inner(tag)
}

/// The text between double quotes.
fn inner(quoted: &str) -> Option<&str> {
    quoted.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a table other than a profile has a key `tags`.
fn has_misplaced_tags(outline: &Outline<'_>) -> bool {
    outline.entries.iter().filter(|entry| entry.depth == 0 && entry.header.is_some()).any(|entry| {
        entry.keys[0].name == "tags"
            && !matches!(outline.header_path(entry).as_slice(), ["profiles", _])
    })
}

const fn is_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// A similar valid name.
fn proposal(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let mut parts = lower.rsplitn(2, '/').map(|part| {
        let dashed: String = part.chars().map(|c| if is_name_char(c) { c } else { '-' }).collect();
        dashed.trim_matches('-').to_owned()
    });
    let name = parts.next().filter(|name| !name.is_empty())?;
    let proposal = match parts.next().filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name,
    };
    (proposal.len() <= MAX_CHARS).then_some(proposal)
}
