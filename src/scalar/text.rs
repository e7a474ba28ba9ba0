//! The value of a variable: text with references to other variables.

use std::ops::Range;

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Literal text; a `$` in it is a dollar sign.
    Literal(String),
    /// `$NAME` or `${NAME}`.
    Reference {
        /// The variable's name.
        name: String,
        /// Whether it is written with braces.
        braced: bool,
    },
}

/// Text with references. Two adjacent pieces are never both literal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pieces: Vec<Piece>,
}

/// A form of reference that is not supported, such as `${NAME:-default}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Its range in the value.
    pub range: Range<usize>,
    /// Its text.
    pub written: String,
}

/// Whether `name` is a valid variable name: `[A-Za-z_][A-Za-z0-9_]*`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_part)
}

const fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

const fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Text {
    /// Parses `$NAME`, `${NAME}` and `$$`; a `$` before anything else is literal.
    ///
    /// # Errors
    /// A `${` that is not followed by a name and `}`.
    pub fn parse(value: &str) -> Result<Self, TextError> {
        let mut text = Self::default();
        let mut rest = value;
        while let Some(dollar) = rest.find('$') {
            text.push_literal(&rest[..dollar]);
            let after = &rest[dollar + 1..];
            rest = if let Some(more) = after.strip_prefix('$') {
                text.push_literal("$");
                more
            } else if let Some(inner) = after.strip_prefix('{') {
                let at = value.len() - after.len() - 1;
                let error = |end: usize| TextError {
                    range: at..at + end,
                    written: value[at..at + end].to_owned(),
                };
                let close = inner.find('}').ok_or_else(|| error(after.len() + 1))?;
                let name = &inner[..close];
                if !is_name(name) {
                    return Err(error(close + 3));
                }
                text.push_reference(name.to_owned(), true);
                &inner[close + 1..]
            } else if after.starts_with(is_name_start) {
                let end = after.find(|c| !is_name_part(c)).unwrap_or(after.len());
                text.push_reference(after[..end].to_owned(), false);
                &after[end..]
            } else {
                text.push_literal("$");
                after
            };
        }
        text.push_literal(rest);
        Ok(text)
    }

    /// Text without references.
    #[must_use]
    pub fn literal(value: &str) -> Self {
        let mut text = Self::default();
        text.push_literal(value);
        text
    }

    /// Appends literal text.
    pub fn push_literal(&mut self, literal: &str) {
        if literal.is_empty() {
            return;
        }
        if let Some(Piece::Literal(last)) = self.pieces.last_mut() {
            last.push_str(literal);
        } else {
            self.pieces.push(Piece::Literal(literal.to_owned()));
        }
    }

    /// Appends a reference.
    pub fn push_reference(&mut self, name: String, braced: bool) {
        self.pieces.push(Piece::Reference { name, braced });
    }

    /// Appends all pieces of another text.
    pub fn push_text(&mut self, other: &Self) {
        for piece in &other.pieces {
            match piece {
                Piece::Literal(literal) => self.push_literal(literal),
                Piece::Reference { name, braced } => self.push_reference(name.clone(), *braced),
            }
        }
    }

    /// The pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The text if it has no references.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(literal)] => Some(literal),
            _ => None,
        }
    }

    /// Its approximate length in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let bytes = |piece: &Piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Reference { name, .. } => name.len() + 3,
        };
        self.pieces.iter().map(bytes).sum()
    }

    /// The names of the referenced variables.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Reference { name, .. } => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The text for a shell that expands it in double quotes, where `dollar` is the escape for a
    /// literal `$` in that shell.
    ///
    /// A reference keeps its form, unless the text behind it would extend its name.
    #[must_use]
    pub fn for_shell(&self, dollar: &str) -> String {
        let mut out = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => out.push_str(&literal.replace('$', dollar)),
                Piece::Reference { name, braced } => {
                    let runs_on = matches!(self.pieces.get(at + 1),
                        Some(Piece::Literal(next)) if next.starts_with(is_name_part));
                    if *braced || runs_on {
                        out.push_str("${");
                        out.push_str(name);
                        out.push('}');
                    } else {
                        out.push('$');
                        out.push_str(name);
                    }
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(value: &str) -> String {
        Text::parse(value).expect("valid").for_shell("<D>")
    }

    #[test]
    fn references_and_dollar_signs_are_distinguished() {
        assert_eq!(shell("/x:$PATH"), "/x:$PATH");
        assert_eq!(shell("${A}b$C"), "${A}b$C");
        assert_eq!(shell("$$A costs $5 or 10$"), "<D>A costs <D>5 or 10<D>");
        assert_eq!(shell("$$$A"), "<D>$A");
        assert_eq!(shell("ä$"), "ä<D>");
    }

    #[test]
    fn a_reference_does_not_merge_with_the_text_behind_it() {
        let mut text = Text::default();
        text.push_reference("A".to_owned(), false);
        text.push_literal("b");
        assert_eq!(text.for_shell("$"), "${A}b");
    }

    #[test]
    fn other_forms_are_rejected_with_their_range() {
        let error = Text::parse("ä${A:-b}c").expect_err("refused");
        assert_eq!((error.range, error.written.as_str()), (2..9, "${A:-b}"));
        let error = Text::parse("${A").expect_err("refused");
        assert_eq!((error.range, error.written.as_str()), (0..3, "${A"));
    }
}
