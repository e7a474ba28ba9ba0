//! `invalid-name`, `tag-in-name`: whether platforms accept the name of the template.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
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
                .fix(into_tags(manifest, name, (bare, tag), outline)),
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

/// Moves the tag to `tags`.
fn into_tags(
    manifest: &Manifest,
    name: &Spanned<String>,
    (bare, tag): (&str, &str),
    outline: &LazyOutline<'_>,
) -> Option<Fix> {
    let raw = outline.written(name.span);
    let fix = Fix::safe("move the tag into `tags`").replace(name.span, quoted(raw, bare));
    if bare.is_empty() || tag_fault(&tag.to_lowercase()).is_some() {
        return None;
    }
    let outline = outline.get()?;
    let tag = quoted("", tag);
    match &manifest.tags {
        Some(tags) if tags.iter().any(|known| quoted("", &known.value) == tag) => Some(fix),
        Some(_) => {
            let array = outline.top_level_array("tags")?;
            Some(fix.edits(outline.append_element(array, &tag)))
        }
        // Leave it if a `tags` key is in the wrong table: that must be fixed first.
        None if outline.has_key("tags") => None,
        None => Some(fix.edits([outline.line_below(name.span, &format!("tags = [{tag}]"))?])),
    }
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
