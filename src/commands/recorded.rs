//! What is said of builds whose steps the local platform only recorded.

use crate::printer::Printer;

/// The page about the local platform.
const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/local.md");

/// Says why nothing was run, and what would change that: once for all builds of a command.
pub(super) fn explain(because: Option<&str>, printer: &Printer) {
    if let Some(because) = because {
        printer.note(&format!("no step was run: {because}"));
    }
    printer.note(&format!("with Docker or Podman, the local platform runs the steps: {PAGE}"));
}
