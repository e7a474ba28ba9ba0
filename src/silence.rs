//! Comments that silence a warning where it stands: `# sbx: allow(CODE)`.
//!
//! Such a comment behind a key or a step speaks of it, one on a line of its own of what begins on
//! the line below. In a Dockerfile it stands above an instruction. One that silences nothing is
//! reported, so that none outlives its reason.

mod comment;
mod dockerfile;
mod manifest;

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, Severity};
use crate::source::{FileId, Source, SourceMap, Span};

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Silence {
    /// The comment.
    span: Span,
    /// The words between its parentheses, or `None` if it is not understood.
    words: Option<Vec<(String, Span)>>,
    /// The parts of the file that it speaks of.
    covers: Vec<Range<usize>>,
    /// What to remove of the manifest so that it is gone.
    removal: Option<Range<usize>>,
}

/// One code that a comment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The code.
    pub code: Code,
    /// Where it is named.
    pub span: Span,
    covers: Vec<Range<usize>>,
    /// What to remove of the manifest so that it is gone.
    removal: Option<Range<usize>>,
}

/// What the comments of some texts ask for.
#[derive(Debug, Clone, Default)]
pub struct Silences {
    allowed: Vec<Allowed>,
    faults: Vec<Diagnostic>,
}

/// The word that such a comment begins with.
const MARK: &str = "sbx:";

impl Silences {
    /// Reads the comments of the manifest, and of the Dockerfile if `dockerfile` names it.
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
                Diagnostic::new(Code::UnusedAllow, silence.span, "this comment is not understood")
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
                    Diagnostic::new(Code::UnusedAllow, span, format!("`{word}` is an error"))
                        .label("only warnings can be silenced")
                        .help(format!("`sbx explain {word}` says how to mend it")),
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

    /// Drops what the comments silence; returns those that silenced nothing.
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
        self.allowed.iter().zip(used).filter(|(_, used)| !used).map(|(it, _)| it).collect()
    }

    /// What is wrong with the comments themselves.
    #[must_use]
    pub fn faults(&self) -> &[Diagnostic] {
        &self.faults
    }
}

impl Allowed {
    /// Whether it speaks of this diagnostic.
    #[must_use]
    pub fn silences(&self, diagnostic: &Diagnostic) -> bool {
        let Some(span) = diagnostic.span else { return false };
        diagnostic.code == self.code
            && span.file == self.span.file
            && self.covers.iter().any(|range| range.contains(&span.start))
    }

    /// That it silences nothing.
    #[must_use]
    pub fn unused(&self) -> Diagnostic {
        let message = format!("there is no `{}` to allow here", self.code);
        let diagnostic = Diagnostic::new(Code::UnusedAllow, self.span, message);
        if self.covers.is_empty() {
            return diagnostic
                .label("nothing begins on the line below")
                .help("put the comment directly above what it speaks of, or behind it");
        }
        let diagnostic = diagnostic.help("remove it: what it silenced is gone");
        match &self.removal {
            Some(Range { start, end }) => {
                let span = Span::manifest(*start, *end);
                diagnostic.fix(Fix::safe("remove it from the comment").replace(span, ""))
            }
            None => diagnostic,
        }
    }
}

/// What to remove so that the word `at` is gone: the whole comment if it has no other.
fn removal(whole: Range<usize>, places: &[Span], at: usize) -> Range<usize> {
    let (before, after) = (at.checked_sub(1).and_then(|it| places.get(it)), places.get(at + 1));
    match (before, after) {
        (None, None) => whole,
        (_, Some(next)) => places[at].start..next.start,
        (Some(last), None) => last.end..places[at].end,
    }
}
