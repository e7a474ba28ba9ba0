//! `invalid-image`: an image reference is well-formed.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Distribution, Manifest};
use crate::platform::Platform;
use crate::scalar::pattern;
use crate::source::Spanned;

static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(pattern::IMAGE_REFERENCE).ok());

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(pattern::IMAGE_TAG).ok());

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    let Some(from) = &manifest.from else { return };
    diagnostics.extend(from.value.image.as_ref().and_then(image_fault));
    if let Some((distribution, tag)) = from.value.distribution()
        && !matches(&TAG, &tag.value)
    {
        diagnostics.push(bad_tag(distribution, tag));
    }
}

/// What is wrong with an image reference, wherever it is written.
#[must_use]
pub fn image_fault(image: &Spanned<String>) -> Option<Diagnostic> {
    if matches(&REFERENCE, &image.value) {
        return None;
    }
    let message = format!("`{}` is not an image reference", image.value);
    let help = reference_help(&image.value);
    Some(Diagnostic::new(Code::InvalidImage, image.span, message).help(help))
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

fn reference_help(image: &str) -> String {
    if image.chars().any(char::is_whitespace) {
        return "remove the white space".to_owned();
    }
    let path = image.rsplit_once('/').map_or(image, |(_, path)| path);
    if let Some(rest) = image.split_once("://").map(|(_, rest)| rest) {
        return format!("a reference is no URL: write `{rest}`");
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) && matches(&REFERENCE, &image.to_lowercase()) {
        return "repository names are in lower case".to_owned();
    }
    "write `[registry/]repository[:tag][@digest]`, such as `ubuntu:24.04`".to_owned()
}

fn bad_tag(distribution: Distribution, tag: &Spanned<String>) -> Diagnostic {
    let Distribution { key, repository, example } = distribution;
    let message = format!("`{}` is not a tag of the image `{repository}`", tag.value);
    let last = tag.value.rsplit(':').next().filter(|last| matches(&TAG, last));
    let proposal = last.filter(|last| *last != tag.value).unwrap_or(example);
    Diagnostic::new(Code::InvalidImage, tag.span, message)
        .help(format!("write `{key} = \"{proposal}\"`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_follow_the_grammar_of_registries() {
        for good in [
            "ubuntu",
            "ubuntu:24.04",
            "ghcr.io/a/b-c__d.e:v1",
            "localhost:5000/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "[::1]:5000/x",
        ] {
            assert!(matches(&REFERENCE, good), "{good}");
        }
        for bad in ["", "Ubuntu", "a b", "https://x/y", "x:", "x:a b", "x@sha256:12", "a//b", "/x"]
        {
            assert!(!matches(&REFERENCE, bad), "{bad}");
        }
    }
}
