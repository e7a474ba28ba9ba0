//! `unsupported-on-platform`, `unsupported-architecture`: base images that cannot be started,
//! whatever is done to them, judged by their reference.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::{self, Reference};
use crate::platform::{Distribution, Platform};
use crate::source::Span;
use crate::template::{Base, BaseSource, Template};

/// Reports a base image that `platform` cannot pull or provision.
pub(super) fn check(
    template: &Template,
    platform: Platform,
    is_near: bool,
    diagnostics: &mut Diagnostics,
) {
    let BaseSource::Image(image) = &template.base.source else { return };
    let span = template.base.span;
    let reference = Reference::parse(image);
    if let Some(architecture) = reference.architecture() {
        diagnostics.push(foreign(image, architecture, span));
    } else if reference.is_local() && !is_near {
        diagnostics.push(unreachable(image, span, platform));
    }
    if let Some(distribution) = refused(&template.base, platform) {
        diagnostics.push(unsupported(image, span, platform, distribution.name()));
    }
}

/// Whether the image certainly is one that `platform` cannot provision.
pub(super) fn is_refused(base: &Base, platform: Platform) -> bool {
    refused(base, platform).is_some()
}

/// What the image is built on, as its history shows or else its reference, if `platform` cannot
/// provision that.
fn refused(base: &Base, platform: Platform) -> Option<Distribution> {
    let BaseSource::Image(image) = &base.source else { return None };
    let config = base.config.as_ref();
    let shown = config.and_then(|config| images::shown(&config.history));
    let distribution = shown.or_else(|| images::distribution(image))?;
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
    let message = format!("`{image}` has no variant for linux/amd64");
    let diagnostic = Diagnostic::new(Code::UnsupportedArchitecture, span, message);
    let by_namespace = image.split_once(&format!("{architecture}/"));
    let by_tag = || image.split('@').next()?.strip_suffix(&format!("-{architecture}"));
    match (by_namespace, by_tag()) {
        (Some((_, rest)), _) => diagnostic
            .label(format!("images below `{architecture}/` are for that architecture alone"))
            .help(format!("write `{rest}`")),
        (None, Some(rest)) => diagnostic
            .label(format!("the tag is that of the variant for {architecture}"))
            .help(format!("write `{rest}`")),
        (None, None) => diagnostic
            .label(format!("the tag is that of the variant for {architecture}"))
            .help("name the tag of the variant for amd64"),
    }
}

fn unreachable(image: &str, span: Span, platform: Platform) -> Diagnostic {
    let message = format!("`{platform}` cannot pull `{image}`");
    Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
        .label("this registry is on your machine, which the platform does not reach")
        .help("push the image to a registry that the platform reaches, and name it here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Pins;

    #[test]
    fn images_are_refused_only_where_they_certainly_fail() {
        let everywhere: Vec<_> =
            Platform::ALL.iter().map(|platform| platform.facts().name).collect();
        for (image, refused) in [
            ("openjdk:17-slim", &[] as &[&str]),
            ("openjdk:11-jre", &[]),
            ("eclipse-temurin:21", &[]),
            ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", &[]),
            ("mcr.microsoft.com/dotnet/sdk:9.0", &[]),
            ("mcr.microsoft.com/devcontainers/base:latest", &[]),
            ("quay.io/jupyter/scipy-notebook:latest", &[]),
            ("public.ecr.aws/docker/library/python:3.12", &[]),
            ("ghcr.io/acme/alpine-tools:1", &[]),
            ("denoland/deno:debian-2.1.4", &[]),
            ("docker:27-dind", &["novita", "local"]),
            ("fedora:42", &["novita", "local"]),
            ("public.ecr.aws/docker/library/alpine:3.22", &["novita", "local"]),
            ("openjdk:17", &["novita", "e2b", "local"]),
            ("amazoncorretto:21", &["novita", "e2b", "local"]),
            ("denoland/deno:bin-2.1.4", &everywhere),
            ("mcr.microsoft.com/dotnet/runtime:9.0-noble-chiseled", &everywhere),
            ("golang:1.25-nanoserver", &everywhere),
            ("ghcr.io/astral-sh/uv:0.9.2", &everywhere),
        ] {
            let base = Base {
                source: BaseSource::Image(image.to_owned()),
                span: Span::manifest(0, 0),
                auth: None,
                inherit: Vec::new(),
                config: None,
                pins: Pins::default(),
                build: None,
            };
            let refusing = Platform::ALL.iter().filter(|platform| is_refused(&base, **platform));
            let names: Vec<_> = refusing.map(|platform| platform.facts().name).collect();
            assert_eq!(names, refused, "{image}");
        }
    }
}
