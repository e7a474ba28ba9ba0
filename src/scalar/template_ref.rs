//! References to templates of a platform.

use std::fmt;

/// What refers to a template: a name, `name:tag`, or an ID. Servers ignore case, so it is lower
/// case here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRef {
    /// The name with its namespace if it has one, or the ID.
    pub name: String,
    /// The tag of one of its builds.
    pub tag: Option<String>,
}

impl fmt::Display for TemplateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
    }
}
