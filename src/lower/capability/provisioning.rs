//! `unsupported-on-platform`, `unsupported-architecture`: base images that cannot be started,
//! whatever is done to them, judged by their reference.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::{self, Reference};
use crate::platform::{Distribution, Platform};
use crate::source::Span;
use crate::template::{BaseSource, Template};

/// Reports a base image that `platform` cannot pull or provision.
pub(super) fn check(template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
    let BaseSource::Image(image) = &template.base.source else { return };
    let span = template.base.span;
    let reference = Reference::parse(image);
    if let Some(architecture) = reference.architecture() {
        diagnostics.push(foreign(image, architecture, span));
    } else if reference.is_local() && platform.facts().pulls_images {
        diagnostics.push(unreachable(image, span, platform));
    }
    if let Some(distribution) = refused(image, platform) {
        diagnostics.push(unsupported(image, span, platform, distribution.name()));
    }
}

/// Whether the reference alone shows that `platform` cannot provision the image.
pub(super) fn is_refused(image: &str, platform: Platform) -> bool {
    refused(image, platform).is_some()
}

fn refused(image: &str, platform: Platform) -> Option<Distribution> {
    let distribution = images::distribution(image)?;
    let supported = platform.facts().distributions;
    let fails = distribution.has_no_shell()
        || supported.is_some_and(|supported| !supported.contains(&distribution));
    fails.then_some(distribution)
}

/// An image whose operating system, as named, `platform` cannot provision.
pub(super) fn unsupported(image: &str, span: Span, platform: Platform, name: &str) -> Diagnostic {
    let message = format!("`{platform}` cannot start `{image}`");
    let reason = match platform.facts().distributions {
        _ if name == Distribution::None.name() => {
            "the image has no operating system: it lacks a shell and a package manager".to_owned()
        }
        _ if name == Distribution::Windows.name() => "sandboxes run Linux".to_owned(),
        Some(supported) if supported.iter().all(|distribution| distribution.has_apt()) => {
            format!("provisioning needs apt and glibc, which {name} does not have")
        }
        _ => format!("the platform's provisioning does not support {name}"),
    };
    Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
        .label(reason)
        .help("use a Debian or Ubuntu image, such as `debian:bookworm-slim`")
}

fn foreign(image: &str, architecture: &str, span: Span) -> Diagnostic {
    let rest = image.split_once('/').map_or(image, |(_, rest)| rest);
    Diagnostic::new(
        Code::UnsupportedArchitecture,
        span,
        format!("`{image}` has no variant for linux/amd64"),
    )
    .label(format!("images below `{architecture}/` are for that architecture alone"))
    .help(format!("write `{rest}`"))
}

fn unreachable(image: &str, span: Span, platform: Platform) -> Diagnostic {
    let message = format!("`{platform}` cannot pull `{image}`");
    Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
        .label("this registry is on your machine, which the platform does not reach")
        .help("push the image to a registry that the platform reaches, and name it here")
}
