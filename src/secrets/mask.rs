//! Hides the secrets that are written out in a manifest or a template.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use secrecy::{ExposeSecret as _, SecretString};

use super::{MIN_LEN, PLACEHOLDER, string_values};
use crate::diagnostic::{Diagnostic, Diagnostics, Fix};
use crate::source::{SourceMap, Span};

/// A secret that is written out in a text.
#[derive(Debug, Clone)]
pub struct Literal {
    /// Where it is written.
    pub span: Span,
    /// The secret.
    pub text: SecretString,
}

/// What is hidden from excerpts and diagnostics.
///
/// It works on texts that are not valid TOML as well: the values of the secret keys are found
/// without parsing.
pub struct Mask<'a> {
    /// The keys whose string values are secret.
    keys: &'a [&'static str],
    literals: &'a [Literal],
    /// The literals that are long enough to be searched for; `None` if there are none.
    words: Option<AhoCorasick>,
}

impl<'a> Mask<'a> {
    /// A mask for the string values of `keys` and for `literals`.
    #[must_use]
    pub fn new(keys: &'a [&'static str], literals: &'a [Literal]) -> Self {
        let long = literals.iter().map(|literal| literal.text.expose_secret());
        let long: Vec<_> = long.filter(|text| text.len() >= MIN_LEN).collect();
        // Fails only on more text than a manifest can hold.
        let automaton = |long: Vec<&str>| {
            AhoCorasick::builder()
                // The faster kinds take half a kilobyte for each byte of a secret.
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                // A secret that begins with another is found whole.
                .match_kind(MatchKind::LeftmostLongest)
                .build(long)
                .ok()
        };
        let words = if long.is_empty() { None } else { automaton(long) };
        Self { keys, literals, words }
    }

    /// Hides the secrets from excerpts of the texts and from what diagnostics say.
    pub fn apply(&self, sources: &mut SourceMap, diagnostics: &mut Diagnostics) {
        self.hide_in_sources(sources);
        for diagnostic in diagnostics.iter_mut() {
            self.hide_in_diagnostic(diagnostic);
        }
    }

    fn hide_in_sources(&self, sources: &mut SourceMap) {
        let mut places: Vec<_> = self.literals.iter().map(|literal| literal.span).collect();
        for (file, source) in sources.iter() {
            let text = source.text();
            let words = self.words.iter().flat_map(|words| words.find_iter(text));
            let ranges = words.map(|found| found.range()).chain(string_values(text, self.keys));
            places.extend(ranges.map(|range| Span { file, start: range.start, end: range.end }));
        }
        for place in places {
            sources.hide(place);
        }
    }

    fn hide_in_diagnostic(&self, diagnostic: &mut Diagnostic) {
        if let Some(fix) = &mut diagnostic.fix {
            fix.withheld |= self.is_in_fix(fix);
        }
        let Some(words) = &self.words else { return };
        let fix = diagnostic.fix.as_mut().map(|fix| &mut fix.title);
        let related = diagnostic.related.iter_mut().map(|label| &mut label.message);
        let said = [&mut diagnostic.message, &mut diagnostic.label].into_iter();
        for text in said.chain(diagnostic.help.as_mut()).chain(fix).chain(related) {
            if words.is_match(text.as_str()) {
                *text = hide_words(words, text);
            }
        }
    }

    /// Whether one of the texts that a fix inserts holds a secret.
    fn is_in_fix(&self, fix: &Fix) -> bool {
        fix.edits.iter().any(|edit| {
            self.words.as_ref().is_some_and(|words| words.is_match(&edit.text))
                || !string_values(&edit.text, self.keys).is_empty()
        })
    }
}

fn hide_words(words: &AhoCorasick, text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    words.replace_all_with(text, &mut clean, |_, _, clean| {
        clean.push_str(PLACEHOLDER);
        true
    });
    clean
}

#[cfg(test)]
mod tests;
