//! The fields of a table, each of one type; every other field is a fault.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span, Spanned};

/// What to do about a lock that a person or a program has changed in another way.
const HELP: &str = "only `sbx lock` writes this file: restore it from version control, or delete it \
                    and run `sbx lock`, which locks everything to what is current";

/// The faults of a lock.
pub(super) struct Reader {
    file: FileId,
    diagnostics: Diagnostics,
}

impl Reader {
    pub(super) fn new(file: FileId) -> Self {
        Self { file, diagnostics: Diagnostics::new() }
    }

    pub(super) const fn file(&self) -> FileId {
        self.file
    }

    pub(super) const fn span(&self, range: &Range<usize>) -> Span {
        Span { file: self.file, start: range.start, end: range.end }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a fault that `sbx lock` does not make.
    pub(super) fn fault(&mut self, span: Span, message: String) {
        self.push(Diagnostic::new(Code::InvalidLock, span, message).help(HELP));
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}

/// A table whose fields are read.
pub(super) struct Fields<'a> {
    /// What it is, for people.
    name: &'static str,
    content: &'a DeTable<'a>,
    span: Span,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(name: &'static str, content: &'a DeTable<'a>, span: Span) -> Self {
        Self { name, content, span, asked: Vec::new() }
    }

    /// The beginning of the table.
    pub(super) const fn start(&self) -> Span {
        Span { end: self.span.start, ..self.span }
    }

    /// The value of a key, if there is one.
    pub(super) fn value(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, Span)> {
        self.asked.push(key);
        let value = self.content.get(key)?;
        let Range { start, end } = value.span();
        Some((value.get_ref(), Span { file: self.span.file, start, end }))
    }

    /// A string.
    pub(super) fn text(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        let (value, span) = self.value(key)?;
        text(reader, key, value, span).map(|text| Spanned::new(text, span))
    }

    /// A string that must be there.
    pub(super) fn required(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        if !self.content.contains_key(key) {
            self.missing(reader, key);
        }
        self.text(reader, key)
    }

    /// Reports that a key is missing.
    pub(super) fn missing(&mut self, reader: &mut Reader, key: &'static str) {
        self.asked.push(key);
        if !self.content.contains_key(key) {
            reader.fault(self.span, format!("`{key}` is missing in this `[[{}]]`", self.name));
        }
    }

    /// An array of strings.
    pub(super) fn list(&mut self, reader: &mut Reader, key: &'static str) -> Option<Vec<String>> {
        let (value, span) = self.value(key)?;
        let DeValue::Array(array) = value else {
            reader.fault(span, format!("`{key}` is not an array of strings"));
            return None;
        };
        array
            .iter()
            .map(|word| text(reader, key, word.get_ref(), reader.span(&word.span())))
            .collect()
    }

    /// A table of strings whose keys fit.
    pub(super) fn texts(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        fits: fn(&str) -> bool,
    ) -> BTreeMap<String, String> {
        let Some((value, span)) = self.value(key) else { return BTreeMap::new() };
        let DeValue::Table(table) = value else {
            reader.fault(span, format!("`{key}` is not a table of strings"));
            return BTreeMap::new();
        };
        let mut texts = BTreeMap::new();
        for (name, value) in table {
            if !fits(name.get_ref()) {
                let message = format!("`{}` is not a valid name in `{key}`", name.get_ref());
                reader.fault(reader.span(&name.span()), message);
            }
            let span = reader.span(&value.span());
            if let Some(value) = text(reader, key, value.get_ref(), span) {
                texts.insert(name.get_ref().to_string(), value);
            }
        }
        texts
    }

    /// The tables of an array of tables.
    pub(super) fn tables(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
    ) -> Vec<(&'a DeTable<'a>, Span)> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        let mut tables = Vec::new();
        match value {
            DeValue::Array(array) => {
                for element in array {
                    let span = reader.span(&element.span());
                    match element.get_ref() {
                        DeValue::Table(table) => tables.push((table, span)),
                        _ => reader.fault(span, format!("`{key}` is not an array of tables")),
                    }
                }
            }
            _ => reader.fault(span, format!("`{key}` is not an array of tables")),
        }
        tables
    }

    /// Reports every key that was not read.
    pub(super) fn finish(self, reader: &mut Reader) {
        for (key, _) in self.content {
            if !self.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                let message = format!("a lock has no key `{}` here", key.get_ref());
                reader.fault(reader.span(&key.span()), message);
            }
        }
    }
}

fn text(reader: &mut Reader, key: &str, value: &DeValue<'_>, span: Span) -> Option<String> {
    if let DeValue::String(text) = value {
        return Some(text.to_string());
    }
    reader.fault(span, format!("`{key}` is not a string"));
    None
}
