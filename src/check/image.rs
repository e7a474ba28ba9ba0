//! `invalid-image`: an image reference is well-formed.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Distribution, Manifest};
use crate::platform::Platform;
use crate::source::Spanned;

/// The grammar of references: `[host[:port]/]path[:tag][@digest]`, as registries define it.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let component = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*";
    let label = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    let host = format!(r"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?");
    let name = format!(r"(?:{host}/)?{component}(?:/{component})*");
    // How long a tag may be is asked of what was found: counting in the expression is slow.
    let tag = r"[A-Za-z0-9_][A-Za-z0-9_.-]*";
    let digest = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    Regex::new(&format!(r"^{name}(?::(?<tag>{tag}))?(?:@{digest})?$")).ok()
});

/// The longest tag.
const MAX_TAG: usize = 128;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    let Some(from) = &manifest.from else { return };
    diagnostics.extend(from.value.image.as_ref().and_then(image_fault));
    if let Some((distribution, tag)) = from.value.distribution()
        && !is_tag(&tag.value)
    {
        diagnostics.push(bad_tag(distribution, tag));
    }
}

/// What is wrong with an image reference, wherever it is written.
#[must_use]
pub fn image_fault(image: &Spanned<String>) -> Option<Diagnostic> {
    if is_reference(&image.value) {
        return None;
    }
    let message = format!("`{}` is not an image reference", image.value);
    let help = reference_help(&image.value);
    Some(Diagnostic::new(Code::InvalidImage, image.span, message).help(help))
}

fn is_reference(text: &str) -> bool {
    REFERENCE.as_ref().is_none_or(|pattern| {
        let found = pattern.captures(text);
        found.is_some_and(|it| it.name("tag").is_none_or(|tag| tag.len() <= MAX_TAG))
    })
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= MAX_TAG
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

fn reference_help(image: &str) -> String {
    if image.chars().any(char::is_whitespace) {
        return "remove the white space".to_owned();
    }
    let path = image.rsplit_once('/').map_or(image, |(_, path)| path);
    if let Some(rest) = image.split_once("://").map(|(_, rest)| rest) {
        return format!("a reference is no URL: write `{rest}`");
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) && is_reference(&image.to_lowercase()) {
        return "repository names are in lower case".to_owned();
    }
    "write `[registry/]repository[:tag][@digest]`, such as `ubuntu:24.04`".to_owned()
}

fn bad_tag(distribution: Distribution, tag: &Spanned<String>) -> Diagnostic {
    let Distribution { key, repository, example } = distribution;
    let message = format!("`{}` is not a tag of the image `{repository}`", tag.value);
    let last = tag.value.rsplit(':').next().filter(|last| is_tag(last));
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
            assert!(is_reference(good), "{good}");
        }
        for bad in ["", "Ubuntu", "a b", "https://x/y", "x:", "x:a b", "x@sha256:12", "a//b", "/x"]
        {
            assert!(!is_reference(bad), "{bad}");
        }
        for (length, fits) in [(MAX_TAG, true), (MAX_TAG + 1, false)] {
            let tag = "x".repeat(length);
            assert_eq!(is_reference(&format!("ubuntu:{tag}")), fits);
            assert_eq!(
                is_reference(&format!("h:5000/ubuntu:{tag}@sha256:{}", "0".repeat(64))),
                fits
            );
            assert_eq!(is_tag(&tag), fits);
        }
        assert!(is_tag("3.12-slim_x") && !is_tag("") && !is_tag(".x") && !is_tag("a:b"));
    }
}
