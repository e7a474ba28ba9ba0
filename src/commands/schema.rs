//! `sbx schema`: the JSON Schema, or the language reference.

use super::Exit;
use crate::printer::Printer;
use crate::schema;
use crate::settings::SchemaForm;

pub(super) fn run(form: SchemaForm, printer: &Printer) -> Exit {
    printer.data(&match form {
        SchemaForm::Json => schema::schema_text(),
        SchemaForm::Reference => schema::reference(),
    });
    Exit::Done
}
