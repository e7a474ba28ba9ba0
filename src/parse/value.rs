//! Readers of single values: each returns a valid value and reports everything else.

use std::ops::Range;

use toml::Spanned as TomlSpanned;
use toml::de::{DeArray, DeValue};

use super::table::{Reader, Table};
use crate::diagnostic::{Code, Diagnostic, Fix, suggest};
use crate::manifest::OneOrMany;
use crate::outline::quoted;
use crate::scalar::{Mode, Size, SizeError};
use crate::source::{Span, Spanned};

/// A value and its key; an element of an array has the key of the array.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) key: Span,
    pub(super) span: Span,
    pub(super) value: &'a DeValue<'a>,
}

fn at(range: &Range<usize>) -> Span {
    Span::manifest(range.start, range.end)
}

impl<'a> Item<'a> {
    pub(super) fn new(key: Range<usize>, value: &'a TomlSpanned<DeValue<'a>>) -> Self {
        Self { key: at(&key), span: at(&value.span()), value: value.get_ref() }
    }

    /// The same value as an element of the array `parent`.
    fn element(parent: Self, value: &'a TomlSpanned<DeValue<'a>>) -> Self {
        Self { key: parent.key, span: at(&value.span()), value: value.get_ref() }
    }

    pub(super) fn elements(self, array: &'a DeArray<'a>) -> impl Iterator<Item = Self> {
        array.iter().map(move |value| Self::element(self, value))
    }

    fn with<T>(self, value: T) -> Spanned<T> {
        Spanned::new(value, self.span)
    }

    /// Reports that the value is of another type than `expected`.
    pub(super) fn wrong_type(self, reader: &mut Reader<'_>, expected: &str) -> Diagnosed {
        self.wrong_type_with(reader, expected, None)
    }

    /// The same with a help.
    pub(super) fn wrong_type_help(
        self,
        reader: &mut Reader<'_>,
        expected: &str,
        help: &str,
    ) -> Diagnosed {
        reader.push(self.other_type(expected).help(help));
        Diagnosed
    }

    fn other_type(self, expected: &str) -> Diagnostic {
        let message = format!("expected {expected}, found {}", describe(self.value));
        Diagnostic::new(Code::WrongType, self.span, message)
    }

    /// The same with an optional fix.
    pub(super) fn wrong_type_with(
        self,
        reader: &mut Reader<'_>,
        expected: &str,
        fix: Option<Fix>,
    ) -> Diagnosed {
        let diagnostic = self.other_type(expected);
        let written = fix.iter().flat_map(|fix| &fix.edits).next().map(|edit| edit.text.clone());
        let diagnostic = match written {
            Some(written) => diagnostic.help(format!("write `{written}`")),
            None => diagnostic,
        };
        reader.push(diagnostic.fix(fix));
        Diagnosed
    }

    /// A fix that quotes a number or a date, which is safe.
    pub(super) fn quoted(self, reader: &Reader<'_>) -> Option<Fix> {
        let written = reader.written(self.span);
        let plain = match self.value {
            DeValue::Integer(_) | DeValue::Float(_) => {
                written.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
            }
            DeValue::Datetime(_) => true,
            _ => false,
        };
        let text = format!("\"{written}\"");
        plain.then(|| Fix::safe("quote the value").replace(self.span, text))
    }

    /// A fix that removes the quotes of a number or a word.
    fn unquoted(self, is_one: impl Fn(&str) -> bool) -> Option<Fix> {
        let DeValue::String(text) = self.value else { return None };
        let fix = Fix::safe("remove the quotes");
        is_one(text.trim()).then(|| fix.replace(self.span, text.trim()))
    }
}

/// The evidence that a problem was reported.
pub(super) struct Diagnosed;

impl Diagnosed {
    /// No value.
    #[expect(clippy::unused_self, reason = "reads as a sentence where it is used")]
    pub(super) const fn none<T>(self) -> Option<T> {
        None
    }
}

pub(super) fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn string(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    let text = any_string(reader, item)?;
    if text.value.contains('\0') {
        reader.push(nul(item, "no command, path or request can contain it"));
        return None;
    }
    Some(text)
}

