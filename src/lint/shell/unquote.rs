//! A script within a script: the text that the inner shell gets, and where each part of it is.

use std::ops::Range;

use super::words::{UNKNOWN, after_expansion, keeps_backslash};

/// The text that a shell gets from the shell around it.
#[derive(Debug, Default)]
pub(super) struct Unquoted {
    /// The text. What the outer shell inserts is one [`UNKNOWN`] each.
    pub(super) text: String,
    /// Its parts in order, each a contiguous range of the outer text.
    pieces: Vec<Piece>,
}

/// A part of the text. It is as long as in the outer text, unless it is [`UNKNOWN`].
#[derive(Debug)]
struct Piece {
    inner: usize,
    outer: Range<usize>,
}

impl Unquoted {
    /// The value of a word; `None` if a part outside of quotes is expanded, since the shell may
    /// split that into several words.
    pub(super) fn word(text: &str, word: Range<usize>) -> Option<Self> {
        let mut value = Self::default();
        let mut double = false;
        let mut at = word.start;
        while at < word.end {
            let rest = &text[at..];
            let next = rest.as_bytes().get(1).copied();
            at += match rest.bytes().next()? {
                b'\'' if !double => {
                    let length = rest[1..].find('\'')?;
                    value.push(text, at + 1..at + 1 + length);
                    length + 2
                }
                b'"' => {
                    double = !double;
                    1
                }
                b'\\' if next == Some(b'\n') => 2,
                b'\\' if double && keeps_backslash(next) => value.character(text, at),
                b'\\' => 1 + value.character(text, at + 1),
                b'$' | b'`' if double => value.expansion(text, at)?,
                b'$' | b'`' | b'*' | b'?' | b'[' | b'{' | b'~' if !double => return None,
                _ => value.character(text, at),
            };
        }
        Some(value)
    }

    /// The text of a here-document: with a quoted delimiter nothing in it is expanded, and with
    /// `<<-` tabs at the beginning of its lines are removed.
    pub(super) fn heredoc(
        text: &str,
        body: Range<usize>,
        quoted: bool,
        tabs: bool,
    ) -> Option<Self> {
        let mut value = Self::default();
        let mut at = body.start;
        while at < body.end {
            let rest = &text[at..body.end];
            let begins = value.text.is_empty() || value.text.ends_with('\n');
            if tabs && begins && rest.starts_with('\t') {
                at += 1;
                continue;
            }
            let next = rest.as_bytes().get(1).copied();
            at += match rest.bytes().next()? {
                _ if quoted => value.character(text, at),
                b'\\' if next == Some(b'\n') => 2,
                b'\\' if matches!(next, Some(b'\\' | b'$' | b'`')) => {
                    1 + value.character(text, at + 1)
                }
                b'$' | b'`' => value.expansion(text, at)?,
                _ => value.character(text, at),
            };
        }
        Some(value)
    }

    /// The range of the outer text that a range of this text comes from.
    pub(super) fn outer(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.piece(range.start).map_or(0, |piece| match piece.outer.len() {
            length if range.start - piece.inner < length => {
                piece.outer.start + range.start - piece.inner
            }
            _ => piece.outer.end,
        });
        let end = range.end.checked_sub(1).and_then(|last| {
            let piece = self.piece(last)?;
            let unknown = self.text.as_bytes().get(last) == Some(&(UNKNOWN as u8));
            Some(if unknown { piece.outer.end } else { piece.outer.start + last + 1 - piece.inner })
        });
        start..end.map_or(start, |end| end.max(start))
    }

    /// The whole range of the outer text.
    pub(super) fn whole(&self) -> Range<usize> {
        self.outer(&(0..self.text.len()))
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        let next = self.pieces.partition_point(|piece| piece.inner <= at);
        self.pieces.get(next.checked_sub(1)?)
    }

    /// Appends a part of the outer text.
    fn push(&mut self, text: &str, outer: Range<usize>) {
        let inner = self.text.len();
        self.text.push_str(&text[outer.clone()]);
        match self.pieces.last_mut() {
            Some(last)
                if last.outer.end == outer.start && last.outer.len() == inner - last.inner =>
            {
                last.outer.end = outer.end;
            }
            _ => self.pieces.push(Piece { inner, outer }),
        }
    }

    /// Appends the character at `at`, and returns its length.
    fn character(&mut self, text: &str, at: usize) -> usize {
        let length = text[at..].chars().next().map_or(0, char::len_utf8);
        self.push(text, at..at + length);
        length
    }

    /// Appends what the outer shell inserts for the expansion at `at`, and returns its length.
    fn expansion(&mut self, text: &str, at: usize) -> Option<usize> {
        let mut end = after_expansion(text, at)?;
        if end == at + 1 {
            let rest = &text[end..];
            let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let special = rest.starts_with(['?', '@', '*', '#', '$', '!', '-']);
            end += name.unwrap_or(rest.len()).max(usize::from(special));
        }
        self.pieces.push(Piece { inner: self.text.len(), outer: at..end });
        self.text.push(UNKNOWN);
        Some(end - at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_text_leads_back_to_the_outer_one() {
        let text = r#"bash -c "cd \"$HOME/a\" && "'make "x"'"#;
        let value = Unquoted::word(text, 8..text.len()).expect("a value");
        assert_eq!(value.text, "cd \"\0/a\" && make \"x\"");
        let outer = |part: &str| {
            let at = value.text.find(part).expect("there");
            &text[value.outer(&(at..at + part.len()))]
        };
        assert_eq!(outer("cd"), "cd");
        assert_eq!(outer("\0"), "$HOME");
        assert_eq!(outer("\0/a"), "$HOME/a");
        assert_eq!(outer("&& make"), r#"&& "'make"#);
        assert_eq!(outer("make \"x\""), r#"make "x""#);
        assert_eq!(&text[value.whole()], &text[9..text.len() - 1]);
    }

    #[test]
    fn words_that_may_be_split_have_no_value() {
        for text in ["$X", "'a'$X", "`a`", "a*", "~/x", "{a,b}"] {
            assert!(Unquoted::word(text, 0..text.len()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_here_document_is_expanded_unless_its_delimiter_is_quoted() {
        let text = "\ta $X \\$Y\n\t\\\\b\n";
        let read = |quoted, tabs| {
            Unquoted::heredoc(text, 0..text.len(), quoted, tabs).expect("a value").text
        };
        assert_eq!(read(true, false), text);
        assert_eq!(read(false, true), "a \0 $Y\n\\b\n");
        assert_eq!(read(true, true), "a $X \\$Y\n\\\\b\n");
    }
}
