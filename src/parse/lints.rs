//! `lints`.

use super::table::Reader;
use super::value::{self, Item};
use crate::diagnostic::level::Target;
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::manifest::Lints;
use crate::source::Spanned;

pub(super) fn lints(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Lints>> {
    let mut table = value::table(reader, "Lints", item)?;
    let mut lints = Lints::default();
    let codes = Code::warnings().map(|code| (code.name(), Target::Code(code)));
    let all = codes.chain([(Target::WARNINGS, Target::Warnings)]);
    for (name, subject) in all {
        if let Some(level) = table.optional(reader, name, level) {
            lints.levels.set(subject, level);
        }
    }
    Some(table.finish_as(reader, lints))
}

fn level(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Level> {
    let word = value::string(reader, item)?;
    let level = Level::find(&word.value);
    if level.is_none() {
        let words = Level::ALL.map(|(name, _)| name);
        let message = format!("`{}` is not a level", word.value);
        let diagnostic = Diagnostic::new(Code::InvalidValue, word.span, message);
        reader.push(value::one_of(reader, diagnostic, &word, &words));
    }
    level
}
