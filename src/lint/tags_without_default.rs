//! `tags-without-default`: the untagged name keeps resolving to an older build.
//!
//! Servers assign `default` only to a build without any tags.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::outline::Outline;
use crate::scalar::{DEFAULT_TAG, TagText};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // A platform without tags ignores them, which has its own diagnostic.
    if !ctx.inputs.platform.facts().has_tags {
        return;
    }
    let template = ctx.inputs.template;
    // Tags from the command line are deliberate.
    let Some(span) = template.tags_span else { return };
    let may_be_default =
        |tag: &String| TagText::parse(tag).is_some_and(|text| text.may_be(DEFAULT_TAG));
    if template.tags.iter().any(may_be_default) {
        return;
    }
    let outline = Outline::new(ctx.inputs.sources.manifest().text());
    let array = outline.top_level_array("tags");
    // The tags of a profile are as deliberate: its builds may not be those of the untagged name.
    if !array.is_some_and(|tags| tags.range.contains(&span.start)) {
        return;
    }
    let edits = array.map(|tags| outline.append_element(tags, &format!("\"{DEFAULT_TAG}\"")));
    diagnostics.push(
        Diagnostic::new(Code::TagsWithoutDefault, span, "the tags do not include `default`")
            .label("sandboxes created from the untagged name keep using an older build")
            .help("add `\"default\"` if the untagged name should resolve to this build")
            .fix(Fix::proposed("add `default`").edits(edits.unwrap_or_default())),
    );
}
