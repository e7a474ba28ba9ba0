//! `sbx check --platform all`: compares the platforms for one manifest.

use std::collections::HashMap;

use super::super::table::{Column, Table};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pipeline::{Analysis, Variants};
use crate::platform::Platform;

/// A manifest as every platform sees it.
pub(super) struct Portability {
    /// Each profile on each platform.
    all: Vec<Analysis>,
    /// Every problem once.
    problems: Vec<Problem>,
}

/// A problem, and what has it.
pub(super) struct Problem {
    pub(super) diagnostic: Diagnostic,
    /// An analysis that has it, by its number.
    at: usize,
    /// The platforms on which its first profile has it.
    pub(super) platforms: Vec<Platform>,
    /// The profiles to name for it.
    pub(super) profiles: Vec<String>,
}

/// The most characters of a row that are taken from the manifest. A narrow terminal shows less.
const MOST: usize = 36;

impl Portability {
    /// What a manifest is on every platform; its files are the same on each.
    pub(super) fn of(variants: &Variants) -> Self {
        let on_each = |analysis: &Analysis| {
            // The one that was made first is the first one.
            let others = Platform::ALL.iter().filter(|platform| **platform != analysis.platform);
            let platforms = std::iter::once(analysis.platform).chain(others.copied());
            platforms.map(|platform| analysis.on(platform)).collect::<Vec<_>>()
        };
        let all: Vec<_> = variants.analyses().iter().flat_map(on_each).collect();
        let mut found: Vec<(Diagnostic, Vec<usize>)> = Vec::new();
        let mut places = HashMap::new();
        for (at, analysis) in all.iter().enumerate() {
            for diagnostic in analysis.diagnostics.sorted() {
                let file = diagnostic.span.map(|span| analysis.sources.get(span.file).path());
                let place = *places.entry((diagnostic.clone(), file)).or_insert(found.len());
                match found.get_mut(place) {
                    Some((_, having)) => having.push(at),
                    None => found.push((diagnostic, vec![at])),
                }
            }
        }
        found.extend(variants.unused().into_iter().map(|it| (it, (0..all.len()).collect())));
        found.sort_by_key(|(diagnostic, _)| diagnostic.span);
        let problems = found.into_iter().filter_map(|(diagnostic, having)| {
            let at = *having.first()?;
            let of_first =
                having.iter().filter(|other| all[**other].profile() == all[at].profile());
            let platforms = of_first.map(|other| all[*other].platform).collect();
            let has = |analysis: &&Analysis| {
                having.iter().any(|other| all[*other].profile() == analysis.profile())
            };
            let having: Vec<_> = variants.analyses().iter().filter(has).collect();
            let profiles = variants.only_in(&having).into_iter().map(str::to_owned).collect();
            Some(Problem { diagnostic, at, platforms, profiles })
        });
        let problems = problems.collect();
        Self { all, problems }
    }

    /// The platforms, in the order of the columns.
    fn platforms(&self) -> impl Iterator<Item = Platform> {
        let first = self.all.first().map(Analysis::profile);
        let of_first = self.all.iter().filter(move |it| Some(it.profile()) == first);
        of_first.map(|analysis| analysis.platform)
    }

    /// The problems, each with an analysis that has it.
    pub(super) fn problems(&self) -> impl Iterator<Item = (&Problem, &Analysis)> {
        self.problems.iter().filter_map(|problem| Some((problem, self.all.get(problem.at)?)))
    }

    /// A row for each location where platforms differ, and whether the manifest compiles.
    /// `width` is that of the terminal.
    pub(super) fn table(&self, width: Option<usize>) -> String {
        let platforms = self.platforms().map(|platform| Column::text(platform.name()));
        let columns = [Column::text("where"), Column::text("what").cuttable().optional(1)];
        let mut table = Table::new(columns.into_iter().chain(platforms));
        // Diagnostics of one location are neighbours, in source order.
        let is_near = |one: &Problem, other: &Problem| one.diagnostic.span == other.diagnostic.span;
        for here in self.problems.chunk_by(is_near) {
            let differs = here.iter().any(|problem| problem.platforms.len() < Platform::ALL.len());
            let Some(first) = here.first().filter(|_| differs) else { continue };
            let Some(sources) = self.all.get(first.at).map(|analysis| &analysis.sources) else {
                continue;
            };
            let (position, what) = match first.diagnostic.span {
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
                let here = here.iter().filter(|problem| problem.platforms.contains(&platform));
                match here.map(|problem| problem.diagnostic.severity()).max() {
                    Some(Severity::Error) => "error".to_owned(),
                    Some(Severity::Warning) => "warning".to_owned(),
                    None => "ok".to_owned(),
                }
            }));
        }
        table.row(self.row("compiles", "", |platform| {
            let wrong = self.all.iter().any(|analysis| {
                analysis.platform == platform && analysis.diagnostics.has_blocking()
            });
            if wrong { "no" } else { "yes" }.to_owned()
        }));
        table.render(width)
    }

    fn row(&self, position: &str, what: &str, of: impl Fn(Platform) -> String) -> Vec<String> {
        let platforms = self.platforms().map(of);
        [position.to_owned(), what.to_owned()].into_iter().chain(platforms).collect()
    }
}
