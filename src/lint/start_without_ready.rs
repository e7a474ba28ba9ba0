//! `start-without-ready` for the command of a Dockerfile, where the port of its server is certain.
//!
//! A Dockerfile cannot say when its command is ready, so the platform waits for a fixed time.

use super::ready_port_mismatch::opened;
use super::{LintContext, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::FileId;
use crate::template::Origin;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let (Some(script), Some(start), Some(ready)) = (&ctx.start, &template.start, &template.ready)
    else {
        return;
    };
    let is_added = matches!(ready.origin, Origin::Added { .. });
    if !is_added || !ctx.inputs.platform.facts().has_ready {
        return;
    }
    let Some(whole) = start.origin.span().filter(|span| span.file != FileId::MANIFEST) else {
        return;
    };
    let Some((server, port)) = opened(script) else { return };
    let span = place::part(ctx.inputs.sources, whole, &start.text, server.range.clone());
    diagnostics.push(
        Diagnostic::new(Code::StartWithoutReady, span, "the start command has no readiness check")
            .label("the platform waits for 20 seconds and assumes that it is ready")
            .help(format!("add `ready = {{ port = {port} }}` to the manifest")),
    );
}
