//! `unpinned-image`: the image's reference means another image tomorrow.

use super::LintContext;
use super::image::split;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::is_image_namespace;
use crate::template::BaseSource;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let base = &ctx.inputs.template.base;
    let BaseSource::Image(reference) = &base.source else { return };
    let (repository, tag) = split(reference);
    // A platform's own image has no other version to be named.
    let namespace = repository.split('/').next().unwrap_or_default();
    let is_reference =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
    // What is no reference is told as that.
    if repository.is_empty() || repository.contains("//") || !repository.chars().all(is_reference) {
        return;
    }
    if reference.contains('@') || is_image_namespace(namespace) {
        return;
    }
    let message = match tag {
        None => format!("the image `{repository}` is named without a tag, which means `latest`"),
        Some("latest") => format!("the tag `latest` of `{repository}` moves"),
        Some(_) => return,
    };
    let help = match ctx.inputs.resolution.config() {
        Some(config) => {
            format!("name a version, or what it is today: `{repository}@{}`", config.digest)
        }
        None => format!("name a version, such as {}", example(repository)),
    };
    diagnostics.push(
        Diagnostic::new(Code::UnpinnedImage, base.span, message)
            .label("a build from the cache keeps the image that was `latest` when it was cached")
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
