//! Texts as string literals. What Python and TypeScript share of the syntax is enough for every
//! text, but for characters beyond the basic plane, whose escapes differ.

use std::fmt::Write as _;

/// The language of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Python,
    TypeScript,
}

impl Syntax {
    /// A text as one literal on one line.
    pub(super) fn literal(self, text: &str) -> String {
        // As formatters of both languages do: double quotes, unless single ones need fewer escapes.
        let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
        let mut literal = String::with_capacity(text.len() + 2);
        literal.push(quote);
        for c in text.chars() {
            self.push(c, quote, &mut literal);
        }
        literal.push(quote);
        literal
    }

    fn push(self, c: char, quote: char, literal: &mut String) {
        match c {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c == quote => literal.extend(['\\', c]),
            c if !is_hidden(c) => literal.push(c),
            c if u32::from(c) < 0x100 => {
                let _ = write!(literal, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) < 0x1_0000 => {
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = match self {
                    Self::Python => write!(literal, "\\U{:08x}", u32::from(c)),
                    Self::TypeScript => write!(literal, "\\u{{{:x}}}", u32::from(c)),
                };
            }
        }
    }
}

/// The lines of a text, each but the last with its line break.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Whether a reader of code does not see a character, or sees another text because of it.
fn is_hidden(c: char) -> bool {
    crate::scalar::visible(c.encode_utf8(&mut [0; 4])) != c.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_one_line_without_hidden_characters() {
        let text = "a\n\r\t\0\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{e0041}\\'\"${x}`*/é😀";
        let literal = Syntax::Python.literal(text);
        assert_eq!(literal, r#""a\n\r\t\x00\x7f\x85\u2028\u202e\ufeff\U000e0041\\'\"${x}`*/é😀""#);
        assert!(Syntax::TypeScript.literal(text).contains(r"\u{e0041}"));
        assert_eq!(Syntax::Python.literal("say \"x\""), "'say \"x\"'");
        assert_eq!(lines("a\nb\n\nc"), ["a\n", "b\n", "\n", "c"]);
    }
}
