//! `sbx schema`: prints the JSON Schema or the language reference.

use super::Exit;
use crate::printer::Printer;
use crate::schema;
use crate::settings::Schema;

pub(super) fn run(settings: Schema, printer: &Printer) -> Exit {
    if settings.reference {
        printer.data(&schema::reference(schema::schema()));
    } else {
        printer.data(schema::TEXT);
    }
    Exit::Done
}
