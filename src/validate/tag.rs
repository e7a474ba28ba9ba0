//! `invalid-tag`, `reserved-tag`: the label of a build.

use crate::scalar::{RESERVED_TAGS, is_uuid};

/// The longest tag that servers accept, in characters.
const MAX_CHARS: usize = 128;

/// Why platforms reject a tag; `None` if they accept it.
#[must_use]
pub fn tag_fault(tag: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    if tag.is_empty() {
        Some("a tag cannot be empty")
    } else if !tag.chars().all(allowed) {
        Some("a tag consists of lower-case letters, digits, `_`, `.` and `-`")
    } else if tag.len() > MAX_CHARS {
        Some("a tag has at most 128 characters")
    } else if is_uuid(tag) {
        Some("a tag cannot be a UUID, the format of build IDs")
    } else {
        None
    }
}

/// Why a person cannot choose a tag that platforms accept; `None` if they can.
#[must_use]
pub fn reserved_tag(tag: &str) -> Option<&'static str> {
    let is_reserved = tag.starts_with(RESERVED_TAGS);
    is_reserved
        .then_some("`sbx` itself gives tags that begin with `sbx-`, such as digests, to builds")
}

#[cfg(test)]
mod tests {
    use super::{reserved_tag, tag_fault};

    #[test]
    fn tags_of_sbx_are_reserved() {
        assert!(reserved_tag("sbx-0123456789abcdef").is_some() && reserved_tag("sbx-").is_some());
        assert!(reserved_tag("sbx").is_none() && reserved_tag("v1-sbx-2").is_none());
    }

    #[test]
    fn a_uuid_is_not_a_tag_with_or_without_dashes() {
        assert!(tag_fault("0123456789abcdef0123456789abcdef").is_some());
        assert!(tag_fault("01234567-89ab-cdef-0123-456789abcdef").is_some());
        assert!(tag_fault("0123456-789ab-cdef-0123-456789abcdef").is_none());
        assert!(tag_fault("v1.0.0_rc-1").is_none());
        assert!(tag_fault("V1").is_some());
    }
}
