//! Comments that silence a warning in one place: `# sbx: allow(CODE)`.
//!
//! A comment behind a key or a step applies to it; on a separate line, to what begins on the line
//! below. In a Dockerfile it goes above an instruction. An unused comment is reported, so that
//! none outlives its reason.

mod comment;
mod dockerfile;
pub mod insert;
mod manifest;

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, Severity};
use crate::source::{FileId, Source, SourceMap, Span};

/// A parsed comment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Silence {
    /// The span of the comment.
    span: Span,
    /// The words in the parentheses, or `None` if it is invalid.
    words: Option<Vec<(String, Span)>>,
    /// The ranges of the file that it applies to.
    covers: Vec<Range<usize>>,
    /// The range of the manifest to delete to remove the comment.
    removal: Option<Range<usize>>,
}

/// One code in a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The silenced code.
    pub code: Code,
    /// The span of the code in the comment.
    pub span: Span,
    covers: Vec<Range<usize>>,
    /// The range of the manifest to delete to remove the code.
    removal: Option<Range<usize>>,
}

/// The comments of a manifest and its Dockerfile.
#[derive(Debug, Clone, Default)]
pub struct Silences {
    allowed: Vec<Allowed>,
    faults: Vec<Diagnostic>,
}

/// The beginning of such a comment.
const MARK: &str = "sbx:";

/// Whether a comment is addressed to `sbx`.
#[must_use]
pub fn is_addressed(comment: &str) -> bool {
    comment::addressed(comment).is_some()
}

impl Silences {
    /// Reads the comments of the manifest, and those of the Dockerfile if there is one.
    #[must_use]
    pub fn read(sources: &SourceMap, dockerfile: Option<FileId>) -> Self {
        let mut silences = Self::default();
        let text = |source: &Source| source.text().contains(MARK);
        if text(sources.manifest()) {
            for silence in manifest::silences(sources.manifest().text()) {
                silences.add(silence);
            }
        }
        if let Some(file) = dockerfile.filter(|file| text(sources.get(*file))) {
            for silence in dockerfile::silences(file, sources.get(file).text()) {
                silences.add(silence);
            }
        }
        silences
    }

    fn add(&mut self, silence: Silence) {
        let Some(words) = silence.words else {
            self.faults.push(
                Diagnostic::new(Code::UnusedAllow, silence.span, "invalid `sbx:` comment")
                    .help("write `# sbx: allow(CODE)`, with the code of a warning"),
            );
            return;
        };
        let places: Vec<_> = words.iter().map(|(_, span)| *span).collect();
        for (at, (word, span)) in words.into_iter().enumerate() {
            match Code::find(&word) {
                Some(code) if code.severity() == Severity::Warning => self.allowed.push(Allowed {
                    code,
                    span,
                    covers: silence.covers.clone(),
                    removal: silence.removal.clone().map(|whole| removal(whole, &places, at)),
                }),
                Some(_) => self.faults.push(
                    Diagnostic::new(
                        Code::UnusedAllow,
                        span,
                        format!("the error `{word}` cannot be silenced"),
                    )
                    .label("only warnings can be silenced")
                    .help(format!("`sbx explain {word}` shows how to fix it")),
                ),
                None => {
                    let message = format!("`{word}` is not a diagnostic code");
                    let warnings = Code::warnings().map(Code::name);
                    let fault = Diagnostic::new(Code::UnusedAllow, span, message);
                    self.faults.push(match Code::suggest(&word, warnings) {
                        Some(near) => {
                            let fault = fault.help(format!("did you mean `{near}`?"));
                            let fix = Fix::instead_of(&word, near).replace(span, near);
                            if silence.removal.is_some() { fault.fix(fix) } else { fault }
                        }
                        None => fault.help("`sbx explain` lists all of them"),
                    });
                }
            }
        }
    }

    /// Removes the silenced diagnostics, and returns the unused codes.
    pub fn apply(&self, diagnostics: &mut Diagnostics) -> Vec<&Allowed> {
        let mut used = vec![false; self.allowed.len()];
        if !self.allowed.is_empty() {
            diagnostics.retain(|diagnostic| {
                let mut kept = true;
                for (allowed, used) in self.allowed.iter().zip(&mut used) {
                    if allowed.silences(diagnostic) {
                        *used = true;
                        kept = false;
                    }
                }
                kept
            });
        }
        self.allowed
            .iter()
            .zip(used)
            .filter(|(_, used)| !used)
            .map(|(allowed, _)| allowed)
            .collect()
    }

    /// The faults of the comments themselves.
    #[must_use]
    pub fn faults(&self) -> &[Diagnostic] {
        &self.faults
    }
}

impl Allowed {
    /// Whether it applies to a diagnostic.
    #[must_use]
    pub fn silences(&self, diagnostic: &Diagnostic) -> bool {
        let Some(span) = diagnostic.span else { return false };
        diagnostic.code == self.code
            && span.file == self.span.file
            && self.covers.iter().any(|range| range.contains(&span.start))
    }

    /// The diagnostic for an unused code.
    #[must_use]
    pub fn unused(&self) -> Diagnostic {
        let message = format!("unused `allow({})`", self.code);
        let diagnostic = Diagnostic::new(Code::UnusedAllow, self.span, message);
        if self.covers.is_empty() {
            return diagnostic
                .label("there is nothing to apply to on the line below")
                .help("put the comment directly above a key or a step, or behind it");
        }
        let diagnostic = diagnostic.label("there is no such warning here").help("remove it");
        match &self.removal {
            Some(Range { start, end }) => {
                let span = Span::manifest(*start, *end);
                diagnostic.fix(Fix::safe("remove it from the comment").replace(span, ""))
            }
            None => diagnostic,
        }
    }
}

/// The range to delete to remove the word `at`: the whole comment if it is the only word.
fn removal(whole: Range<usize>, places: &[Span], at: usize) -> Range<usize> {
    let (before, after) =
        (at.checked_sub(1).and_then(|before| places.get(before)), places.get(at + 1));
    match (before, after) {
        (None, None) => whole,
        (_, Some(next)) => places[at].start..next.start,
        (Some(last), None) => last.end..places[at].end,
    }
}
