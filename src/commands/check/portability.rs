//! `sbx check --platform all`: compares the platforms for one manifest.

use std::collections::HashMap;
use std::path::Path;

use super::super::table::{Column, Table};
use super::super::{Failure, analyze, online};
use super::options_for;
use crate::diagnostic::{Diagnostic, Severity};
use crate::host::Host;
use crate::pipeline::Analysis;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::Check;

/// A manifest as every platform sees it.
pub(super) struct Portability {
    /// The analysis that was made first, and what it is on each other platform.
    first: Analysis,
    others: Vec<Analysis>,
    /// Every problem once, with the platforms that have it.
    diagnostics: Vec<(Diagnostic, Vec<Platform>)>,
}

/// The most characters of a row that are taken from the manifest. A narrow terminal shows less.
const MOST: usize = 36;

impl Portability {
    pub(super) fn of(host: &dyn Host, file: &Path, settings: &Check) -> Self {
        let options = options_for(Some(Platform::DEFAULT), settings, host);
        Self::compare(analyze(host, file, options))
    }

    /// Adds what the image's registry knows; it is queried once for all platforms.
    pub(super) fn online(self, host: &dyn Host, printer: &Printer) -> Result<Self, Failure> {
        Ok(Self::compare(online::check_without_secrets(self.first, "sbx check", host, printer)?))
    }

    /// What one analysis says of every platform; its files are the same on each.
    fn compare(first: Analysis) -> Self {
        let others = Platform::ALL.iter().filter(|platform| **platform != first.platform);
        let others: Vec<_> = others.map(|platform| first.on(*platform)).collect();
        let mut diagnostics: Vec<(Diagnostic, Vec<Platform>)> = Vec::new();
        let mut places = HashMap::new();
        for analysis in std::iter::once(&first).chain(&others) {
            for diagnostic in analysis.diagnostics.sorted() {
                let place = *places.entry(diagnostic.clone()).or_insert(diagnostics.len());
                match diagnostics.get_mut(place) {
                    Some((_, platforms)) => platforms.push(analysis.platform),
                    None => diagnostics.push((diagnostic, vec![analysis.platform])),
                }
            }
        }
        diagnostics.sort_by_key(|(diagnostic, _)| diagnostic.span);
        Self { first, others, diagnostics }
    }

    fn analyses(&self) -> impl Iterator<Item = &Analysis> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// One of the analyses; the sources are the same in all of them.
    pub(super) const fn analysis(&self) -> &Analysis {
        &self.first
    }

    pub(super) fn diagnostics(&self) -> impl Iterator<Item = (&Diagnostic, &[Platform])> {
        self.diagnostics.iter().map(|(diagnostic, platforms)| (diagnostic, platforms.as_slice()))
    }

    /// A row for each location where platforms differ, and whether the manifest compiles.
    /// `width` is that of the terminal.
    pub(super) fn table(&self, width: Option<usize>) -> String {
        let platforms = self.analyses().map(|analysis| Column::text(analysis.platform.name()));
        let columns = [Column::text("where"), Column::text("what").cuttable().optional(1)];
        let mut table = Table::new(columns.into_iter().chain(platforms));
        let sources = &self.analysis().sources;
        // Diagnostics of one location are neighbours, in source order.
        for here in self.diagnostics.chunk_by(|(one, _), (other, _)| one.span == other.span) {
            let differs = here.iter().any(|(_, platforms)| platforms.len() < Platform::ALL.len());
            let Some((place, true)) = here.first().map(|(first, _)| (first.span, differs)) else {
                continue;
            };
            let (position, what) = match place {
                Some(span) => {
                    let source = sources.get(span.file);
                    let line = source.line_of(span.start);
                    let text = &source.shown()[source.line_start(line)..source.line_end(line)];
                    let shown: String = text.trim().chars().take(MOST).collect();
                    (format!("{}:{}", source.name(), line + 1), shown)
                }
                None => (sources.manifest().name().to_owned(), String::new()),
            };
            table.row(self.row(&position, &what, |platform| {
                let here = here.iter().filter(|(_, platforms)| platforms.contains(&platform));
                match here.map(|(diagnostic, _)| diagnostic.severity()).max() {
                    Some(Severity::Error) => "error".to_owned(),
                    Some(Severity::Warning) => "warning".to_owned(),
                    None => "ok".to_owned(),
                }
            }));
        }
        table.row(self.row("compiles", "", |platform| {
            let wrong = self.analyses().any(|analysis| {
                analysis.platform == platform && analysis.diagnostics.has_blocking()
            });
            if wrong { "no" } else { "yes" }.to_owned()
        }));
        table.render(width)
    }

    fn row(&self, position: &str, what: &str, of: impl Fn(Platform) -> String) -> Vec<String> {
        let platforms = self.analyses().map(|analysis| of(analysis.platform));
        [position.to_owned(), what.to_owned()].into_iter().chain(platforms).collect()
    }
}
