//! Positions as editors count them: a line, and a column in the units of an [`Encoding`].
//!
//! Both directions are total: an offset or a column that is too large is the nearest place that
//! there is, and one within a character is the character's beginning. A line break belongs to no
//! column: what lies within one is the end of its line.

use super::Source;

/// The unit in which columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16: two for a character beyond U+FFFF.
    Utf16,
    /// Unicode scalar values, which the language server protocol calls UTF-32.
    Chars,
}

impl Encoding {
    /// The units of a text.
    fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => Counts::of(text.as_bytes()).utf16(),
            Self::Chars => Counts::of(text.as_bytes()).chars,
        }
    }
}

/// A line and a column, both from 0. A byte-order mark is a character like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 0.
    pub line: usize,
    /// The column, from 0, in the units of an [`Encoding`].
    pub column: usize,
}

/// The bytes between two marks.
const STRIDE: usize = 1024;

/// How many characters of which kind begin in some bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    chars: usize,
    /// Those that UTF-16 has two code units for: four bytes in UTF-8.
    wide: usize,
}

impl Counts {
    fn of(bytes: &[u8]) -> Self {
        let chars = bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count();
        let wide = bytes.iter().filter(|byte| **byte >= 0b1111_0000).count();
        Self { chars, wide }
    }

    fn plus(self, other: Self) -> Self {
        Self { chars: self.chars + other.chars, wide: self.wide + other.wide }
    }

    const fn utf16(self) -> usize {
        self.chars + self.wide
    }
}

/// The counts before each multiple of [`STRIDE`] bytes: a line may be as long as the text, and
/// columns are asked for by the thousand.
#[derive(Debug, Clone)]
pub(super) struct Marks(Vec<Counts>);

impl Marks {
    pub(super) fn new(text: &str) -> Self {
        let strides = text.as_bytes().chunks(STRIDE).map(Counts::of);
        let sums = strides.scan(Counts::default(), |sum, counts| {
            *sum = sum.plus(counts);
            Some(*sum)
        });
        Self(std::iter::once(Counts::default()).chain(sums).collect())
    }

    fn before(&self, text: &str, offset: usize) -> Counts {
        let mark = offset / STRIDE;
        let rest = Counts::of(&text.as_bytes()[mark * STRIDE..offset]);
        self.0.get(mark).copied().unwrap_or_default().plus(rest)
    }

    /// The units before an offset.
    pub(super) fn units(&self, text: &str, offset: usize, encoding: Encoding) -> usize {
        match encoding {
            Encoding::Utf8 => offset,
            Encoding::Utf16 => self.before(text, offset).utf16(),
            Encoding::Chars => self.before(text, offset).chars,
        }
    }

    /// A character's beginning with at most so many units before it, and less than a stride away
    /// from the last one of those.
    fn near(&self, text: &str, units: usize, encoding: Encoding) -> usize {
        let count = |counts: &Counts| match encoding {
            Encoding::Utf16 => counts.utf16(),
            Encoding::Utf8 | Encoding::Chars => counts.chars,
        };
        let mark = self.0.partition_point(|counts| count(counts) <= units).saturating_sub(1);
        text.floor_char_boundary((mark * STRIDE).min(text.len()))
    }
}

impl Source {
    /// The line and column of the byte at `offset`.
    #[must_use]
    pub fn line_column(&self, offset: usize, encoding: Encoding) -> LineColumn {
        let offset = self.floor(offset);
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let end = offset.min(self.line_end(line));
        let units = |offset| self.marks.units(&self.text, offset, encoding);
        LineColumn { line, column: units(end) - units(start) }
    }

    /// The offset of the character at a line and a column.
    #[must_use]
    pub fn offset(&self, position: LineColumn, encoding: Encoding) -> usize {
        let start = self.line_start(position.line);
        let end = self.line_end(position.line).max(start);
        if encoding == Encoding::Utf8 {
            return self.floor(start.saturating_add(position.column).min(end));
        }
        let before = self.marks.units(&self.text, start, encoding);
        let wanted = before.saturating_add(position.column);
        let mut offset = self.marks.near(&self.text, wanted, encoding).clamp(start, end);
        let mut units = self.marks.units(&self.text, offset, encoding);
        for character in self.text[offset..end].chars() {
            units += encoding.units(character.encode_utf8(&mut [0; 4]));
            if units > wanted {
                break;
            }
            offset += character.len_utf8();
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Chars];

    fn source(text: &str) -> Source {
        Source::new(Path::new("x"), text.to_owned())
    }

    /// The same, one character after the other.
    fn naive(text: &str, offset: usize, encoding: Encoding) -> LineColumn {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let (mut line, mut column) = (0, 0);
        for (at, character) in text.char_indices() {
            // A carriage return at the end of the text may be half a line break.
            let is_break = text[at..].starts_with("\r\n") || &text[at..] == "\r";
            if at >= offset {
                break;
            }
            if character == '\n' {
                (line, column) = (line + 1, 0);
            } else if !is_break {
                column += match encoding {
                    Encoding::Utf8 => character.len_utf8(),
                    Encoding::Utf16 => character.len_utf16(),
                    Encoding::Chars => 1,
                };
            }
        }
        LineColumn { line, column }
    }

    /// Texts of short lines, and of lines longer than several strides.
    fn texts() -> impl Strategy<Value = String> {
        let pieces = ["a", "ä", "€", "😀", "\n", "\r\n", "\r", "\u{feff}", ""];
        let piece =
            (prop::sample::select(pieces.to_vec()), prop_oneof![Just(1), Just(1), 1..900_usize]);
        let repeated = piece.prop_map(|(piece, count)| piece.repeat(count));
        prop::collection::vec(repeated, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn positions_are_those_of_a_naive_count(text in texts(), at in any::<prop::sample::Index>()) {
            let source = source(&text);
            let offset = at.index(text.len() + 3);
            for encoding in ENCODINGS {
                prop_assert_eq!(source.line_column(offset, encoding), naive(&text, offset, encoding));
            }
        }

        #[test]
        fn a_position_leads_back_to_its_character(text in texts(), at in any::<prop::sample::Index>()) {
            let source = source(&text);
            let offset = text.floor_char_boundary(at.index(text.len() + 1));
            let rest = &text[offset..];
            let is_break = rest.is_empty() || rest.starts_with('\n');
            let within_break = text[..offset].ends_with('\r') && is_break;
            let expected = if within_break { offset - 1 } else { offset };
            for encoding in ENCODINGS {
                let position = source.line_column(offset, encoding);
                prop_assert_eq!(source.offset(position, encoding), expected);
            }
        }

        #[test]
        fn any_position_is_clamped_to_a_character_of_its_line(
            text in texts(), line in 0..30_usize, column in prop_oneof![0..3000_usize, Just(usize::MAX)],
        ) {
            let source = source(&text);
            for encoding in ENCODINGS {
                let offset = source.offset(LineColumn { line, column }, encoding);
                prop_assert!(text.is_char_boundary(offset));
                let back = source.line_column(offset, encoding);
                prop_assert_eq!(back.line, line.min(text.matches('\n').count()));
                prop_assert!(back.line < line || back.column <= column);
            }
        }
    }
}
