//! `invalid-image`: a reference to an image.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Code, Diagnostic};
use crate::scalar::pattern;
use crate::source::Spanned;

/// The grammar of references without the length limit of tags, which is checked separately:
/// counted repetitions take long to compile.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&pattern::IMAGE_REFERENCE.replace("{0,127}", "*")).ok());

/// The longest tag in characters.
const MAX_TAG: usize = 128;

/// The fault of an image reference, in a manifest or a Dockerfile.
#[must_use]
pub fn image_fault(image: &Spanned<String>) -> Option<Diagnostic> {
    if is_reference(&image.value) {
        return None;
    }
    let message = format!("`{}` is not a valid image reference", image.value);
    let help = reference_help(&image.value);
    Some(Diagnostic::new(Code::InvalidImage, image.span, message).help(help))
}

/// Whether a text is a reference in the grammar of registries.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    let rest = &text[tag_start(text)..];
    let tag = rest.strip_prefix(':').and_then(|rest| rest.split('@').next());
    let fits = tag.is_none_or(|tag| tag.len() <= MAX_TAG);
    fits && REFERENCE.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// Whether a text is the name of a repository: a reference without a tag and a digest.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    is_reference(text) && tag_start(text) == text.len()
}

/// Whether a text is the tag of an image.
#[must_use]
pub fn is_tag(text: &str) -> bool {
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
        return format!("write `{rest}`: an image reference is not a URL");
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) && is_reference(&image.to_lowercase()) {
        return "write the repository name in lower case".to_owned();
    }
    "write `[registry/]repository[:tag][@digest]`, such as `ubuntu:24.04`".to_owned()
}

/// The offset of the tag or the digest of a reference.
#[must_use]
pub fn tag_start(image: &str) -> usize {
    let name = image.rfind('/').map_or(0, |at| at + 1);
    image[name..].find([':', '@']).map_or(image.len(), |at| name + at)
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
