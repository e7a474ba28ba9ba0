//! `unsupported-on-platform`, `ignored-on-platform`: features that a platform does not have.
//!
//! It is an error if the sandbox would differ without the feature, and a warning if the feature is
//! only a convenience. The diagnostic is at the span that uses the feature.

mod image;
mod missing;
mod provisioning;

use super::backend;
use crate::context::FileSet;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, suggest};
use crate::platform::Platform;
use crate::source::Span;
use crate::template::{CopyMap, Resolution, Template};

/// The largest number of related locations.
pub(super) const MOST_RELATED: usize = 8;

/// Features of `template` that `platform` does not support, given the facts about its image.
/// `is_near` says that the platform is on this machine and reaches its registries.
#[must_use]
pub fn check(
    template: &Template,
    platform: Platform,
    resolution: &Resolution,
    is_near: bool,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    registry(template, platform, &mut diagnostics);
    provisioning::check(template, platform, is_near, &mut diagnostics);
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
