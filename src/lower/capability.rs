//! `unsupported-on-platform`, `ignored-on-platform`: features that a platform does not have.
//!
//! It is an error if the sandbox would differ without the feature, and a warning if the feature is
//! only a convenience. The diagnostic is at the span that uses the feature.

mod image;
mod missing;

use super::backend;
use crate::context::FileSet;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, suggest};
use crate::platform::Platform;
use crate::source::Span;
use crate::template::{BaseSource, CopyMap, Resolution, Template};

/// The largest number of related locations.
pub(super) const MOST_RELATED: usize = 8;

/// Features of `template` that `platform` does not support, given the facts about its image.
#[must_use]
pub fn check(template: &Template, platform: Platform, resolution: &Resolution) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    registry(template, platform, &mut diagnostics);
    provisioning(template, platform, &mut diagnostics);
    disk(template, platform, &mut diagnostics);
    pre_boot(template, platform, &mut diagnostics);
    image::check(template, platform, resolution, &mut diagnostics);
    missing::check(template, platform, &mut diagnostics);
    backend(platform).check(template, platform, &mut diagnostics);
    diagnostics
}

/// Copied files of `template` that `platform` does not support.
#[must_use]
pub fn check_files(
    template: &Template,
    platform: Platform,
    files: &CopyMap<FileSet>,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    missing::check_files(template, platform, files, &mut diagnostics);
    backend(platform).check_files(template, platform, files, &mut diagnostics);
    diagnostics
}

/// A missing feature that changes the sandbox.
pub(super) fn unsupported(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
}

/// A missing feature that is ignored.
pub(super) fn ignored(span: Span, platform: Platform, what: &str, remove: &str) -> Diagnostic {
    Diagnostic::new(Code::IgnoredOnPlatform, span, format!("`{platform}` has no {what}"))
        .label("not sent")
        .help(format!("{remove}, or keep it for another platform"))
}

fn registry(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let Some(auth) = &template.base.auth else {
        return;
    };
    let registries = platform.facts().registries;
    let kind = auth.value.kind();
    if registries.contains(&kind) {
        return;
    }
    if registries.is_empty() {
        let message = format!("`{platform}` does not support private registries");
        diagnostics.push(
            Diagnostic::new(Code::UnsupportedOnPlatform, auth.span, message)
                .help("use a public image, and remove `auth`"),
        );
        return;
    }
    let names: Vec<_> = registries.iter().map(|kind| kind.name()).collect();
    let message = format!("`{platform}` does not support registries of type `{}`", kind.name());
    diagnostics.push(
        Diagnostic::new(Code::UnsupportedOnPlatform, auth.span, message)
            .help(format!("on `{platform}`, the type is {}", suggest::any_of(&names))),
    );
}

/// Some platforms install packages into an image before they boot it.
fn provisioning(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let BaseSource::Image(image) = &template.base.source else {
        return;
    };
    let Some(family) = family_of(image, platform.facts().unprovisionable) else {
        return;
    };
    diagnostics.push(unprovisionable(image, template.base.span, platform, family));
}

fn unprovisionable(image: &str, span: Span, platform: Platform, family: &str) -> Diagnostic {
    let message = format!("`{platform}` cannot start `{image}`");
    Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
        .label(format!("provisioning needs apt and glibc, which {family} does not have"))
        .help("use a Debian or Ubuntu image, such as `debian:bookworm-slim`")
}

/// The family of an image among `families`, by its repository or by the variant in its tag
/// (`python:3.12-alpine`).
fn family_of(image: &str, families: &[&'static str]) -> Option<&'static str> {
    let without_digest = image.split('@').next().unwrap_or(image);
    let path_at = without_digest.rfind('/').map_or(0, |at| at + 1);
    let (repository, tag) = match without_digest[path_at..].split_once(':') {
        Some((repository, tag)) => (repository, tag),
        None => (&without_digest[path_at..], ""),
    };
    let prefix = without_digest[..path_at].trim_end_matches('/');
    let official = matches!(prefix, "" | "library" | "docker.io" | "docker.io/library");
    families.iter().copied().find(|family| {
        let variant = |part: &str| {
            part.strip_prefix(family)
                .is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
        };
        ((official || prefix == *family) && repository == *family) || tag.split('-').any(variant)
    })
}

fn disk(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let Some(disk) = &template.resources.disk_mib else {
        return;
    };
    if platform.facts().has_disk {
        return;
    }
    let message = format!("`{platform}` has no setting for disk space");
    diagnostics.push(
        Diagnostic::new(Code::IgnoredOnPlatform, disk.span, message)
            .label("not sent")
            .help("remove `disk`, or keep it for another platform"),
    );
}

fn pre_boot(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let Some(span) = template.pre_boot.as_ref().and_then(|command| command.origin.span()) else {
        return;
    };
    if platform.facts().has_pre_boot {
        return;
    }
    let message = format!("`{platform}` cannot run a script before the first boot");
    diagnostics.push(
        Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
            .help("use a `run` step if it can run after the boot"),
    );
}

#[cfg(test)]
mod tests {
    use super::family_of;

    #[test]
    fn families_are_told_by_repository_and_by_variant() {
        let families = &["alpine", "fedora"];
        assert_eq!(family_of("alpine", families), Some("alpine"));
        assert_eq!(family_of("docker.io/library/alpine:3.22@sha256:0", families), Some("alpine"));
        assert_eq!(family_of("python:3.12-alpine", families), Some("alpine"));
        assert_eq!(family_of("node:22-alpine3.22", families), Some("alpine"));
        assert_eq!(family_of("ghcr.io/team/alpine:1", families), None);
        assert_eq!(family_of("python:3.12-slim", families), None);
        assert_eq!(family_of("fedora/fedora:42", families), Some("fedora"));
        assert_eq!(family_of("localhost:5000/fedora-tools", families), None);
    }
}
