//! Redaction: removes the secrets that were read from all output, in every form in which a server
//! or an error may show them.
//!
//! A secret is registered with a [`Redaction`] when it is read, and all that is printed passes
//! through it. A server that repeats a request in its error message, or a build that prints its
//! variables, would print secrets otherwise.

mod forms;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::words::Words;
use super::{MIN_LEN, PLACEHOLDER};

/// The secrets that are known; clones share them.
#[derive(Clone, Default)]
pub struct Redaction {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// Every form of every secret, each once.
    forms: Vec<String>,
    /// The same forms, for searching; `None` if some were added since it was made.
    words: Option<Words>,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").finish_non_exhaustive()
    }
}

impl Redaction {
    /// A redaction that knows `secrets`.
    #[must_use]
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let redaction = Self::default();
        secrets.into_iter().for_each(|secret| redaction.register(secret));
        redaction
    }

    /// Adds a secret. One that is shorter than [`MIN_LEN`] is not searched for.
    pub fn register(&self, secret: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms::of(secret) {
            if form.len() >= MIN_LEN && !known.forms.contains(&form) {
                known.forms.push(form);
                known.words = None;
            }
        }
    }

    /// A text with [`PLACEHOLDER`] where secrets were.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let replaced = if let Some(words) = &known.words {
            words.replaced(text, PLACEHOLDER)
        } else {
            drop(known);
            self.search_again(text)
        };
        replaced.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// As [`clean`](Self::clean), after secrets were added.
    fn search_again(&self, text: &str) -> Option<String> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let words = Words::new(known.forms.iter().map(String::as_str));
        let replaced = words.replaced(text, PLACEHOLDER);
        known.words = Some(words);
        replaced
    }
}

#[cfg(test)]
mod tests;
