//! `invalid-image`: an image reference is well-formed.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::{Distribution, Manifest};
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;
use crate::scalar::pattern;
use crate::source::Spanned;

/// The grammar of references without the count of a tag's characters: counting in an expression
/// takes long to prepare, so it is asked of what was found.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&pattern::IMAGE_REFERENCE.replace("{0,127}", "*")).ok());

/// The longest tag.
const MAX_TAG: usize = 128;

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(from) = &manifest.from else { return };
    if let Some(image) = &from.value.image
        && let Some(fault) = image_fault(image)
    {
        diagnostics.push(fault.fix(mended(image, outline.written(image.span))));
    }
    if let Some((distribution, tag)) = from.value.distribution()
        && !is_tag(&tag.value)
    {
        diagnostics.push(bad_tag(distribution, tag, outline.written(tag.span)));
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
    let rest = &text[tag_start(text)..];
    let tag = rest.strip_prefix(':').and_then(|rest| rest.split('@').next());
    let fits = tag.is_none_or(|tag| tag.len() <= MAX_TAG);
    fits && REFERENCE.as_ref().is_none_or(|pattern| pattern.is_match(text))
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

/// The reference that is meant. Registries have no upper case in a repository's name, and no
/// reference begins or ends with white space; that a URL is the reference behind it is a guess.
fn mended(image: &Spanned<String>, raw: &str) -> Option<Fix> {
    let trimmed = image.value.trim();
    let (path, rest) = trimmed.split_at(tag_start(trimmed));
    let lower = format!("{}{rest}", path.to_lowercase());
    let fix = |fix: Fix, text: &str| fix.replace(image.span, quoted(raw, text));
    if is_reference(trimmed) {
        return Some(fix(Fix::safe("remove the white space"), trimmed));
    }
    if is_reference(&lower) {
        return Some(fix(Fix::safe("write the repository in lower case"), &lower));
    }
    let (_, behind) = trimmed.split_once("://")?;
    is_reference(behind).then(|| fix(Fix::proposed("remove the scheme"), behind))
}

/// Where the tag or the digest of a reference begins.
fn tag_start(image: &str) -> usize {
    let name = image.rfind('/').map_or(0, |at| at + 1);
    image[name..].find([':', '@']).map_or(image.len(), |at| name + at)
}

fn bad_tag(distribution: Distribution, tag: &Spanned<String>, raw: &str) -> Diagnostic {
    let Distribution { key, repository, example } = distribution;
    let message = format!("`{}` is not a tag of the image `{repository}`", tag.value);
    let last = tag.value.rsplit(':').next().filter(|last| is_tag(last));
    let last = last.filter(|last| *last != tag.value);
    let proposal = last.unwrap_or(example);
    let fix = last.map(|last| {
        let same = [key, repository].iter().any(|it| tag.value == format!("{it}:{last}"));
        let title = "write the tag alone";
        let fix = if same { Fix::safe(title) } else { Fix::proposed(title) };
        fix.replace(tag.span, quoted(raw, last))
    });
    Diagnostic::new(Code::InvalidImage, tag.span, message)
        .help(format!("write `{key} = \"{proposal}\"`"))
        .fix(fix)
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