/// A string that is sent as data, so that it may contain any character.
pub(super) fn any_string(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    if let DeValue::String(text) = item.value {
        return Some(item.with(text.to_string()));
    }
    let fix = item.quoted(reader);
    item.wrong_type_with(reader, "a string", fix).none()
}

/// The diagnostic for a string that contains a NUL character.
pub(super) fn nul(item: Item<'_>, why: &str) -> Diagnostic {
    Diagnostic::new(Code::InvalidValue, item.span, "the value contains a NUL character")
        .help(format!("remove `\\u0000`: {why}"))
}

pub(super) fn non_empty(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    let text = string(reader, item)?;
    if text.value.is_empty() {
        reader.push(
            Diagnostic::new(Code::EmptyValue, item.span, "the string is empty")
                .help("write a value, or remove the key"),
        );
        return None;
    }
    Some(text)
}

pub(super) fn boolean(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<bool>> {
    if let DeValue::Boolean(value) = item.value {
        return Some(item.with(*value));
    }
    let fix = item.unquoted(|text| matches!(text, "true" | "false"));
    item.wrong_type_with(reader, "`true` or `false`", fix).none()
}

pub(super) fn unsigned(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<u64>> {
    let DeValue::Integer(integer) = item.value else {
        let fix = item.unquoted(is_number);
        return item.wrong_type_with(reader, "an integer", fix).none();
    };
    let number = u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix());
    if number.is_err() {
        let message = if integer.as_str().starts_with('-') {
            format!("`{integer}` is negative")
        } else {
            format!("`{integer}` is too large")
        };
        reader.push(Diagnostic::new(Code::InvalidValue, item.span, message));
    }
    number.ok().map(|number| item.with(number))
}

/// Whether a text is also a valid TOML number.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && !text.is_empty() && (text == "0" || !text.starts_with('0'))
}

/// The diagnostic for an unknown word, with a suggestion.
pub(super) fn one_of(
    reader: &Reader<'_>,
    diagnostic: Diagnostic,
    word: &Spanned<String>,
    known: &[&str],
) -> Diagnostic {
    match suggest::nearest(&word.value, known.iter().copied()) {
        Some(near) => {
            let text = quoted(reader.written(word.span), near);
            let fix = Fix::instead_of(&word.value, near).replace(word.span, text);
            diagnostic.help(format!("did you mean `{near}`?")).fix(fix)
        }
        None => diagnostic.help(format!("write {}", suggest::any_of(known))),
    }
}

/// A version, which must be a string and not a number.
pub(super) fn version(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    let written = match item.value {
        DeValue::Integer(_) | DeValue::Float(_) => reader.written(item.span),
        _ => return non_empty(reader, item),
    };
    reader.push(
        Diagnostic::new(Code::UnquotedVersion, item.span, "a version must be a string")
            .label("TOML parses this as a number, so `3.10` would become `3.1`")
            .help(format!("write `\"{written}\"`"))
            .fix(Fix::safe("quote the version").replace(item.span, format!("\"{written}\""))),
    );
    None
}

/// Every string of an array; the array may be empty.
pub(super) fn strings(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Vec<Spanned<String>>> {
    let DeValue::Array(array) = item.value else {
        if let DeValue::String(text) = item.value {
            let message = "expected an array of strings, found a string";
            reader.push(
                Diagnostic::new(Code::WrongType, item.span, message)
                    .help(format!("write `[{}]`", quoted("", text)))
                    .fix(Fix::safe("make it an array").around(item.span, "[", "]")),
            );
            return None;
        }
        return item.wrong_type(reader, "an array of strings").none();
    };
    Some(item.elements(array).filter_map(|element| non_empty(reader, element)).collect())
}

/// A string, or a non-empty array of strings.
pub(super) fn one_or_many(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<OneOrMany>> {
    let items = match item.value {
        DeValue::String(_) => vec![non_empty(reader, item)?],
        DeValue::Array(array) if array.is_empty() => {
            reader.push(
                Diagnostic::new(Code::EmptyValue, item.span, "the array is empty")
                    .help("write at least one string, or remove the step"),
            );
            return None;
        }
        DeValue::Array(_) => strings(reader, item)?,
        _ => {
            return item.wrong_type(reader, "a string or an array of strings").none();
        }
    };
    Some(item.with(OneOrMany { items }))
}

/// A table that is about to be read.
pub(super) fn table<'a>(
    reader: &mut Reader<'_>,
    name: &'static str,
    item: Item<'a>,
) -> Option<Table<'a>> {
    match item.value {
        DeValue::Table(table) => Some(Table::new(name, table, item.span)),
        _ => item.wrong_type(reader, "a table").none(),
    }
}

