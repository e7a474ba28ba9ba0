//! What is wrong, where, why, and what to write instead.
//!
//! Stages push [`Diagnostic`]s into a [`Diagnostics`] sink and go on, so one run reports every
//! problem. Nothing in here prints: [`render`] makes text of a diagnostic, the printer shows it.

pub mod code;
pub mod fix;
pub mod level;
pub mod render;
pub mod suggest;
pub mod topic;

use std::ops::AddAssign;

pub use code::Code;
pub use fix::Fix;
pub use level::{Level, Levels};
pub use topic::Topic;

use crate::source::Span;

/// How much a diagnostic matters; fixed for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The manifest does what it says, and probably not what was meant.
    Warning,
    /// The manifest cannot be built.
    Error,
}

impl Severity {
    /// The word that people and JSON see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place that belongs to a diagnostic, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What stands there; may be empty.
    pub message: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Which fault it is; decides the severity and the page.
    pub code: Code,
    /// What is wrong, in one line that stands alone.
    pub message: String,
    /// What to write or do instead.
    pub help: Option<String>,
    /// Where it is; `None` where there is no text to point into, as for an unreadable file.
    pub span: Option<Span>,
    /// What the first label says; may be empty.
    pub label: String,
    /// Related places.
    pub related: Vec<Label>,
    /// A change of the text that mends it.
    pub fix: Option<Fix>,
    /// Whether it is a warning that stops a build all the same, because somebody asked for that.
    pub denied: bool,
}

impl Diagnostic {
    /// A problem at a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::without_place(code, message) }
    }

    /// A problem that has no place in a text.
    pub fn without_place(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: clipped(message.into(), MOST_MESSAGE),
            help: None,
            span: None,
            label: String::new(),
            related: Vec::new(),
            fix: None,
            denied: false,
        }
    }

    /// With what to write or do instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clipped(help.into(), MOST_HELP));
        self
    }

    /// With a word beside the place itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = clipped(label.into(), MOST_MESSAGE);
        self
    }

    /// With a related place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// With a change of the text that mends it, if there is one.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into().filter(|fix| !fix.edits.is_empty());
        self
    }

    /// The severity of its code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether nothing is built as long as it is there.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.denied || self.severity() == Severity::Error
    }
}

/// The most characters of a message or a label: a value that it repeats may be a megabyte.
const MOST_MESSAGE: usize = 400;

/// The most characters of a help.
const MOST_HELP: usize = 4000;

fn clipped(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// How many problems of each severity there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// The errors.
    pub errors: usize,
    /// The warnings.
    pub warnings: usize,
    /// The warnings among them that stop a build.
    pub denied: usize,
}

impl Summary {
    /// Counts these.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|d| d.severity() == Severity::Error).count();
        let denied = diagnostics.iter().filter(|d| d.denied).count();
        Self { errors, warnings: diagnostics.len() - errors, denied }
    }

    /// Whether anything of it stops a build.
    #[must_use]
    pub const fn stops(self) -> bool {
        self.errors > 0 || self.denied > 0
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.denied += other.denied;
    }
}

/// The sink that stages push into.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// An empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one problem.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Takes all problems of another sink.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// Takes each problem.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.list.extend(diagnostics);
    }

    /// Drops the problems that `keep` does not want.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    /// The problems in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// The problems in the order in which they were found, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.list.iter_mut()
    }

    /// Whether there is an error among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity() == Severity::Error)
    }

    /// Whether anything among them stops a build.
    #[must_use]
    pub fn has_blocking(&self) -> bool {
        self.list.iter().any(Diagnostic::stops)
    }

    /// How many there are of each severity.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.sorted())
    }

    /// The problems in the order of the text, those without a place first; the same problem
    /// is told once.
    #[must_use]
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut list = self.list.clone();
        list.sort_by_key(|d| d.span);
        list.dedup();
        list
    }
}
