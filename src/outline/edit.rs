//! Edits that keep the layout: each says what to change so that comments stay and lines look as
//! their neighbours do.

use std::ops::Range;

use super::{Array, Entry, Outline};
use crate::diagnostic::fix::Edit;
use crate::source::Span;

/// A string as TOML writes it, between the quotes that `raw`, the value it replaces, has.
#[must_use]
pub fn quoted(raw: &str, text: &str) -> String {
    let plain = !text.contains(|c: char| c == '\'' || c.is_control());
    if raw.starts_with('\'') && plain {
        return format!("'{text}'");
    }
    // JSON's escapes are a subset of TOML's, and TOML wants one character more to be escaped.
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007f")
}

fn replace(range: Range<usize>, text: impl Into<String>) -> Edit {
    Edit { span: Span::manifest(range.start, range.end), text: text.into() }
}

fn insert(at: usize, text: impl Into<String>) -> Edit {
    replace(at..at, text)
}

impl Outline<'_> {
    /// The line break that the text uses.
    fn line_break(&self) -> &'static str {
        let first = self.text.split_inclusive('\n').next().unwrap_or_default();
        if first.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// Where the line ends that holds `offset`, without its line break.
    fn line_end(&self, offset: usize) -> usize {
        let next = self.lines.start(self.lines.of(offset) + 1);
        let line = &self.text[..next];
        line.strip_suffix('\n').map_or(next, |line| line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// Where the line begins that holds `offset`, behind a byte-order mark.
    fn line_start(&self, offset: usize) -> usize {
        let start = self.lines.start(self.lines.of(offset));
        let marked = start == 0 && self.text.starts_with('\u{feff}');
        if marked { '\u{feff}'.len_utf8() } else { start }
    }

    /// Whether nothing but white space stands between two places.
    fn is_blank(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| text.trim().is_empty())
    }

    /// How many bytes of white space within the line stand at a place.
    fn spaces_at(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// How many bytes of white space within the line stand before a place.
    fn spaces_before(&self, at: usize) -> usize {
        let before = &self.text[..at];
        before.len() - before.trim_end_matches([' ', '\t']).len()
    }

    /// The lines of a comment if nothing else stands there, else the comment with the white space
    /// that leads to it.
    #[must_use]
    pub fn whole_comment(&self, comment: &Range<usize>) -> Range<usize> {
        let start = self.line_start(comment.start);
        if self.is_blank(start..comment.start) {
            start..self.lines.start(self.lines.of(comment.start) + 1)
        } else {
            comment.start - self.spaces_before(comment.start)..comment.end
        }
    }

    /// Removes the element that stands at a place, with its comma and without any comment.
    #[must_use]
    pub fn remove_element(&self, at: Span) -> Option<Vec<Edit>> {
        let (array, index) = self.arrays.iter().find_map(|array| {
            let found = array.elements.iter().position(|it| it.range == (at.start..at.end));
            found.map(|index| (array, index))
        })?;
        let element = &array.elements[index];
        let Range { start, end } = element.range.clone();
        let Some(comma) = element.comma else {
            // The last one: what is left of the comma before it may end the array.
            let before = index.checked_sub(1).and_then(|it| array.elements[it].comma);
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

    /// The beginning of the next line if `from..to` begins a line and nothing follows on it.
    fn whole_line(&self, from: usize, to: usize) -> Option<usize> {
        let whole = self.is_blank(self.line_start(from)..from)
            && self.is_blank(to..self.line_end(to))
            && self.line_end(to) < self.text.len();
        whole.then(|| self.lines.start(self.lines.of(to) + 1))
    }

    /// Puts an element at the end of an array.
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
            // Without a comment both belong to one place.
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

    /// Where the comment begins behind a place on its line; without one, the line's end.
    fn comment_or_end(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let comment = self.comments.iter().find(|comment| (at..end).contains(&comment.start));
        comment.map_or(end, |comment| comment.start)
    }

    /// The array that is the value of a key above the first header.
    #[must_use]
    pub fn top_level_array(&self, key: &str) -> Option<&Array> {
        let entry = self.top_level().find(|it| it.keys.len() == 1 && it.keys[0].name == key)?;
        self.arrays.iter().find(|array| array.range == entry.value)
    }

    /// The entries above the first header.
    fn top_level(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|it| it.header.is_none() && it.depth == 0)
    }

    /// Whether the document has that key, in any form.
    #[must_use]
    pub fn has_top_level(&self, key: &str) -> bool {
        let heads = self.headers.iter().filter_map(|header| header.keys.first());
        let mut keys = heads.chain(self.top_level().filter_map(|it| it.keys.first()));
        keys.any(|it| it.name == key)
    }

    /// Whether any table begins a key so, outside arrays and inline tables.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        let mut entries = self.entries.iter().filter(|it| it.depth == 0);
        self.has_top_level(key) || entries.any(|it| it.keys[0].name == key)
    }

    /// Puts a line below the one on which the value at `at` ends, if that is one of the top level.
    #[must_use]
    pub fn line_below(&self, at: Span, line: &str) -> Option<Edit> {
        let entry = self.top_level().find(|it| it.value == (at.start..at.end))?;
        let start = entry.range().start;
        let indent = &self.text[self.line_start(start)..start];
        let text = format!("{}{indent}{line}", self.line_break());
        Some(insert(self.line_end(at.end), text))
    }

    /// Moves a key that a header swallowed, with its comments, to where the top level is. `None`
    /// if that has the key already, or the key stands in an array or an inline table.
    #[must_use]
    pub fn move_to_top(&self, key: Span) -> Option<Vec<Edit>> {
        let written = |it: &&Entry| it.keys[0].range == (key.start..key.end);
        let here: Vec<_> =
            self.entries.iter().filter(|it| it.depth == 0 && it.header.is_some()).collect();
        let first = here.iter().copied().find(written)?;
        let name = &first.keys[0].name;
        if self.has_top_level(name) {
            return None;
        }
        let mut edits = Vec::new();
        let mut moved = String::new();
        let same = |it: &&Entry| it.header == first.header && it.keys[0].name == *name;
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

    /// The lines of an entry and of the comments directly above it, without the last line break.
    fn with_comments(&self, entry: &Entry) -> Range<usize> {
        let range = entry.range();
        let start = self.below_comments(self.lines.of(range.start), |_| true);
        start..self.line_end(range.end)
    }

    /// Where the comments begin that stand directly above a line, as far as they are `wanted`.
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

    /// Above the first header and its comments, but below what speaks to editors: `#:schema …`.
    fn above_headers(&self) -> Option<usize> {
        let first = self.headers.first()?;
        let line = self.lines.of(first.range.start);
        Some(self.below_comments(line, |comment| !comment.starts_with("#:")))
    }

    /// What to remove so that those lines are gone and no two blank lines stay behind.
    fn gap(&self, block: Range<usize>) -> Range<usize> {
        let after = self.lines.start(self.lines.of(block.end) + 1);
        let line = self.lines.of(block.start);
        let before = self.lines.start(line.saturating_sub(1));
        let blank_before = line > 0 && self.is_blank(before..block.start);
        let blank_after = self.is_blank(after..self.line_end(after));
        let start = if blank_before && blank_after { before } else { block.start };
        start..after
    }

    /// Gives a key another name, wherever a header or a dotted key says it of the same table.
    #[must_use]
    pub fn rename(&self, key: Span, name: &str) -> Vec<Edit> {
        let range = key.start..key.end;
        let names = |keys: &[super::Key]| -> Vec<String> {
            keys.iter().map(|key| key.name.clone()).collect()
        };
        let position = |keys: &[super::Key]| keys.iter().position(|it| it.range == range);
        let all: Vec<&[super::Key]> = if let Some((header, at)) =
            self.headers.iter().find_map(|header| Some((header, position(&header.keys)?)))
        {
            let path = names(&header.keys[..=at]);
            let same = self.headers.iter().map(|it| it.keys.as_slice());
            same.filter(|keys| keys.get(..=at).is_some_and(|it| names(it) == path)).collect()
        } else if let Some((entry, at)) = self
            .entries
            .iter()
            .find_map(|entry| Some((entry, position(&entry.keys)?)))
            .filter(|(entry, _)| entry.depth == 0)
        {
            let path = names(&entry.keys[..=at]);
            let beside =
                self.entries.iter().filter(|it| it.depth == 0 && it.header == entry.header);
            let same = beside.map(|it| it.keys.as_slice());
            same.filter(|keys| keys.get(..=at).is_some_and(|it| names(it) == path)).collect()
        } else {
            return vec![replace(range, name)];
        };
        let at = all.iter().find_map(|keys| position(keys)).unwrap_or_default();
        all.iter().map(|keys| replace(keys[at].range.clone(), name)).collect()
    }

    /// Gives each header `[name]` its second pair of brackets.
    #[must_use]
    pub fn double_brackets(&self, name: &str) -> Vec<Edit> {
        let headers = self.headers.iter().filter(|header| {
            !header.array && header.keys.len() == 1 && header.keys[0].name == name
        });
        headers.flat_map(|it| [insert(it.range.start, "["), insert(it.range.end, "]")]).collect()
    }
}
