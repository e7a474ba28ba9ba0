//! A reader of tables that records every key it was asked for.
//!
//! At the end, the other keys are unknown, and the recorded keys are candidates for did-you-mean. A
//! test compares them with the schema, so that the two cannot diverge.

mod unknown;

use toml::de::DeTable;

use super::value::Item;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::outline::{LazyOutline, Outline};
use crate::source::{Span, Spanned};

/// Called with the kind of each table and the keys it was asked for.
pub type Observer<'o> = &'o mut dyn FnMut(&'static str, &[&'static str]);

/// The shared state of a parse: the text and the diagnostics.
pub(super) struct Reader<'o> {
    outline: LazyOutline<'o>,
    diagnostics: Diagnostics,
    observer: Option<Observer<'o>>,
}

impl<'o> Reader<'o> {
    pub(super) fn new(text: &'o str, observer: Option<Observer<'o>>) -> Self {
        Self { outline: LazyOutline::new(text), diagnostics: Diagnostics::new(), observer }
    }

    /// The text at a span.
    pub(super) fn written(&self, span: Span) -> &'o str {
        self.outline.written(span)
    }

    /// The outline, for fixes.
    pub(super) fn outline(&self) -> Option<&Outline<'o>> {
        self.outline.get()
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}

/// The largest number of keys in a table of few.
const FEW: usize = 8;

/// Room for the keys that a table of the language may have.
const MANY: usize = 40;

/// A table that is being read. Its name is that of its definition in the schema.
pub(super) struct Table<'a> {
    name: &'static str,
    content: &'a DeTable<'a>,
    span: Span,
    asked: Vec<&'static str>,
    /// Missing keys, with their diagnostics.
    missing: Vec<(Vec<&'static str>, Diagnostic)>,
}

impl<'a> Table<'a> {
    pub(super) fn new(name: &'static str, content: &'a DeTable<'a>, span: Span) -> Self {
        Self { name, content, span, asked: Vec::with_capacity(MANY), missing: Vec::new() }
    }

    /// The value of `key`, if it exists.
    pub(super) fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        let content = self.content;
        // A hash of the key takes longer than to compare it with a few.
        let found = if content.len() <= FEW {
            content.iter().find(|(written, _)| written.get_ref() == key)
        } else {
            content.get_key_value(key)
        };
        found.map(|(key, value)| Item::new(key.span(), value))
    }

    /// The value of `key`, read with `read`.
    pub(super) fn optional<T>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'_>, Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.item(key).and_then(|item| read(reader, item))
    }

    /// As [`Table::optional`], but reports a missing key.
    pub(super) fn required<T>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'_>, Item<'a>) -> Option<T>,
    ) -> Option<T> {
        let item = self.item(key);
        if item.is_none() {
            self.missing(key, None);
        }
        item.and_then(|item| read(reader, item))
    }

    /// Reports a missing `key`, which `because` or the table itself requires.
    pub(super) fn missing(&mut self, key: &'static str, because: Option<&str>) {
        let message = match because {
            Some(because) => format!("{because} requires `{key}`"),
            None => format!("`{key}` is missing"),
        };
        let example = match key {
            "name" => Some("write `name = \"my-template\"` above the first header"),
            "from" if self.name == "Manifest" => {
                Some("write `[from]` and one source below it, such as `python = \"3.12\"`")
            }
            "to" => Some("write `to = \"/path/in/the/sandbox\"`"),
            "content" => Some("write `content = \"…\"`, which may be empty"),
            "type" => Some(
                "write `type = \"basic\"` for a user name and a password; other kinds are \
                            `aws`, `gcp`, `oci` and `huawei`",
            ),
            "user" => Some("write `user = \"NAME\"`"),
            "target" => Some("write `target = \"/what/the/link/points/to\"`"),
            _ => None,
        };
        let mut diagnostic = Diagnostic::new(Code::MissingKey, self.span, message);
        if let Some(example) = example {
            diagnostic = diagnostic.help(example);
        }
        self.missing_any(&[key], diagnostic);
    }

    /// Reports that all of `keys` are missing, unless an unknown key suggests one of them.
    pub(super) fn missing_any(&mut self, keys: &[&'static str], diagnostic: Diagnostic) {
        self.missing.push((keys.to_vec(), diagnostic));
    }

    /// The existing keys among `keys`, with their spans.
    pub(super) fn present(&self, keys: &[&'static str]) -> Vec<Spanned<&'static str>> {
        let mut present: Vec<_> = self
            .content
            .iter()
            .filter_map(|(written, _)| {
                let key = keys.iter().find(|key| written.get_ref() == **key)?;
                let span = written.span();
                Some(Spanned::new(*key, Span::manifest(span.start, span.end)))
            })
            .collect();
        present.sort_unstable_by_key(|key| key.span);
        present
    }

    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// Reports every key that was not read.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        if let Some(observer) = &mut reader.observer {
            observer(self.name, &self.asked);
        }
        let mut meant = Vec::new();
        for (key, value) in self.content {
            if self.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                continue;
            }
            let item = Item::new(key.span(), value);
            meant.extend(self.suggest_alias(key.get_ref()));
            reader.push(self.unknown(reader, key.get_ref(), item.key));
        }
        for (keys, diagnostic) in self.missing {
            if !keys.iter().any(|key| meant.contains(key)) {
                reader.push(diagnostic);
            }
        }
    }

    /// As [`Table::finish`], and gives the value the span of the table.
    pub(super) fn finish_as<T>(self, reader: &mut Reader<'_>, value: T) -> Spanned<T> {
        let span = self.span;
        self.finish(reader);
        Spanned::new(value, span)
    }
}
