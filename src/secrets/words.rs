//! A set of secrets that are searched for at once.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::MIN_LEN;

/// The texts that are searched for.
pub(super) struct Words {
    /// `None` if there is nothing to search for.
    automaton: Option<AhoCorasick>,
}

impl Words {
    /// Those of `texts` that are at least [`MIN_LEN`] bytes long.
    pub(super) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let long: Vec<_> = texts.into_iter().filter(|text| text.len() >= MIN_LEN).collect();
        // The faster kinds take half a kilobyte for each byte of a secret. It fails only on
        // more text than is ever read.
        let build = |long: Vec<&str>| {
            AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(long).ok()
        };
        Self { automaton: if long.is_empty() { None } else { build(long) } }
    }

    /// Whether one of them occurs in `text`.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(text))
    }

    /// Where they occur in `text`, in order; occurrences that overlap are one range, so that no
    /// byte of any of them is left.
    pub(super) fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<_> = self
            .automaton
            .iter()
            .flat_map(|automaton| automaton.find_overlapping_iter(text))
            .map(|found| found.range())
            .collect();
        found.sort_unstable_by_key(|range| range.start);
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for range in found {
            match ranges.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        ranges
    }

    /// `text` with `placeholder` in the place of each range; `None` if none of them occurs.
    pub(super) fn replaced(&self, text: &str, placeholder: &str) -> Option<String> {
        // A secret such as `secret` is not looked for in what was replaced before.
        let is_kept = |range: &Range<usize>| {
            (0..placeholder.len()).filter_map(|offset| range.start.checked_sub(offset)).any(
                |start| {
                    text.as_bytes()[start..].starts_with(placeholder.as_bytes())
                        && range.end <= start + placeholder.len()
                },
            )
        };
        let mut clean = String::new();
        let mut end = 0;
        for range in self.ranges(text).into_iter().filter(|range| !is_kept(range)) {
            clean.push_str(&text[end..range.start]);
            clean.push_str(placeholder);
            end = range.end;
        }
        (end > 0).then(|| clean + &text[end..])
    }
}
