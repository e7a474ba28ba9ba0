//! Tables of variables.

use toml::de::DeValue;

use super::table::Reader;
use super::value::{Item, nul};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::manifest::{EnvEntry, EnvTable, TOP_LEVEL_KEYS};
use crate::scalar::Text;
use crate::source::{Span, Spanned};
use crate::validate::reference_fault;

pub(super) fn table(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<EnvTable>> {
    let DeValue::Table(table) = item.value else {
        let help = "write a table: `[env]` and `NAME = \"value\"` below it";
        return item.wrong_type_help(reader, "a table of variables", help).none();
    };
    let mut entries = Vec::new();
    for (key, value) in table {
        let entry = Item::new(key.span(), value);
        let name = key.get_ref().to_string();
        if let Some(value) = value_of(reader, &name, entry) {
            entries.push(EnvEntry { name: Spanned::new(name, entry.key), value });
        }
    }
    Some(Spanned::new(EnvTable { entries }, item.span))
}

fn value_of(reader: &mut Reader<'_>, name: &str, item: Item<'_>) -> Option<Spanned<Text>> {
    let text = match item.value {
        DeValue::String(text) if text.contains('\0') => {
            reader.push(nul(item, "environment variables cannot contain it"));
            return None;
        }
        DeValue::String(text) => match Text::parse(text) {
            Ok(text) => text,
            Err(error) => {
                reader.push(reference_fault(&error, item.span));
                return None;
            }
        },
        DeValue::Integer(integer) => Text::literal(&integer.to_string()),
        DeValue::Boolean(value) => Text::literal(&value.to_string()),
        _ if TOP_LEVEL_KEYS.contains(&name) => {
            let move_it = Fix::safe(format!("move `{name}` to the top level"));
            let edits = reader.outline().and_then(|outline| outline.move_to_top(item.key));
            let fix = edits.map(|edits| move_it.edits(edits));
            reader.push(swallowed(name, item).fix(fix));
            return None;
        }
        DeValue::Float(_) | DeValue::Datetime(_) => {
            let (expected, fix) = ("a string, an integer or a boolean", item.quoted(reader));
            return item.wrong_type_with(reader, expected, fix).none();
        }
        DeValue::Table(table) if ["env", "file"].iter().any(|key| table.contains_key(*key)) => {
            let help = "every sandbox and the build's cache would hold the secret, so a variable \
                        cannot be one: use the secret where the files are made, and copy those; or \
                        build a base image with it, and name that in `from`";
            let expected = "a string, an integer or a boolean";
            return item.wrong_type_help(reader, expected, help).none();
        }
        _ => {
            return item.wrong_type(reader, "a string, an integer or a boolean").none();
        }
    };
    Some(Spanned::new(text, item.span))
}

/// A top-level key that became an invalid variable because of a header above it.
fn swallowed(name: &str, item: Item<'_>) -> Diagnostic {
    let span = Span { end: item.span.end.max(item.key.end), ..item.key };
    let message = format!("`{name}` is interpreted as a variable, with an invalid value");
    Diagnostic::new(
        Code::WrongType,
        if item.span.start < item.key.start { item.key } else { span },
        message,
    )
    .label("it is below a header, so it belongs to that table")
    .help(format!("move `{name}` above the first `[header]` of the file"))
}
