//! `sbx check --platform all`: how portable a manifest is.

use std::collections::HashMap;
use std::path::Path;

use super::super::table::{Column, Table};
use super::super::{Failure, online, options};
use crate::diagnostic::{Diagnostic, Levels, Severity};
use crate::host::Host;
use crate::pipeline::{self, Analysis};
use crate::platform::Platform;
use crate::printer::Printer;

/// A manifest as every platform sees it.
pub(super) struct Portability {
    /// One analysis a platform, in the order of [`Platform::ALL`]; at least one.
    analyses: Vec<Analysis>,
    /// Every problem once, with the platforms that have it.
    diagnostics: Vec<(Diagnostic, Vec<Platform>)>,
}

/// The most characters of a row that are taken from the manifest.
const MOST: usize = 36;

impl Portability {
    pub(super) fn of(host: &dyn Host, file: &Path, levels: &Levels) -> Self {
        let analyses: Vec<_> = Platform::ALL
            .iter()
            .map(|platform| pipeline::analyze(host, file, options(Some(*platform), levels)))
            .collect();
        Self::compare(analyses)
    }

    /// The same with what the image's registry knows; it is asked once for all platforms.
    pub(super) fn online(self, host: &dyn Host, printer: &Printer) -> Result<Self, Failure> {
        let mut analyses = self.analyses.into_iter();
        let mut known = Vec::new();
        if let Some(first) = analyses.next() {
            let first = online::check(first, host, printer)?;
            let resolution = first.resolution.clone();
            known.push(first);
            known.extend(analyses.map(|it| it.with_resolution(host, resolution.clone())));
        }
        Ok(Self::compare(known))
    }

    fn compare(analyses: Vec<Analysis>) -> Self {
        let mut diagnostics: Vec<(Diagnostic, Vec<Platform>)> = Vec::new();
        let mut places = HashMap::new();
        for analysis in &analyses {
            for diagnostic in analysis.diagnostics.sorted() {
                let place = *places.entry(diagnostic.clone()).or_insert(diagnostics.len());
                match diagnostics.get_mut(place) {
                    Some((_, platforms)) => platforms.push(analysis.platform),
                    None => diagnostics.push((diagnostic, vec![analysis.platform])),
                }
            }
        }
        diagnostics.sort_by_key(|(diagnostic, _)| diagnostic.span);
        Self { analyses, diagnostics }
    }

    /// The texts are the same for every platform, so any analysis has them.
    pub(super) fn analysis(&self) -> &Analysis {
        &self.analyses[0]
    }

    pub(super) fn diagnostics(&self) -> impl Iterator<Item = (&Diagnostic, &[Platform])> {
        self.diagnostics.iter().map(|(diagnostic, platforms)| (diagnostic, platforms.as_slice()))
    }

    /// What differs between platforms, a row a place, and whether the manifest compiles.
    pub(super) fn table(&self) -> String {
        let platforms = self.analyses.iter().map(|analysis| analysis.platform.name());
        let titles = ["where", "what"].into_iter().chain(platforms);
        let mut table = Table::new(titles.map(Column::text));
        let sources = &self.analysis().sources;
        // What stands at one place stands together, in the order of the text.
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
        table.row(self.row("", "compiles", |platform| {
            let wrong = self.analyses.iter().any(|analysis| {
                analysis.platform == platform && analysis.diagnostics.has_blocking()
            });
            if wrong { "no" } else { "yes" }.to_owned()
        }));
        table.render(None)
    }

    fn row(&self, position: &str, what: &str, of: impl Fn(Platform) -> String) -> Vec<String> {
        let platforms = self.analyses.iter().map(|analysis| of(analysis.platform));
        [position.to_owned(), what.to_owned()].into_iter().chain(platforms).collect()
    }
}
