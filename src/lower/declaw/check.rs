//! Features that Declaw's build request does not support.

use super::{alias, verbatim};
use crate::context::{EntryKind, FileSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label};
use crate::lower::capability::{MOST_RELATED, ignored, unsupported};
use crate::platform::{Platform, ROOT, is_image_namespace};
use crate::scalar::Text;
use crate::template::{BaseSource, CopyMap, EnvScope, InstructionKind, Template};

pub(super) fn check(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    name(template, platform, diagnostics);
    base(template, platform, diagnostics);
    // What builds a Dockerfile expands its variables.
    if verbatim(template).is_none() {
        references(template, platform, diagnostics);
    }
    workdir(template, platform, diagnostics);
}

/// The fault of the name, at most one: rejected, possibly rejected, or shortened.
fn name(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let name = &template.name;
    let alias = alias(&name.value);
    let diagnostic = if platform.facts().reserved_names.contains(&alias) {
        unsupported(name.span, format!("`{platform}` has a template of its own named `{alias}`"))
            .help(format!("choose another name, such as `name = \"my-{alias}\"`"))
    } else if alias.contains('_') {
        let message = format!(
            "the documentation of `{platform}` allows names of lower-case letters, digits and \
             hyphens"
        );
        Diagnostic::new(Code::UndocumentedName, name.span, message)
            .help(format!("write `name = \"{}\"`", name.value.replace('_', "-")))
    } else if alias.len() < name.value.len() {
        ignored(name.span, platform, "namespaces", &format!("write `name = \"{alias}\"`"))
            .label(format!("sent as `{alias}`"))
    } else {
        return;
    };
    diagnostics.push(diagnostic);
}

fn base(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let span = template.base.span;
    match &template.base.source {
        BaseSource::Template(_) => diagnostics.push(
            unsupported(span, format!("`{platform}` cannot start from another template"))
                .help("start from an image, and repeat the other template's steps"),
        ),
        BaseSource::Image(image) if is_of_a_platform(image) => diagnostics.push(
            unsupported(span, format!("`{image}` is another platform's own image"))
                .label("it is specific to that platform")
                .help("write `from = { base = true }` for the base image of each platform"),
        ),
        BaseSource::Image(_) | BaseSource::PlatformDefault => {}
    }
}

/// Whether an image belongs to a platform, for its own sandboxes.
fn is_of_a_platform(image: &str) -> bool {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    image.split_once('/').is_some_and(|(namespace, _)| is_image_namespace(namespace))
}

/// Variables of the sandbox are sent unchanged: whether the platform expands references in them is
/// unknown, and a `PATH` with a literal `$PATH` would break the sandbox. Each reference is reported
/// once, since values inherit the references of others.
fn references(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let mut told: Vec<(&str, Diagnostic)> = Vec::new();
    for instruction in &template.instructions {
        let InstructionKind::Env { scope: EnvScope::Sandbox, variables } = &instruction.kind else {
            continue;
        };
        for (at, (_, value)) in variables.iter().enumerate() {
            let place = instruction.spans.values.get(at).copied();
            let Some((reference, text)) = left_to_the_platform(value) else { continue };
            let Some(span) = place.or_else(|| instruction.origin.span()) else { continue };
            if let Some((_, first)) = told.iter_mut().find(|(name, _)| *name == reference) {
                if first.related.len() < MOST_RELATED {
                    let label = format!("contains `${reference}`, too");
                    first.related.push(Label { span, message: label });
                }
                continue;
            }
            let message =
                format!("`{platform}` is not known to expand `${reference}` in a variable");
            let help = format!("write `{text}` instead of `${reference}`");
            told.push((reference, unsupported(span, message).help(help)));
        }
    }
    for (_, diagnostic) in told {
        diagnostics.push(diagnostic);
    }
}

/// The first reference to a variable that a platform sets, and its value for root in most images.
/// Others have their own warning, and are empty in every shell.
fn left_to_the_platform(value: &Text) -> Option<(&str, &'static str)> {
    value.references().find_map(|name| {
        let text = match name {
            "PATH" => "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME" => "/root",
            "USER" => ROOT,
            _ => return None,
        };
        Some((name, text))
    })
}

/// The working directory applies to the steps and the start command, not the sandbox.
fn workdir(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let last = template
        .instructions
        .iter()
        .rfind(|instruction| matches!(instruction.kind, InstructionKind::Workdir(_)))
        .filter(|instruction| !instruction.is_default());
    if let Some(span) = last.and_then(|instruction| instruction.origin.span()) {
        let message = format!("`{platform}` has no setting for a sandbox's working directory");
        diagnostics.push(
            Diagnostic::new(Code::IgnoredOnPlatform, span, message)
                .label("it applies to the steps and the start command, but not to other commands")
                .help("set the directory when you run a command in the sandbox"),
        );
    }
}

/// File names that no line can contain, one per copy.
pub(super) fn line_breaks(
    template: &Template,
    platform: Platform,
    files: &CopyMap<FileSet>,
    diagnostics: &mut Diagnostics,
) {
    let breaks = |text: &str| text.contains(['\n', '\r']);
    for (id, set) in files {
        let named = set.entries().iter().find(|entry| match &entry.kind {
            EntryKind::Link(target) => breaks(target) || breaks(&entry.path),
            EntryKind::File | EntryKind::Directory => breaks(&entry.path),
        });
        if let (Some(entry), Some(span)) = (named, template[*id].origin.span()) {
            let name = entry.path.escape_debug();
            let message = format!(
                "`{platform}` does not support line breaks in file names, such as `{name}`"
            );
            diagnostics.push(unsupported(span, message).help("rename it, or add it to `ignore`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_a_platform;

    #[test]
    fn images_of_platforms_are_told_by_their_namespace() {
        assert!(is_of_a_platform("novita/base"));
        assert!(is_of_a_platform("docker.io/e2bdev/base:latest"));
        assert!(!is_of_a_platform("novita"));
        assert!(!is_of_a_platform("ghcr.io/novita/base"));
    }
}
