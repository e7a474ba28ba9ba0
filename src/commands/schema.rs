//! `sbx schema`: prints the JSON Schema or the language reference.

use super::Exit;
use crate::printer::Printer;
use crate::schema;
use crate::settings::Schema;

pub(super) fn run(settings: Schema, printer: &Printer) -> Exit {
    let text = if settings.reference { schema::reference() } else { schema::schema_text() };
    printer.data(&text);
    Exit::Done
}
