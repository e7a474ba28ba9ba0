//! Tags before they are expanded, in which `{env:NAME}` is a variable of the environment:
//! `pr-{env:PR_NUMBER}`.

use super::text::is_name;

/// The beginning of a variable.
const OPEN: &str = "{env:";

/// A tag before its variables are expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagText<'a>(Vec<Part<'a>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

impl<'a> TagText<'a> {
    /// Reads a tag; `None` if a brace is not that of a variable.
    #[must_use]
    pub fn parse(tag: &'a str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = tag;
        while let Some((text, behind)) = rest.split_once(OPEN) {
            let (name, after) = behind.split_once('}').filter(|(name, _)| is_name(name))?;
            parts.extend([Part::Text(text), Part::Variable(name)]);
            rest = after;
        }
        parts.push(Part::Text(rest));
        let is_text = |part: &Part<'_>| match part {
            Part::Text(text) => !text.contains(['{', '}']),
            Part::Variable(_) => true,
        };
        parts.iter().all(is_text).then_some(Self(parts))
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// The text around its variables.
    #[must_use]
    pub fn text(&self) -> String {
        self.expand(|_| String::new())
    }

    /// The tag with values in place of its variables, in lower case.
    #[must_use]
    pub fn expand(&self, mut value: impl FnMut(&'a str) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => (*text).to_owned(),
            Part::Variable(name) => value(name).to_lowercase(),
        });
        parts.collect()
    }

    /// The tag with its text in lower case. The names of variables stay as they are.
    #[must_use]
    pub fn lower_case(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.to_lowercase(),
            Part::Variable(name) => format!("{OPEN}{name}}}"),
        });
        parts.collect()
    }

    /// Whether it may be `tag` for some values of its variables.
    #[must_use]
    pub fn may_be(&self, tag: &str) -> bool {
        let mut texts = self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(*text),
            Part::Variable(_) => None,
        });
        let Some(first) = texts.next() else { return false };
        match (tag.strip_prefix(first), texts.next_back()) {
            (Some(rest), Some(last)) => rest.ends_with(last),
            (Some(rest), None) => rest.is_empty(),
            (None, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(tag: &str) -> Option<String> {
        TagText::parse(tag).map(|text| text.expand(|name| format!("<{name}>")))
    }

    #[test]
    fn variables_are_read_and_replaced_and_no_other_brace_is_allowed() {
        let is = |tag: &str, expected: &str| {
            assert_eq!(expanded(tag).as_deref(), Some(expected), "{tag}");
        };
        is("v1", "v1");
        is("", "");
        is("pr-{env:PR}", "pr-<pr>");
        is("{env:A}{env:_b2}.x", "<a><_b2>.x");
        for wrong in
            ["{", "}", "{env:}", "{env:A", "{env:1}", "{env:A-B}", "{ENV:A}", "${A}", "{env:A}}"]
        {
            assert_eq!(expanded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_text_and_the_names_are_told_apart() {
        let text = TagText::parse("PR-{env:Nr}-X").expect("it is one");
        assert_eq!(text.text(), "PR--X");
        assert_eq!(text.lower_case(), "pr-{env:Nr}-x");
        assert_eq!(text.variables().collect::<Vec<_>>(), ["Nr"]);
    }

    #[test]
    fn a_tag_may_be_another_one_if_its_ends_are_the_same() {
        let may_be = |tag: &str| TagText::parse(tag).is_some_and(|text| text.may_be("default"));
        for tag in ["default", "{env:A}", "de{env:A}", "{env:A}t", "de{env:A}{env:B}lt"] {
            assert!(may_be(tag), "{tag}");
        }
        for tag in ["def", "default2", "", "pr-{env:A}", "{env:A}-x", "defau{env:A}ault"] {
            assert!(!may_be(tag), "{tag}");
        }
    }
}
