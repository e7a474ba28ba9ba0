//! `tags-without-default`: sandboxes from the bare name keep an older build.
//!
//! Servers give `default` only to a build without any tags.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::outline::Outline;
use crate::scalar::DEFAULT_TAG;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // Where there are no tags, they are ignored, and that is said.
    if !ctx.inputs.platform.facts().has_tags {
        return;
    }
    let template = ctx.inputs.template;
    // Tags that only an argument gives are the choice of a moment.
    let Some(span) = template.tags_span else { return };
    if template.tags.iter().any(|tag| tag == DEFAULT_TAG) {
        return;
    }
    let outline = Outline::new(ctx.inputs.sources.manifest().text());
    let array = outline.top_level_array("tags");
    let edits = array.map(|tags| outline.append_element(tags, &format!("\"{DEFAULT_TAG}\"")));
    diagnostics.push(
        Diagnostic::new(Code::TagsWithoutDefault, span, "the tags leave out `default`")
            .label("sandboxes that are created from the bare name keep an older build")
            .help("add `\"default\"`, if this build is what the bare name shall mean")
            .fix(Fix::proposed("add `default`").edits(edits.unwrap_or_default())),
    );
}
