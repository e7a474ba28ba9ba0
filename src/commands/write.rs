//! Writing files, and output that could not be written: an error, whatever else the command did.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::{Exit, Failure};
use crate::host::{Host, describe};
use crate::parse;
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

/// Replaces the old text of a manifest with the new one atomically.
///
/// # Errors
/// It cannot be written, or it no longer has the old text; nothing was changed then.
pub(super) fn replace(host: &dyn Host, path: &Path, old: &str, new: &str) -> Result<(), Failure> {
    let refuse = |error: &std::io::Error| {
        let message = format!("cannot write `{}`: {}", path.display(), describe(error));
        Failure::new(Exit::Wrong, message).help("nothing was changed")
    };
    // A symbolic link stays one: its target is replaced.
    let target = path.canonicalize().map_err(|error| refuse(&error))?;
    // A rename needs no write permission on the file itself, so it is checked here.
    let permissions = target.metadata().map_err(|error| refuse(&error))?.permissions();
    if permissions.readonly() {
        return Err(refuse(&std::io::ErrorKind::PermissionDenied.into()));
    }
    let directory = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(|error| refuse(&error))?;
    let write = move |file: &mut tempfile::NamedTempFile| -> std::io::Result<()> {
        file.write_all(new.as_bytes())?;
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()
    };
    write(&mut file).map_err(|error| refuse(&error))?;
    let now = host.read(path, parse::MAX_BYTES).map_err(|error| refuse(&error))?;
    if now != old.as_bytes() {
        let message = format!("`{}` changed in the meantime", path.display());
        return Err(Failure::new(Exit::Wrong, message).help("nothing was changed; try again"));
    }
    file.persist(&target).map_err(|error| refuse(&error.error))?;
    Ok(())
}
