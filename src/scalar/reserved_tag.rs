//! The tags that `sbx` gives to builds itself.

use super::RESERVED_TAGS;

/// The number of hexadecimal digits of a digest.
const DIGITS: usize = 16;

/// What follows in a temporary tag, which a build has until it is known to be good.
const TEMPORARY: &str = "tmp-";

/// Whether a tag is the digest of a template: `sbx-` and 16 hexadecimal digits.
#[must_use]
pub fn is_digest(tag: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    tag.strip_prefix(RESERVED_TAGS)
        .is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(is_digit))
}

/// The temporary tag of a build with this digest; `random` makes it different from those of others.
#[must_use]
pub fn temporary_tag(digest: &str, random: &str) -> String {
    let digits = digest.strip_prefix(RESERVED_TAGS).unwrap_or(digest);
    format!("{RESERVED_TAGS}{TEMPORARY}{digits}-{random}")
}

/// Whether a tag is a temporary one.
#[must_use]
pub fn is_temporary(tag: &str) -> bool {
    tag.strip_prefix(RESERVED_TAGS).is_some_and(|rest| rest.starts_with(TEMPORARY))
}

#[cfg(test)]
#[test]
fn digests_and_temporary_tags_are_told_apart() {
    assert!(is_digest("sbx-0123456789abcdef"));
    for other in
        ["sbx-", "sbx-0123456789ABCDEF", "sbx-0123456789abcde", "sbx-tmp-0123456789ab", "v1"]
    {
        assert!(!is_digest(other), "{other}");
    }
    assert_eq!(temporary_tag("sbx-0123456789abcdef", "1a2b"), "sbx-tmp-0123456789abcdef-1a2b");
    assert!(is_temporary("sbx-tmp-0123456789abcdef-1a2b") && !is_temporary("sbx-0123456789abcdef"));
}
