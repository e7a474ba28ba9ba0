//! Shell commands of words.

use std::borrow::Cow;

use crate::scalar::shell::quote;

/// A command that grows word by word.
pub(super) struct Words {
    words: Vec<Cow<'static, str>>,
}

impl Words {
    /// Begins with the program, and what always follows it.
    pub(super) fn of(program: &'static str) -> Self {
        Self { words: vec![Cow::Borrowed(program)] }
    }

    /// Appends a word that needs no quotes.
    pub(super) fn word(mut self, word: &str) -> Self {
        self.words.push(Cow::Owned(word.to_owned()));
        self
    }

    /// Appends a word that needs no quotes, if `condition` holds.
    pub(super) fn when(mut self, condition: bool, word: &'static str) -> Self {
        if condition {
            self.words.push(Cow::Borrowed(word));
        }
        self
    }

    /// Appends words that people wrote.
    pub(super) fn quoted<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.words.extend(words.into_iter().map(|word| Cow::Owned(quote(word))));
        self
    }

    /// The whole command.
    pub(super) fn join(&self) -> String {
        self.words.join(" ")
    }
}