pub(super) fn size(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Size>> {
    let help = "write MiB as an integer, or a string such as \"512MiB\" or \"2GiB\"";
    match item.value {
        DeValue::Integer(_) => {
            let mib = unsigned(reader, item)?;
            (positive(reader, mib.value, item.span)).then(|| mib.map(|mib| Size { mib }))
        }
        DeValue::String(text) => match Size::parse(text) {
            Ok(size) => positive(reader, size.mib, item.span).then(|| item.with(size)),
            Err(error) => {
                let diagnostic = match error {
                    SizeError::DecimalUnit(_) => {
                        let message = format!("`{text}` has no binary unit");
                        Diagnostic::new(Code::InvalidSize, item.span, message)
                            .label("platforms count in powers of two")
                    }
                    SizeError::Malformed => {
                        let message = format!("`{text}` is not a size");
                        Diagnostic::new(Code::InvalidSize, item.span, message)
                    }
                };
                reader.push(match Size::guess(text) {
                    Some(size) => {
                        let written = quoted(reader.written(item.span), &size);
                        let fix = Fix::safe("write the unit as it is counted");
                        diagnostic
                            .help(format!("write `\"{size}\"`"))
                            .fix(fix.replace(item.span, written))
                    }
                    None => diagnostic.help(help),
                });
                None
            }
        },
        _ => item.wrong_type(reader, "a size").none(),
    }
}

fn positive(reader: &mut Reader<'_>, number: u64, span: Span) -> bool {
    if number == 0 {
        reader.push(
            Diagnostic::new(Code::InvalidSize, span, "a size must be more than nothing")
                .help("leave the key out to get the platform's default"),
        );
    }
    number > 0
}

pub(super) fn mode(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Mode>> {
    let mut meant = None;
    let (mode, written, help) = match item.value {
        DeValue::String(text) => {
            let help = "write three or four octal digits, such as \"0755\"".to_owned();
            let digits = text.trim().trim_start_matches("0o");
            let digits = Mode::parse(digits).map(|_| digits);
            meant = digits.map(|digits| quoted(reader.written(item.span), digits));
            (Mode::parse(text), text.to_string(), help)
        }
        DeValue::Integer(integer) if integer.radix() == 8 => {
            let bits = u64::from_str_radix(integer.as_str(), 8).ok();
            let help = "write an octal integer up to 0o7777, such as 0o755".to_owned();
            (bits.and_then(Mode::from_bits), integer.to_string(), help)
        }
        DeValue::Integer(integer) => {
            // A person who writes 755 means the digits, not the number.
            let help = match Mode::parse(integer.as_str()) {
                Some(mode) => {
                    meant = Some(format!("0o{}", integer.as_str()));
                    format!("write `0o{}` or `\"{mode}\"`", integer.as_str())
                }
                None => "write an octal integer, such as 0o755".to_owned(),
            };
            (None, integer.to_string(), help)
        }
        _ => {
            return item.wrong_type(reader, "an octal integer or a string of octal digits").none();
        }
    };
    if mode.is_none() {
        let message = format!("`{written}` is not an octal file mode");
        let diagnostic = Diagnostic::new(Code::InvalidMode, item.span, message).help(help);
        let fix = meant.map(|text| Fix::safe("write the mode in octal").replace(item.span, text));
        reader.push(diagnostic.fix(fix));
    }
    mode.map(|mode| item.with(mode))
}
