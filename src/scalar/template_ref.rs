//! References to templates of a platform.

use std::fmt;

/// What refers to a template: a name, `name:tag`, `name:BUILD_ID`, or an ID. Servers ignore case, so it is lower
/// case here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRef {
    /// The name with its namespace if it has one, or the ID.
    pub name: String,
    /// The tag of one of its builds, or the ID of a build.
    pub tag: Option<String>,
}

impl fmt::Display for TemplateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
    }
}

/// Whether servers parse a tag as a UUID, which is the ID of a build: with dashes, or as 32
/// hexadecimal digits.
#[must_use]
pub fn is_uuid(tag: &str) -> bool {
    let hex: String = tag.chars().filter(|c| *c != '-').collect();
    let dashes: Vec<_> = tag.match_indices('-').map(|(at, _)| at).collect();
    hex.len() == 32
        && hex.chars().all(|c| c.is_ascii_hexdigit())
        && (dashes.is_empty() || dashes == [8, 13, 18, 23])
}
