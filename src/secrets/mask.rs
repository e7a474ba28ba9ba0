//! Hides the secrets that are written out in a manifest or a template.

use secrecy::{ExposeSecret as _, SecretString};

use super::words::Words;
use super::{PLACEHOLDER, string_values};
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
    keys: Vec<&'static str>,
    literals: &'a [Literal],
    words: Words,
}

impl<'a> Mask<'a> {
    /// A mask for the string values of `keys` and for `literals`.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = &'static str>, literals: &'a [Literal]) -> Self {
        let words = Words::new(literals.iter().map(|literal| literal.text.expose_secret()));
        Self { keys: keys.into_iter().collect(), literals, words }
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
            let ranges = self.words.ranges(text).into_iter().chain(string_values(text, &self.keys));
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
        let fix = diagnostic.fix.as_mut().map(|fix| &mut fix.title);
        let related = diagnostic.related.iter_mut().map(|label| &mut label.message);
        let said = [&mut diagnostic.message, &mut diagnostic.label].into_iter();
        for text in said.chain(diagnostic.help.as_mut()).chain(fix).chain(related) {
            if let Some(clean) = self.words.replaced(text, PLACEHOLDER) {
                *text = clean;
            }
        }
    }

    /// Whether one of the texts that a fix inserts holds a secret.
    fn is_in_fix(&self, fix: &Fix) -> bool {
        fix.edits.iter().any(|edit| {
            self.words.is_in(&edit.text) || !string_values(&edit.text, &self.keys).is_empty()
        })
    }
}

#[cfg(test)]
mod tests;
