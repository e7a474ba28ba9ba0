//! Edits that preserve comments and follow the layout of neighbouring lines.

use std::ops::Range;

use super::{Array, Entry, Outline};
use crate::diagnostic::fix::Edit;
use crate::source::Span;

/// Formats a TOML string with the kind of quotes of `raw`, the value that it replaces.
#[must_use]
pub fn quoted(raw: &str, text: &str) -> String {
    let plain = !text.contains(|c: char| c == '\'' || c.is_control());
    if raw.starts_with('\'') && plain {
        return format!("'{text}'");
    }
    // JSON's escapes are a subset of TOML's, which requires escaping one more character.
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007f")
}

fn replace(range: Range<usize>, text: impl Into<String>) -> Edit {
    Edit { span: Span::manifest(range.start, range.end), text: text.into() }
}

fn insert(at: usize, text: impl Into<String>) -> Edit {
    replace(at..at, text)
}

impl Outline<'_> {
    /// The kind of line break that the text uses.
    fn line_break(&self) -> &'static str {
        let first = self.text.split_inclusive('\n').next().unwrap_or_default();
        if first.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// The end of the line at `offset`, before its line break.
    fn line_end(&self, offset: usize) -> usize {
        let next = self.lines.start(self.lines.of(offset) + 1);
        let line = &self.text[..next];
        line.strip_suffix('\n').map_or(next, |line| line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// The beginning of the line at `offset`, behind a byte-order mark.
    fn line_start(&self, offset: usize) -> usize {
        let start = self.lines.start(self.lines.of(offset));
        let marked = start == 0 && self.text.starts_with('\u{feff}');
        if marked { '\u{feff}'.len_utf8() } else { start }
    }

    /// Whether a range is only white space.
    fn is_blank(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| text.trim().is_empty())
    }

    /// The number of bytes of white space on the same line at an offset.
    fn spaces_at(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// The number of bytes of white space on the same line before an offset.
    fn spaces_before(&self, at: usize) -> usize {
        let before = &self.text[..at];
        before.len() - before.trim_end_matches([' ', '\t']).len()
    }

    /// The whole line of a comment if it is alone, otherwise the comment with the white space
    /// before it.
    #[must_use]
    pub fn whole_comment(&self, comment: &Range<usize>) -> Range<usize> {
        let start = self.line_start(comment.start);
        if self.is_blank(start..comment.start) {
            start..self.lines.start(self.lines.of(comment.start) + 1)
        } else {
            comment.start - self.spaces_before(comment.start)..comment.end
        }
    }

    /// Removes the element at a span with its comma, but no comments.
    #[must_use]
    pub fn remove_element(&self, at: Span) -> Option<Vec<Edit>> {
        let (array, index) = self.arrays.iter().find_map(|array| {
            let found =
                array.elements.iter().position(|element| element.range == (at.start..at.end));
            found.map(|index| (array, index))
        })?;
        let element = &array.elements[index];
        let Range { start, end } = element.range.clone();
        let Some(comma) = element.comma else {
            // For the last one, also remove the comma before it.
            let before = index.checked_sub(1).and_then(|before| array.elements[before].comma);
            let from = start - self.spaces_before(start);
            let from = match before {
                Some(comma) if comma + 1 == from => comma,
                _ => self.whole_line(from, end).map_or(from, |_| self.line_start(start)),
            };
            let to = self.whole_line(from, end).unwrap_or(end);
            return Some(vec![replace(from..to, "")]);
        };
        if !self.is_blank(end..comma) {
            return Some(vec![replace(start..end, ""), replace(comma..comma + 1, "")]);
        }
        let after = comma + 1 + self.spaces_at(comma + 1);
        let line = self.line_start(start);
        if self.is_blank(line..start) {
            let to = self.whole_line(line, comma + 1);
            return Some(vec![to.map_or(replace(start..after, ""), |to| replace(line..to, ""))]);
        }
        let is_last_of_line = after == self.line_end(comma) || self.text[after..].starts_with('#');
        if is_last_of_line {
            return Some(vec![replace(start - self.spaces_before(start)..comma + 1, "")]);
        }
        Some(vec![replace(start..after, "")])
    }

    /// The beginning of the next line if `from..to` is alone on its line.
    fn whole_line(&self, from: usize, to: usize) -> Option<usize> {
        let whole = self.is_blank(self.line_start(from)..from)
            && self.is_blank(to..self.line_end(to))
            && self.line_end(to) < self.text.len();
        whole.then(|| self.lines.start(self.lines.of(to) + 1))
    }

    /// Appends an element to an array.
    #[must_use]
    pub fn append_element(&self, array: &Array, text: &str) -> Vec<Edit> {
        let Some(last) = array.elements.last() else {
            return vec![insert(array.range.start + 1, text)];
        };
        let end = last.comma.map_or(last.range.end, |comma| comma + 1);
        let line = self.line_start(last.range.start);
        let has_own_line = self.is_blank(line..last.range.start)
            && self.line_end(end) < array.range.end - 1
            && self.is_blank(end..self.comment_or_end(end));
        if has_own_line {
            let indent = &self.text[line..last.range.start];
            let comma = if last.comma.is_some() { "," } else { "" };
            let added = format!("{}{indent}{text}{comma}", self.line_break());
            let missing = last.comma.is_none().then(|| insert(end, ","));
            // Without a comment, both edits are at the same offset.
            if missing.is_some() && self.line_end(end) == end {
                return vec![insert(end, format!(",{added}"))];
            }
            return missing.into_iter().chain([insert(self.line_end(end), added)]).collect();
        }
        match last.comma {
            Some(_) => vec![insert(end, format!(" {text},"))],
            None => vec![insert(end, format!(", {text}"))],
        }
    }

    /// The offset of the comment behind an offset on the same line, or the end of the line.
    fn comment_or_end(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let comment = self.comments.iter().find(|comment| (at..end).contains(&comment.start));
        comment.map_or(end, |comment| comment.start)
    }

    /// The array value of a key above the first header.
    #[must_use]
    pub fn top_level_array(&self, key: &str) -> Option<&Array> {
        let entry =
            self.top_level().find(|entry| entry.keys.len() == 1 && entry.keys[0].name == key)?;
        self.arrays.iter().find(|array| array.range == entry.value)
    }

    /// The entries above the first header.
    fn top_level(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.header.is_none() && entry.depth == 0)
    }

    /// Whether the document has a top-level key, as a key or a header.
    #[must_use]
    pub fn has_top_level(&self, key: &str) -> bool {
        let heads = self.headers.iter().filter_map(|header| header.keys.first());
        let mut keys = heads.chain(self.top_level().filter_map(|entry| entry.keys.first()));
        keys.any(|first| first.name == key)
    }

    /// Inserts a key beside the one at `entry`, on a line below its value, with the same indentation
    /// and the same prefix if the key is dotted. `None` in an inline table.
    #[must_use]
    pub fn key_below(&self, entry: &Entry, key: &str, value: &str) -> Option<Edit> {
        let start = entry.range().start;
        let last = entry.keys.last().filter(|_| entry.depth == 0)?;
        let indent = &self.text[self.line_start(start)..start];
        let prefix = &self.text[start..last.range.start];
        let text = format!("{}{indent}{prefix}{key} = {value}", self.line_break());
        Some(insert(self.line_end(entry.value.end), text))
    }

    /// Moves a key that is below a header by mistake to the top level, with its comments. `None`
    /// if the top level has the key already, or the key is in an array or an inline table.
    #[must_use]
    pub fn move_to_top(&self, key: Span) -> Option<Vec<Edit>> {
        let written = |entry: &&Entry| entry.keys[0].range == (key.start..key.end);
        let here: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.depth == 0 && entry.header.is_some())
            .collect();
        let first = here.iter().copied().find(written)?;
        let name = &first.keys[0].name;
        if self.has_top_level(name) {
            return None;
        }
        let mut edits = Vec::new();
        let mut moved = String::new();
        let same = |entry: &&Entry| entry.header == first.header && entry.keys[0].name == *name;
        for entry in here.into_iter().filter(same) {
            let block = self.with_comments(entry);
            moved.push_str(&self.text[block.clone()]);
            moved.push_str(self.line_break());
            edits.push(replace(self.gap(block), ""));
        }
        edits.push(match self.top_level().last() {
            Some(last) => {
                let lines =
                    format!("{}{}", self.line_break(), moved.trim_end_matches(['\r', '\n']));
                insert(self.line_end(last.value.end), lines)
            }
            None => insert(self.above_headers()?, moved + self.line_break()),
        });
        Some(edits)
    }

    /// The lines of an entry with the comments directly above it, without the last line break.
    fn with_comments(&self, entry: &Entry) -> Range<usize> {
        let range = entry.range();
        let start = self.below_comments(self.lines.of(range.start), |_| true);
        start..self.line_end(range.end)
    }

    /// The beginning of the `wanted` comments directly above a line.
    fn below_comments(&self, mut line: usize, wanted: impl Fn(&str) -> bool) -> usize {
        while line > 0 {
            let at = self.lines.start(line - 1);
            let range = self.line_start(at)..self.line_end(at);
            let comment = self.comments.iter().find(|comment| {
                range.contains(&comment.start) && self.is_blank(range.start..comment.start)
            });
            if !comment.is_some_and(|comment| wanted(&self.text[comment.clone()])) {
                break;
            }
            line -= 1;
        }
        self.line_start(self.lines.start(line))
    }

    /// The offset above the first header and its comments, but below comments for editors such as
    /// `#:schema …`.
    fn above_headers(&self) -> Option<usize> {
        let first = self.headers.first()?;
        let line = self.lines.of(first.range.start);
        Some(self.below_comments(line, |comment| !comment.starts_with("#:")))
    }

    /// The range to delete to remove lines without leaving two blank lines.
    fn gap(&self, block: Range<usize>) -> Range<usize> {
        let after = self.lines.start(self.lines.of(block.end) + 1);
        let line = self.lines.of(block.start);
        let before = self.lines.start(line.saturating_sub(1));
        let blank_before = line > 0 && self.is_blank(before..block.start);
        let blank_after = self.is_blank(after..self.line_end(after));
        let start = if blank_before && blank_after { before } else { block.start };
        start..after
    }

    /// Renames a key in every header and dotted key of the same table.
    #[must_use]
    pub fn rename(&self, key: Span, name: &str) -> Vec<Edit> {
        let range = key.start..key.end;
        let names = |keys: &[super::Key]| -> Vec<String> {
            keys.iter().map(|key| key.name.clone()).collect()
        };
        let position = |keys: &[super::Key]| keys.iter().position(|key| key.range == range);
        let all: Vec<&[super::Key]> = if let Some((header, at)) =
            self.headers.iter().find_map(|header| Some((header, position(&header.keys)?)))
        {
            let path = names(&header.keys[..=at]);
            let same = self.headers.iter().map(|header| header.keys.as_slice());
            same.filter(|keys| keys.get(..=at).is_some_and(|keys| names(keys) == path)).collect()
        } else if let Some((entry, at)) = self
            .entries
            .iter()
            .find_map(|entry| Some((entry, position(&entry.keys)?)))
            .filter(|(entry, _)| entry.depth == 0)
        {
            let path = names(&entry.keys[..=at]);
            let beside = self
                .entries
                .iter()
                .filter(|other| other.depth == 0 && other.header == entry.header);
            let same = beside.map(|other| other.keys.as_slice());
            same.filter(|keys| keys.get(..=at).is_some_and(|keys| names(keys) == path)).collect()
        } else {
            return vec![replace(range, name)];
        };
        let at = all.iter().find_map(|keys| position(keys)).unwrap_or_default();
        all.iter().map(|keys| replace(keys[at].range.clone(), name)).collect()
    }

    /// Turns each header `[name]` into `[[name]]`.
    #[must_use]
    pub fn double_brackets(&self, name: &str) -> Vec<Edit> {
        let headers = self.headers.iter().filter(|header| {
            !header.array && header.keys.len() == 1 && header.keys[0].name == name
        });
        headers
            .flat_map(|header| [insert(header.range.start, "["), insert(header.range.end, "]")])
            .collect()
    }
}
