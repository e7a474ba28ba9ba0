//! `start`.

use toml::de::DeValue;

use super::table::{Reader, Table};
use super::value::{self, Item};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::manifest::{STARTS, Start};
use crate::source::Spanned;

pub(super) fn start(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Start>> {
    if let DeValue::String(_) = item.value {
        let cmd = value::non_empty(reader, item)?;
        let span = cmd.span;
        return Some(Spanned::new(Start { cmd: Some(cmd), ..Start::default() }, span));
    }
    if let DeValue::Array(words) = item.value {
        let words: Vec<_> = words.iter().map_while(|word| word.get_ref().as_str()).collect();
        let help = format!("write one command, as in a shell: `start = \"{}\"`", words.join(" "));
        return item.wrong_type_help(reader, "a command", &help).none();
    }
    if !matches!(item.value, DeValue::Table(_)) {
        return item.wrong_type(reader, "a command or a table").none();
    }
    let mut table = value::table(reader, "Start", item)?;
    let start = Start {
        cmd: table.optional(reader, "cmd", value::non_empty),
        devcontainer: table.optional(reader, "devcontainer", value::non_empty),
    };
    exactly_one(reader, &mut table, "`start`", STARTS);
    Some(table.finish_as(reader, start))
}

/// Reports a table that has none of `keys`, or several.
pub(super) fn exactly_one(
    reader: &mut Reader<'_>,
    table: &mut Table<'_>,
    what: &str,
    keys: &[&'static str],
) {
    let present = table.present(keys);
    match present.as_slice() {
        [_] => {}
        [] => {
            let message = format!("{what} is empty");
            let diagnostic = Diagnostic::new(Code::MissingKey, table.span(), message)
                .help(format!("write one of {}", suggest::any_of(keys)));
            table.missing_any(keys, diagnostic);
        }
        [first, others @ ..] => {
            let message = format!("{what} must have one key, not {}", present.len());
            let mut diagnostic = Diagnostic::new(Code::ConflictingKeys, first.span, message);
            for other in others {
                diagnostic = diagnostic.related(other.span, "another one");
            }
            reader.push(diagnostic.help("keep one of them"));
        }
    }
}
