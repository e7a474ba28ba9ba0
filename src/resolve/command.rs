//! Shell commands of words.

use std::borrow::Cow;

use crate::scalar::quote_word;

/// The shell that platforms run commands with.
pub(super) struct Shell;

impl Shell {
    /// One word, quoted as Python's `shlex.quote` does: as it is when all of it is
    /// `A-Za-z0-9_@%+=:,./-`, otherwise between single quotes. Nothing in it expands.
    pub(super) fn quote(word: &str) -> String {
        quote_word(word)
    }
}

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
        self.words.extend(words.into_iter().map(|word| Cow::Owned(Shell::quote(word))));
        self
    }

    /// The whole command.
    pub(super) fn join(&self) -> String {
        self.words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::Shell;

    #[test]
    fn words_are_quoted_as_shlex_does() {
        assert_eq!(Shell::quote("a-b_c@1.0,/x=y:+%"), "a-b_c@1.0,/x=y:+%");
        assert_eq!(Shell::quote(""), "''");
        assert_eq!(Shell::quote("numpy>=1"), "'numpy>=1'");
        assert_eq!(Shell::quote("it's"), r#"'it'"'"'s'"#);
        assert_eq!(Shell::quote("ä"), "'ä'");
        assert_eq!(Shell::quote("~"), "'~'");
    }
}
