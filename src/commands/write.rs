//! Output that could not be written is an error, whatever else the command did.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::{Exit, Failure};
use crate::host::describe;
use crate::printer::Printer;

/// The exit code of a command that would end with `exit`, after everything was printed.
pub(super) fn finish(printer: &Printer, exit: Exit) -> Exit {
    let Some(error) = printer.output_error() else { return exit };
    let message = format!("cannot write to standard output: {}", describe(error));
    printer.failure(&message, Some("the output is incomplete"));
    match exit {
        Exit::Sandbox(_) => Exit::OWN_FAILURE,
        exit => exit.max(Exit::Platform),
    }
}

/// Writes a file. A regular file that cannot be written completely is removed, so that no later
/// command reads a part of it.
///
/// # Errors
/// Those of the system.
pub(super) fn file(path: &Path, text: &str, options: &OpenOptions) -> io::Result<()> {
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() && file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        let _ = fs::remove_file(path);
    }
    written
}

/// The failure of a command whose file cannot be written.
pub(super) fn failure(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write `{}`: {}", path.display(), describe(error));
    Failure::new(Exit::Platform, message)
}
