//! The parts of an image's tag.

/// Whether one of the parts of a tag is a word, alone or with a version behind it: `python3.12` is
/// `python`.
pub(super) fn has(tag: &str, word: &str) -> bool {
    tag.split('-').any(|part| part.strip_prefix(word).is_some_and(is_version))
}

/// Whether a text is empty or a version.
pub(super) fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The number that a tag begins with, which is the major version in most repositories.
pub(super) fn major(tag: &str) -> Option<&str> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let end = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
    (end > 0).then(|| &tag[..end])
}

/// The tags of a repository that something holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tags {
    /// All of them.
    All,
    /// Those with this part.
    With(&'static str),
    /// Those without this part.
    Without(&'static str),
    /// Those of these major versions.
    Major(&'static [&'static str]),
}

impl Tags {
    /// Whether a tag is one of them.
    #[must_use]
    pub fn include(self, tag: &str) -> bool {
        match self {
            Self::All => true,
            Self::With(word) => has(tag, word),
            Self::Without(word) => !has(tag, word),
            Self::Major(versions) => major(tag).is_some_and(|major| versions.contains(&major)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_may_have_a_version() {
        assert!(has("0.5-python3.12-bookworm-slim", "python"));
        assert!(has("slim", "slim"));
        assert!(!has("pythonic-slim", "python"));
        assert!(!has("3.12-slimmer", "slim"));
    }

    #[test]
    fn a_major_version_is_what_a_tag_begins_with() {
        assert_eq!(major("8u342-jdk"), Some("8"));
        assert_eq!(major("17.2-bookworm"), Some("17"));
        assert_eq!(major("v1.2"), Some("1"));
        assert_eq!(major("latest"), None);
        assert!(Tags::Major(&["8", "11"]).include("11-jre"));
        assert!(!Tags::Major(&["8", "11"]).include("17"));
    }
}
