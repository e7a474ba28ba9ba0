//! `invalid-tag`, `duplicate-tag`: the labels of a build.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;

/// The longest tag that servers take.
const MAX_CHARS: usize = 128;

/// Why `tag` is not one that platforms take, if it is not.
#[must_use]
pub fn tag_fault(tag: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    if tag.is_empty() {
        Some("a tag is not empty")
    } else if !tag.chars().all(allowed) {
        Some("a tag is made of lower-case letters, digits, `_`, `.` and `-`")
    } else if tag.len() > MAX_CHARS {
        Some("a tag has 128 characters at most")
    } else if is_uuid(tag) {
        Some("a tag must not look like a build's ID, which is a UUID")
    } else {
        None
    }
}

/// Whether servers read it as a UUID: with its dashes, or as 32 bare hexadecimal digits.
fn is_uuid(tag: &str) -> bool {
    let hex: String = tag.chars().filter(|c| *c != '-').collect();
    let dashes: Vec<_> = tag.match_indices('-').map(|(at, _)| at).collect();
    hex.len() == 32
        && hex.chars().all(|c| c.is_ascii_hexdigit())
        && (dashes.is_empty() || dashes == [8, 13, 18, 23])
}

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let tags = manifest.tags.as_deref().unwrap_or_default();
    let mut firsts = HashMap::new();
    for tag in tags {
        if let Some(reason) = tag_fault(&tag.value) {
            let mut diagnostic = Diagnostic::new(
                Code::InvalidTag,
                tag.span,
                format!("`{}` is not a tag", tag.value),
            )
            .label(reason);
            let lower = tag.value.trim().to_lowercase();
            if tag_fault(&lower).is_none() {
                let raw = outline.written(tag.span);
                let fix =
                    Fix::safe("write it in lower case").replace(tag.span, quoted(raw, &lower));
                diagnostic = diagnostic.help(format!("write `\"{lower}\"`")).fix(fix);
            }
            diagnostics.push(diagnostic);
        }
        let first = *firsts.entry(tag.value.as_str()).or_insert(tag.span);
        if first != tag.span {
            let message = format!("the tag `{}` is listed twice", tag.value);
            let edits = outline.get().and_then(|it| it.remove_element(tag.span));
            diagnostics.push(
                Diagnostic::new(Code::DuplicateTag, tag.span, message)
                    .related(first, "first here")
                    .help("remove one of them")
                    .fix(Fix::safe("remove the second one").edits(edits.unwrap_or_default())),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tag_fault;

    #[test]
    fn a_uuid_is_no_tag_with_or_without_dashes() {
        assert!(tag_fault("0123456789abcdef0123456789abcdef").is_some());
        assert!(tag_fault("01234567-89ab-cdef-0123-456789abcdef").is_some());
        assert!(tag_fault("0123456-789ab-cdef-0123-456789abcdef").is_none());
        assert!(tag_fault("v1.0.0_rc-1").is_none());
        assert!(tag_fault("V1").is_some());
    }
}
