//! `invalid-tag`, `reserved-tag`, `duplicate-tag`: the labels of a build.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;
use crate::validate::{reserved_tag, tag_fault};

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
                format!("`{}` is not a valid tag", tag.value),
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
        } else if let Some(reason) = reserved_tag(&tag.value) {
            let message = format!("the tag `{}` begins with `sbx-`", tag.value);
            diagnostics.push(
                Diagnostic::new(Code::ReservedTag, tag.span, message)
                    .label(reason)
                    .help("choose another prefix, or remove the tag"),
            );
        }
        let first = *firsts.entry(tag.value.as_str()).or_insert(tag.span);
        if first != tag.span {
            let message = format!("duplicate tag `{}`", tag.value);
            let edits = outline.get().and_then(|outline| outline.remove_element(tag.span));
            diagnostics.push(
                Diagnostic::new(Code::DuplicateTag, tag.span, message)
                    .related(first, "first here")
                    .help("remove one of them")
                    .fix(Fix::safe("remove the duplicate").edits(edits.unwrap_or_default())),
            );
        }
    }
}
