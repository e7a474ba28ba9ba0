//! What `sbx import` prints.

use std::path::Path;

use serde_json::{Value, json};

use super::find::Found;
use crate::diagnostic::{Code, Summary};
use crate::import::{Effect, Note};
use crate::pipeline::Analysis;
use crate::printer::{Printer, Stream};
use crate::scalar::counted;
use crate::source::{FileId, SourceMap, Span};

/// What reports a secret that the source has in clear text, and the manifest with it.
const SECRETS: [Code; 3] = [Code::SecretInEnv, Code::SecretInCommand, Code::PlaintextSecret];

/// What was imported, and how the manifest is.
pub(super) struct Report<'a> {
    pub(super) found: &'a Found,
    pub(super) notes: &'a [Note],
    pub(super) sources: &'a SourceMap,
    pub(super) text: &'a str,
    /// The manifest, if it was written.
    pub(super) manifest: Option<&'a Path>,
    /// What `sbx check` says of it.
    pub(super) check: &'a Analysis,
}

impl Report<'_> {
    pub(super) fn json(&self, printer: &Printer) {
        let notes: Vec<_> = self.notes.iter().map(|note| self.note(note)).collect();
        let Summary { errors, warnings, .. } = self.check.diagnostics.summary();
        let report = json!({
            "source": self.found.path,
            "kind": self.found.kind.name(),
            "file": self.manifest,
            "manifest": self.text,
            "lost": self.lost(),
            "notes": notes,
            "check": { "errors": errors, "warnings": warnings },
        });
        printer.json(&report.to_string());
    }

    fn lost(&self) -> usize {
        self.notes.iter().filter(|note| note.effect == Effect::Lost).count()
    }

    fn note(&self, note: &Note) -> Value {
        let place = note.span.map(|span| {
            let source = self.sources.get(span.file);
            let at = source.position(span.start);
            json!({ "file": self.file(span), "line": at.line, "column": at.column })
        });
        json!({
            "kind": note.effect.as_str(),
            "message": note.message,
            "help": note.help,
            "location": place,
        })
    }

    fn file(&self, span: Span) -> String {
        if span.file == FileId::MANIFEST {
            return self.found.path.display().to_string();
        }
        self.sources.get(span.file).path().display().to_string()
    }

    /// Prints the notes, equal ones with all of their lines, and then what to do.
    pub(super) fn human(&self, printer: &Printer) {
        for effect in [Effect::Lost, Effect::Changed, Effect::Dropped] {
            self.effect(effect, printer);
        }
        let mut secrets = self.check.diagnostics.clone();
        secrets.retain(|diagnostic| SECRETS.contains(&diagnostic.code));
        for secret in secrets.sorted() {
            printer.diagnostic(Stream::Err, &secret, &self.check.sources);
        }
        let path = self.found.path.display();
        let Some(manifest) = self.manifest else { return };
        printer.note(&format!("wrote {} from {path}", manifest.display()));
        let Summary { errors, warnings, .. } = self.check.diagnostics.summary();
        let error = counted(errors, "error", "errors");
        let warning = counted(warnings, "warning", "warnings");
        let says = match (errors, warnings) {
            (0, 0) => "finds no problem".to_owned(),
            (0, _) => format!("reports {warning}"),
            (_, 0) => format!("reports {error}"),
            _ => format!("reports {error} and {warning}"),
        };
        printer.note(&format!("`sbx check` {says}"));
        if self.lost() > 0 {
            let lost = counted(self.lost(), "part", "parts");
            printer.note(&format!("{lost} of the source could not be expressed, as listed above"));
        }
    }

    fn effect(&self, effect: Effect, printer: &Printer) {
        let mut groups: Vec<(&Note, Vec<Option<Span>>)> = Vec::new();
        for note in self.notes.iter().filter(|note| note.effect == effect) {
            let file = note.span.map(|span| span.file);
            let same = groups.iter_mut().find(|(first, _)| {
                first.message == note.message
                    && first.help == note.help
                    && first.span.map(|span| span.file) == file
            });
            match same {
                Some((_, places)) => places.push(note.span),
                None => groups.push((note, vec![note.span])),
            }
        }
        for (note, places) in groups {
            let place = match places.first().copied().flatten() {
                Some(first) => {
                    let lines = places.iter().flatten().map(|span| {
                        self.sources.get(span.file).position(span.start).line.to_string()
                    });
                    let mut lines: Vec<_> = lines.collect();
                    lines.dedup();
                    format!("{}:{}: ", self.file(first), lines.join(","))
                }
                None => String::new(),
            };
            printer.note(&format!("{place}{}: {}", effect.as_str(), note.message));
            if let Some(help) = &note.help {
                printer.note(&format!("  help: {help}"));
            }
        }
    }
}
