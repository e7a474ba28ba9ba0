//! `sbx check --fix`: applies the fixes of diagnostics.

use std::io::Write as _;
use std::path::Path;

use super::super::{Exit, Failure, analyze};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, fix};
use crate::host::{Host, describe};
use crate::pipeline::{self, Options};
use crate::settings::Fixes;
use crate::source::{FileId, Source};

/// A fix may uncover a problem that another one fixes: more rounds than this are a cycle.
const MOST_ROUNDS: usize = 16;

/// The most fixes that are tried one by one.
const MOST_TRIALS: usize = 32;

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
    let (fixed, count) = fixed_text(host, path, text, options, which);
    if count > 0 {
        write(host, path, text, &fixed)?;
    }
    Ok(count)
}

/// The text with all fixes applied, and their number.
fn fixed_text(
    host: &dyn Host,
    path: &Path,
    text: &str,
    options: &Options,
    which: Fixes,
) -> (String, usize) {
    let mut text = text.to_owned();
    let mut count = 0;
    let check = |text: &str| {
        let source = Source::new(path, text.to_owned());
        pipeline::analyze_text(host, source, options.clone()).diagnostics
    };
    let mut diagnostics = check(&text);
    for _ in 0..MOST_ROUNDS {
        let sorted = diagnostics.sorted();
        let wanted = |it: &&Diagnostic| it.fix.as_ref().is_some_and(|fix| wanted(fix, which));
        let mut fixable: Vec<_> = sorted.iter().filter(wanted).collect();
        // A misspelled `allow` comment is fixed first: it may silence the other problems.
        if fixable.iter().any(|it| it.code == Code::UnusedAllow) {
            fixable.retain(|it| it.code == Code::UnusedAllow);
        }
        let fixes: Vec<_> = fixable.iter().filter_map(|it| it.fix.as_ref()).collect();
        let before = broken(&diagnostics);
        // Two fixes together may duplicate a key: then they are tried one by one.
        let one_by_one = fixes.iter().map(std::slice::from_ref).take(MOST_TRIALS);
        let next = std::iter::once(fixes.as_slice()).chain(one_by_one).find_map(|fixes| {
            let (next, made) = fix::apply(&text, fixes.iter().copied());
            // Fixes that cancel each other are not applied.
            let after = (made > 0 && next != text).then(|| check(&next))?;
            (broken(&after) <= before).then_some((next, after, made))
        });
        let Some((next, after, made)) = next else { break };
        (text, diagnostics) = (next, after);
        count += made;
    }
    (text, count)
}

/// Whether a fix is of the kind to apply.
fn wanted(fix: &Fix, which: Fixes) -> bool {
    fix.is_of(FileId::MANIFEST) && (fix.safe || which == Fixes::All)
}

/// The number of syntax errors: fixes that add one are not applied.
fn broken(diagnostics: &Diagnostics) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::TomlSyntax).count()
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
