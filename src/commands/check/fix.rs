//! `sbx check --fix`: applies the fixes of diagnostics.

use std::io::Write as _;
use std::path::Path;

use super::super::{Exit, Failure, analyze};
use crate::diagnostic::Fix;
use crate::host::{Host, describe};
use crate::pipeline::{self, Options};
use crate::settings::Fixes;
use crate::source::Source;

/// Fixes the manifest at `path`, and returns the number of fixes.
pub(super) fn fix(
    host: &dyn Host,
    path: &Path,
    options: &Options,
    which: Fixes,
) -> Result<usize, Failure> {
    let analysis = analyze(host, path, options.clone());
    // A manifest that cannot be read is reported by the check itself.
    let text = analysis.sources.manifest().text();
    let check = |text: &str| {
        let source = Source::new(path, text.to_owned());
        pipeline::analyze_text(host, source, options.clone()).diagnostics
    };
    let wanted = |fix: &Fix| fix.safe || which == Fixes::All;
    let (fixed, count) = pipeline::fixed(text, check, wanted);
    if count > 0 {
        write(host, path, text, &fixed)?;
    }
    Ok(count)
}

/// Replaces the old text with the new one atomically.
fn write(host: &dyn Host, path: &Path, old: &str, new: &str) -> Result<(), Failure> {
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
    let now = host.read(path, crate::parse::MAX_BYTES).map_err(|error| refuse(&error))?;
    if now != old.as_bytes() {
        let message = format!("`{}` changed while it was checked", path.display());
        return Err(Failure::new(Exit::Wrong, message).help("nothing was changed; try again"));
    }
    file.persist(&target).map_err(|error| refuse(&error.error))?;
    Ok(())
}
