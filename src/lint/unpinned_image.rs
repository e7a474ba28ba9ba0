//! `unpinned-image`: the reference of the base image will resolve to other images over time.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::Reference;
use crate::platform::is_image_namespace;
use crate::template::BaseSource;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let base = &ctx.inputs.template.base;
    let BaseSource::Image(reference) = &base.source else { return };
    // What is built is referred to by its digest.
    if base.build.is_some() {
        return;
    }
    let (repository, tag) = Reference::split(reference);
    // A platform's own image has no other version to be named.
    let namespace = repository.split('/').next().unwrap_or_default();
    let is_reference =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
    // An invalid reference has its own diagnostic.
    if repository.is_empty() || repository.contains("//") || !repository.chars().all(is_reference) {
        return;
    }
    if reference.contains('@') || base.pins.image.is_some() || is_image_namespace(namespace) {
        return;
    }
    let message = match tag {
        None => format!("the base image `{repository}` has no tag, which means `latest`"),
        Some("latest") => format!("the base image `{repository}:latest` is not pinned"),
        Some(_) => return,
    };
    let help = match ctx.inputs.resolution.config() {
        Some(config) => {
            format!("pin a version, or the current digest: `{repository}@{}`", config.digest)
        }
        None => format!("pin a version, such as {}", example(repository)),
    };
    diagnostics.push(
        Diagnostic::new(Code::UnpinnedImage, base.span, message)
            .label("the tag can be moved to another image, but a cached build keeps the old one")
            .help(help),
    );
}

fn example(repository: &str) -> String {
    let versions = [
        ("python", "3.13"),
        ("node", "22"),
        ("oven/bun", "1.3"),
        ("ubuntu", "24.04"),
        ("debian", "12"),
    ];
    match versions.iter().find(|(name, _)| *name == repository) {
        Some((name, version)) => format!("`{name}:{version}`"),
        None => "`1.4` or `v2.0.1`, or a digest (`@sha256:…`)".to_owned(),
    }
}
