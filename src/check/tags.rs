//! `invalid-tag`, `invalid-tag-variable`, `reserved-tag`, `duplicate-tag`: the labels of a build.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;
use crate::scalar::TagText;
use crate::source::Spanned;
use crate::validate::{WrittenTagFault, reserved_tag, written_tag_fault};

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let tags = manifest.tags.as_deref().unwrap_or_default();
    let mut firsts = HashMap::new();
    for tag in tags {
        if let Some(fault) = written_tag_fault(&tag.value) {
            diagnostics.push(invalid(tag, fault, outline));
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

/// Reports a tag that no values of its variables make valid.
fn invalid(tag: &Spanned<String>, fault: WrittenTagFault, outline: &LazyOutline<'_>) -> Diagnostic {
    let message = format!("`{}` is not a valid tag", tag.value);
    match fault {
        WrittenTagFault::Variable(reason) => {
            let diagnostic = Diagnostic::new(Code::InvalidTagVariable, tag.span, message);
            let diagnostic = diagnostic.label(reason);
            match shell_variable(&tag.value) {
                Some(meant) => {
                    let fix = Fix::proposed("refer to a variable of the environment");
                    let fix = fix.replace(tag.span, quoted(outline.written(tag.span), &meant));
                    diagnostic.help(format!("write `\"{meant}\"`")).fix(fix)
                }
                None if TagText::parse(&tag.value).is_none() => diagnostic,
                None => diagnostic.help("use a variable that holds no secret, such as a number"),
            }
        }
        WrittenTagFault::Text(reason) => {
            let diagnostic = Diagnostic::new(Code::InvalidTag, tag.span, message).label(reason);
            let lower = TagText::parse(tag.value.trim()).map(|text| text.lower_case());
            match lower.filter(|lower| written_tag_fault(lower).is_none()) {
                Some(lower) => {
                    let raw = outline.written(tag.span);
                    let fix =
                        Fix::safe("write it in lower case").replace(tag.span, quoted(raw, &lower));
                    diagnostic.help(format!("write `\"{lower}\"`")).fix(fix)
                }
                None => diagnostic,
            }
        }
    }
}

/// The tag with `{env:NAME}` in place of `${NAME}`, `${{ env.NAME }}` or `{NAME}`, if that makes it
/// valid.
fn shell_variable(tag: &str) -> Option<String> {
    let (before, rest) = tag.split_once("${").or_else(|| tag.split_once('{'))?;
    let (inner, after) = rest.split_once('}')?;
    let name = inner.trim_start_matches('{').trim().trim_start_matches("env.");
    let meant = format!("{before}{{env:{name}}}{}", after.trim_start_matches('}'));
    written_tag_fault(&meant).is_none().then_some(meant)
}
