//! Readers of single values: each takes what it understands and reports everything else.

use std::ops::Range;

use toml::Spanned as TomlSpanned;
use toml::de::{DeArray, DeValue};

use super::table::{Reader, Table};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::manifest::OneOrMany;
use crate::scalar::{Mode, Size, SizeError};
use crate::source::{Span, Spanned};

/// A value and the key it stands under; an array's element stands under the array's key.
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

    /// The same value where the array `parent` holds it.
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
        reader.push(self.other_type(expected));
        Diagnosed
    }

    /// The same with what to write instead.
    pub(super) fn wrong_type_with(
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
}

/// The evidence that a problem was reported.
pub(super) struct Diagnosed;

impl Diagnosed {
    /// The value that could not be read.
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
    match item.value {
        DeValue::String(text) => Some(item.with(text.to_string())),
        _ => item.wrong_type(reader, "a string").none(),
    }
}

pub(super) fn non_empty(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    let text = string(reader, item)?;
    if text.value.is_empty() {
        reader.push(
            Diagnostic::new(Code::EmptyValue, item.span, "the string is empty")
                .help("write a value, or leave the key out"),
        );
        return None;
    }
    Some(text)
}

pub(super) fn boolean(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<bool>> {
    match item.value {
        DeValue::Boolean(value) => Some(item.with(*value)),
        _ => item.wrong_type(reader, "`true` or `false`").none(),
    }
}

pub(super) fn unsigned(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<u64>> {
    let DeValue::Integer(integer) = item.value else {
        return item.wrong_type(reader, "an integer").none();
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

/// A string that must not be read as a number: a version.
pub(super) fn version(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    let written = match item.value {
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.as_str().to_owned(),
        _ => return non_empty(reader, item),
    };
    reader.push(
        Diagnostic::new(Code::UnquotedVersion, item.span, "a version must be a string")
            .label("TOML reads this as a number, so `3.10` would become `3.1`")
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
                    .help(format!("write `[{}]`", toml_string(text))),
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
                    .help("write at least one string, or leave the step out"),
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
            Err(SizeError::DecimalUnit(unit)) => {
                let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
                reader.push(
                    Diagnostic::new(
                        Code::InvalidSize,
                        item.span,
                        format!("`{text}` has no binary unit"),
                    )
                    .label("platforms count in powers of two")
                    .help(format!("write `\"{digits}{unit}\"`")),
                );
                None
            }
            Err(SizeError::Malformed) => {
                let message = format!("`{text}` is not a size");
                reader.push(Diagnostic::new(Code::InvalidSize, item.span, message).help(help));
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
    let (mode, written, help) = match item.value {
        DeValue::String(text) => {
            let help = "write three or four octal digits, such as \"0755\"".to_owned();
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
                Some(mode) => format!("write `0o{}` or `\"{mode}\"`", integer.as_str()),
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
        reader.push(Diagnostic::new(Code::InvalidMode, item.span, message).help(help));
    }
    mode.map(|mode| item.with(mode))
}

/// A string as TOML writes it.
pub(super) fn toml_string(text: &str) -> String {
    // JSON's escapes are a subset of TOML's basic strings.
    serde_json::to_string(text).unwrap_or_default()
}
