//! `sbx fmt`: formats manifests.

mod diff;

use std::path::Path;

use super::{Exit, Failure, analyze, show, write};
use crate::diagnostic::Code;
use crate::format;
use crate::host::{Host, STANDARD_INPUT};
use crate::parse;
use crate::pipeline::{Depth, Options};
use crate::printer::{Printer, Stream};
use crate::settings::Fmt;

pub(super) fn run(settings: &Fmt, host: &dyn Host, printer: &Printer) -> Exit {
    let mut exit = Exit::Done;
    for file in &settings.files {
        match format_file(file, settings, host, printer) {
            Ok(Outcome::Changed) if settings.check => exit = exit.max(Exit::Wrong),
            Ok(Outcome::Formatted | Outcome::Changed) => {}
            Ok(Outcome::Invalid) => exit = exit.max(Exit::Wrong),
            Err(failure) => {
                printer.failure(&failure.message, failure.help.as_deref());
                exit = exit.max(failure.exit);
            }
        }
    }
    exit
}

/// What a manifest was.
enum Outcome {
    /// Formatted already.
    Formatted,
    /// Not formatted.
    Changed,
    /// Not TOML.
    Invalid,
}

fn format_file(
    file: &Path,
    settings: &Fmt,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let text = host.read(file, parse::MAX_BYTES).ok().and_then(|bytes| parse::decode(bytes).ok());
    let formatted = text.and_then(|text| Some((format::format(&text).ok()?, text)));
    let Some((formatted, text)) = formatted else {
        report(file, host, printer);
        return Ok(Outcome::Invalid);
    };
    if formatted.len() > parse::MAX_BYTES {
        let message = format!("`{}` would be larger than 1 MiB if formatted", file.display());
        return Err(Failure::new(Exit::Wrong, message).help("nothing was changed"));
    }
    let is_input = file == Path::new(STANDARD_INPUT);
    let outcome = if formatted == text { Outcome::Formatted } else { Outcome::Changed };
    if settings.writes() && is_input {
        printer.verbatim(&formatted);
    }
    let name = file.display();
    match outcome {
        Outcome::Formatted => {}
        _ if settings.writes() && !is_input => {
            write::replace(host, file, &text, &formatted)?;
            printer.note(&format!("{name}: formatted"));
        }
        _ if settings.diff => {
            // The manifest as excerpts show it, without its secrets.
            let analysis = analyze(host, file, Options::default().depth(Depth::Manifest));
            let shown = analysis.sources.manifest().shown();
            let formatted = format::format(shown).unwrap_or_else(|_| shown.to_owned());
            let is_colored = printer.style(Stream::Out).color;
            let diff = diff::unified(&name.to_string(), shown, &formatted, is_colored);
            printer.styled(Stream::Out, &diff);
        }
        _ if settings.check => printer.note(&format!("{name}: not formatted")),
        _ => {}
    }
    Ok(outcome)
}

/// Prints why a manifest cannot be formatted, with its secrets masked.
fn report(file: &Path, host: &dyn Host, printer: &Printer) {
    const REASONS: [Code; 4] =
        [Code::TomlSyntax, Code::UnreadableFile, Code::NotUtf8, Code::ManifestTooLarge];
    let analysis = analyze(host, file, Options::default().depth(Depth::Syntax));
    let mut diagnostics = analysis.diagnostics;
    diagnostics.retain(|diagnostic| REASONS.contains(&diagnostic.code));
    show(printer, &diagnostics, &analysis.sources);
}
