//! The report of a check, in each format.

use serde_json::{Value, json};

use super::holders::Holders;
use crate::diagnostic::render::{self, github, sarif};
use crate::diagnostic::{Diagnostic, Quota, Summary};
use crate::pipeline::Analysis;
use crate::printer::{Printer, Stream};
use crate::scalar::counted;
use crate::settings::{Check, CheckFormat, Fixes};
use crate::source::FileId;

/// A report under construction.
pub(super) struct Report<'a> {
    settings: &'a Check,
    printer: &'a Printer,
    /// The diagnostics, for the formats that are one JSON object.
    objects: Vec<Value>,
    summary: Summary,
    quota: Quota,
    fixed: usize,
    /// How many problems have a safe fix, and how many an unsafe one.
    fixable: [usize; 2],
}

impl<'a> Report<'a> {
    pub(super) fn new(settings: &'a Check, printer: &'a Printer) -> Self {
        Self {
            settings,
            printer,
            objects: Vec::new(),
            summary: Summary::default(),
            quota: Quota::default(),
            fixed: 0,
            fixable: [0; 2],
        }
    }

    /// Begins with the next manifest.
    pub(super) const fn next_manifest(&mut self) {
        self.quota.next_manifest();
    }

    /// Adds a problem of those that have it.
    pub(super) fn add(
        &mut self,
        analysis: &Analysis,
        diagnostic: &Diagnostic,
        holders: Holders<'_>,
    ) {
        self.summary += Summary::of(std::slice::from_ref(diagnostic));
        if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.is_of(FileId::MANIFEST)) {
            self.fixable[usize::from(!fix.safe)] += 1;
        }
        if !self.quota.admits(diagnostic) {
            return;
        }
        let (printer, sources) = (self.printer, &analysis.sources);
        if self.settings.format == CheckFormat::Json {
            self.objects.push(holders.json(diagnostic, sources));
            return;
        }
        let named = holders.named(diagnostic);
        let diagnostic = named.as_ref().unwrap_or(diagnostic);
        match self.settings.format {
            CheckFormat::Human => printer.diagnostic(Stream::Out, diagnostic, sources),
            CheckFormat::Short => printer.data(&render::short(diagnostic, sources)),
            CheckFormat::Github => printer.data(&github::annotation(diagnostic, sources)),
            CheckFormat::Json => {}
            CheckFormat::Sarif => self.objects.push(holders.sarif(diagnostic, sources)),
        }
    }

    /// Prints a table, if the report is for people.
    pub(super) fn table(&self, table: &str) {
        if self.settings.format == CheckFormat::Human {
            self.printer.data(table);
        }
    }

    /// Notes how many problems of a file were fixed.
    pub(super) fn fixed(&mut self, file: &str, count: usize) {
        self.fixed += count;
        if count > 0 {
            let problems = counted(count, "problem", "problems");
            self.printer.note(&format!("{file}: fixed {problems}"));
        }
    }

    /// Completes the report, and returns the number of its problems.
    pub(super) fn end(self) -> Summary {
        let summary = self.summary;
        if let Some(note) = self.quota.note() {
            self.printer.note(&note);
        }
        match self.settings.format {
            CheckFormat::Human => {
                let files = match self.settings.files.as_slice() {
                    [one] => one.display().to_string(),
                    many => format!("{} manifests", many.len()),
                };
                self.printer.note(&format!("{files}: {}", render::summary(summary)));
                if let Some(offer) = offer(self.fixable) {
                    self.printer.note(&offer);
                }
            }
            CheckFormat::Short | CheckFormat::Github => {}
            CheckFormat::Json => {
                let mut counts = json!({ "errors": summary.errors, "warnings": summary.warnings });
                if let Some(counts) = counts.as_object_mut() {
                    if summary.denied > 0 {
                        counts.insert("denied".to_owned(), json!(summary.denied));
                    }
                    if self.quota.omitted() > 0 {
                        counts.insert("omitted".to_owned(), json!(self.quota.omitted()));
                    }
                    if self.settings.fixes != Fixes::None {
                        counts.insert("fixed".to_owned(), json!(self.fixed));
                    }
                }
                let report = json!({ "diagnostics": self.objects, "summary": counts });
                self.printer.json(&report.to_string());
            }
            CheckFormat::Sarif => {
                self.printer.json(&sarif::log(self.objects).to_string());
            }
        }
        summary
    }
}

/// How many problems are fixable, in one line.
fn offer([safe, proposed]: [usize; 2]) -> Option<String> {
    let problems = |count: usize| match count {
        1 => "1 problem is".to_owned(),
        more => format!("{more} problems are"),
    };
    Some(match (safe, proposed) {
        (0, 0) => return None,
        (safe, 0) => format!("{} fixable with `--fix`", problems(safe)),
        (0, proposed) => format!("{} fixable with `--fix --unsafe-fixes`", problems(proposed)),
        (safe, proposed) => format!(
            "{} fixable with `--fix`, and {proposed} more with `--unsafe-fixes`",
            problems(safe)
        ),
    })
}
