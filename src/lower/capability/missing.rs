//! Features that a platform does not have at all, by its facts.

use super::{MOST_RELATED, ignored, unsupported};
use crate::context::FileSet;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::{Platform, ROOT, Uploads};
use crate::source::Span;
use crate::template::{Copy, CopyMap, Instruction, InstructionKind, Origin, Template, Write};

pub(super) fn check(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let facts = platform.facts();
    if let Some(span) = template.tags_span.filter(|_| !facts.has_tags) {
        diagnostics.push(ignored(span, platform, "tags", "remove `tags`"));
    }
    if let Some(public) = template.public.filter(|public| public.value && !facts.can_publish) {
        diagnostics.push(ignored(public.span, platform, "public templates", "remove `public`"));
    }
    for instruction in &template.instructions {
        if facts.root_only {
            user(instruction, platform, diagnostics);
        }
        if !facts.grants_sudo {
            sudo(instruction, platform, diagnostics);
        }
        if let Some(span) = instruction.spans.no_cache.filter(|_| !facts.has_cache_control) {
            let what = "control over its cache";
            diagnostics.push(ignored(span, platform, what, "remove `no_cache`"));
        }
    }
    if let Some(Origin::Written(span)) = template.ready.as_ref().map(|ready| ready.origin)
        && !facts.has_ready
    {
        let label = "the platform does not wait until the start command is ready";
        diagnostics
            .push(ignored(span, platform, "readiness checks", "remove `ready`").label(label));
    }
}

/// Users other than root, on a platform that only has root.
fn user(instruction: &Instruction, platform: Platform, diagnostics: &mut Diagnostics) {
    if matches!(instruction.origin, Origin::Added { .. }) {
        // The default user at the end of a Dockerfile was not written by the user.
        return;
    }
    let is_root = |name: &str| matches!(name, ROOT | "0");
    let (what, place, help) = match &instruction.kind {
        InstructionKind::User(user) if !is_root(&user.name) => {
            (format!("user but `{ROOT}`"), None, "remove `user`")
        }
        InstructionKind::Run(run) if run.user.as_deref().is_some_and(|user| !is_root(user)) => {
            (format!("user but `{ROOT}`"), instruction.spans.user, "remove `user`")
        }
        InstructionKind::Copy(Copy { owner: Some(owner), .. })
        | InstructionKind::Write(Write { owner: Some(owner), .. })
            if !owner.split(':').all(is_root) =>
        {
            (format!("owner but `{ROOT}`"), instruction.spans.owner, "remove `owner`")
        }
        _ => return,
    };
    let message = format!("`{platform}` has no {what}");
    // Instructions that `sbx` added are rejected, too.
    let diagnostic = match place.or_else(|| instruction.origin.span()) {
        Some(span) => unsupported(span, message),
        None => Diagnostic::without_place(Code::UnsupportedOnPlatform, message),
    };
    diagnostics.push(diagnostic.help(format!("{help}, or use another platform")));
}

/// `sudo` for a user who does not have it, on a platform that cannot grant it.
fn sudo(instruction: &Instruction, platform: Platform, diagnostics: &mut Diagnostics) {
    let facts = platform.facts();
    let (InstructionKind::User(user), Some(span)) = (&instruction.kind, instruction.spans.sudo)
    else {
        return;
    };
    // Where root is the only user, another one is an error of its own.
    if facts.root_only || [ROOT, facts.default_user].contains(&user.name.as_str()) {
        return;
    }
    let message = format!("`{platform}` cannot let `{}` use `sudo`", user.name);
    diagnostics.push(
        Diagnostic::new(Code::IgnoredOnPlatform, span, message).label("not sent").help(
            "grant the right in a `run` step as root, with a file in `/etc/sudoers.d`, or keep \
             `sudo` for another platform",
        ),
    );
}

/// The size of the copied files, on a platform that gets them in the build request.
pub(super) fn check_files(
    template: &Template,
    platform: Platform,
    files: &CopyMap<FileSet>,
    diagnostics: &mut Diagnostics,
) {
    let Uploads::Inline { limit } = platform.facts().uploads else { return };
    let mut copies: Vec<_> = files
        .iter()
        .filter_map(|(id, set)| Some((set.bytes(), template[*id].origin.span()?)))
        .collect();
    if copies.is_empty() {
        // Written files alone have a limit on every platform.
        return;
    }
    copies.extend(template.instructions.iter().filter_map(written));
    let total: u64 = copies.iter().map(|(bytes, _)| bytes).sum();
    if total <= limit {
        return;
    }
    copies.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let Some(((bytes, span), rest)) = copies.split_first() else {
        return;
    };
    let message = format!(
        "`{platform}` has no uploads: the files in the build request have {total} bytes, but the limit is {limit}"
    );
    let mut diagnostic = unsupported(*span, message)
        .label(format!("{bytes} bytes"))
        .help("download the files with `git` or in a `run` step, or use another platform");
    for (bytes, span) in rest.iter().filter(|(bytes, _)| *bytes > 0).take(MOST_RELATED) {
        diagnostic = diagnostic.related(*span, format!("{bytes} bytes"));
    }
    diagnostics.push(diagnostic);
}

/// The size of a written file.
fn written(instruction: &Instruction) -> Option<(u64, Span)> {
    let InstructionKind::Write(write) = &instruction.kind else { return None };
    let span = instruction.spans.content.or(instruction.origin.span())?;
    Some((u64::try_from(write.bytes()).unwrap_or(u64::MAX), span))
}
