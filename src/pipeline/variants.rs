//! A manifest in several of its profiles: what they share is reported once.

use std::collections::HashMap;

use super::Analysis;
use crate::diagnostic::Diagnostic;
use crate::host::FileSystem;

/// A manifest in several of its profiles.
#[derive(Debug)]
pub struct Variants {
    all: Vec<Analysis>,
    /// Whether no profile is missing.
    is_whole: bool,
}

/// A problem, and which of the variants have it.
#[derive(Debug)]
pub struct Shared<'a> {
    /// The problem.
    pub diagnostic: Diagnostic,
    /// An analysis that has it, with the sources that it points into.
    pub analysis: &'a Analysis,
    /// The profiles that have it; empty if the manifest without a profile has it too, or all that
    /// were selected.
    pub profiles: Vec<&'a str>,
}

impl Variants {
    /// The manifest without a profile, and in each of them; a cancelled analysis is the last one.
    #[must_use]
    pub fn of(base: Analysis, file_system: &dyn FileSystem) -> Self {
        let written = base.front.written.clone();
        let mut variants = Self { all: vec![base], is_whole: true };
        for name in written.manifest.profile_names() {
            if variants.is_cancelled() {
                break;
            }
            let other = variants.all.first().map(|base| base.in_profile(file_system, Some(name)));
            variants.all.extend(other);
        }
        variants
    }

    /// Only those that were selected.
    #[must_use]
    pub const fn selected(all: Vec<Analysis>) -> Self {
        Self { all, is_whole: false }
    }

    /// The analyses, that without a profile first.
    #[must_use]
    pub fn analyses(&self) -> &[Analysis] {
        &self.all
    }

    /// The first analysis: that without a profile, unless others were selected.
    #[must_use]
    pub fn first(&self) -> Option<&Analysis> {
        self.all.first()
    }

    /// Whether the last analysis was cancelled, so that the problems are incomplete.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.all.last().is_some_and(Analysis::is_cancelled)
    }

    /// The analyses, to be completed.
    pub fn analyses_mut(&mut self) -> &mut Vec<Analysis> {
        &mut self.all
    }

    /// Those that were selected together, to be completed: without a selection, only the manifest
    /// without a profile.
    pub fn selected_mut(&mut self) -> &mut [Analysis] {
        let count = if self.is_whole { self.all.len().min(1) } else { self.all.len() };
        &mut self.all[..count]
    }

    /// Each analysis completed by `complete`, such as with the registry's answer.
    ///
    /// # Errors
    /// The first error of `complete`.
    pub fn try_map<E>(
        self,
        complete: impl FnMut(Analysis) -> Result<Analysis, E>,
    ) -> Result<Self, E> {
        let all = self.all.into_iter().map(complete).collect::<Result<_, _>>()?;
        Ok(Self { all, ..self })
    }

    /// Every problem once, in source order.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Shared<'_>> {
        let mut found: Vec<(Diagnostic, Vec<&Analysis>)> = Vec::new();
        let mut places = HashMap::new();
        for analysis in &self.all {
            for diagnostic in analysis.diagnostics.sorted() {
                // Profiles may have different Dockerfiles.
                let file = diagnostic.span.map(|span| analysis.sources.get(span.file).path());
                let place = *places.entry((diagnostic.clone(), file)).or_insert(found.len());
                match found.get_mut(place) {
                    Some((_, having)) => having.push(analysis),
                    None => found.push((diagnostic, vec![analysis])),
                }
            }
        }
        let unused = self.unused().into_iter();
        found.extend(unused.map(|diagnostic| (diagnostic, self.all.iter().collect())));
        found.sort_by_key(|(diagnostic, _)| diagnostic.span);
        found
            .into_iter()
            .filter_map(|(diagnostic, having)| self.shared(diagnostic, &having))
            .collect()
    }

    /// The comments of a manifest with profiles that silence nothing in any of them.
    #[must_use]
    pub fn unused(&self) -> Vec<Diagnostic> {
        let Some(first) = self.all.first().filter(|_| self.is_whole) else { return Vec::new() };
        let in_all = |diagnostic: &&Diagnostic| {
            let is_same = |other: &Diagnostic| other.span == diagnostic.span;
            self.all.iter().all(|analysis| analysis.unused_here.iter().any(is_same))
        };
        first.unused_here.iter().filter(in_all).cloned().collect()
    }

    fn shared<'a>(&self, diagnostic: Diagnostic, having: &[&'a Analysis]) -> Option<Shared<'a>> {
        let analysis = *having.first()?;
        Some(Shared { diagnostic, analysis, profiles: self.only_in(having) })
    }

    /// The profiles to name for what these variants have: none if the manifest without a profile is
    /// one of them, or if all are.
    #[must_use]
    pub fn only_in<'a>(&self, having: &[&'a Analysis]) -> Vec<&'a str> {
        let names: Option<Vec<_>> = having.iter().map(|analysis| analysis.profile()).collect();
        names.filter(|_| having.len() < self.all.len()).unwrap_or_default()
    }
}
