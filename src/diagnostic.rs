//! Diagnostics: what is wrong, where, why, and how to fix it.
//!
//! Stages push [`Diagnostic`]s into a [`Diagnostics`] sink and continue, so one run reports every
//! problem. Nothing here prints: [`render`] formats a diagnostic, the printer writes it.

pub mod code;
pub mod fix;
pub mod level;
mod quota;
pub mod render;
pub mod suggest;
pub mod topic;

use std::ops::AddAssign;

pub use code::Code;
pub use fix::Fix;
pub use level::{Level, Levels};
pub use quota::Quota;
pub use topic::Topic;

use crate::source::Span;

/// Whether a problem stops the build by default; fixed for each code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The manifest can be built, but the result is probably not what was intended.
    Warning,
    /// The manifest cannot be built.
    Error,
}

impl Severity {
    /// The word in all output formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A related location and a message about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// The location.
    pub span: Span,
    /// The message; may be empty.
    pub message: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// The kind of problem; decides the severity and the page.
    pub code: Code,
    /// The headline: what is wrong, understandable without the source.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The location; `None` if there is no text to point into, as for an unreadable file.
    pub span: Option<Span>,
    /// The message at the location; may be empty.
    pub label: String,
    /// Related locations.
    pub related: Vec<Label>,
    /// An edit that fixes it.
    pub fix: Option<Fix>,
    /// Whether it is a warning whose lint level is `deny`, so that it stops the build.
    pub denied: bool,
}

impl Diagnostic {
    /// A problem with a location.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::without_place(code, message) }
    }

    /// A problem without a location in a text.
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

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clipped(help.into(), MOST_HELP));
        self
    }

    /// Adds a message at the location itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = clipped(label.into(), MOST_MESSAGE);
        self
    }

    /// Adds a related location.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// Adds a fix, if there is one and it changes anything.
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

    /// Whether it stops the build.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.denied || self.severity() == Severity::Error
    }
}

/// The most characters of a message or a label: it may quote a value of a megabyte.
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

/// The number of problems of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// The errors.
    pub errors: usize,
    /// The warnings.
    pub warnings: usize,
    /// How many of the warnings are denied.
    pub denied: usize,
}

impl Summary {
    /// Counts the diagnostics.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|d| d.severity() == Severity::Error).count();
        let denied = diagnostics.iter().filter(|d| d.denied).count();
        Self { errors, warnings: diagnostics.len() - errors, denied }
    }

    /// Whether any of the problems stops the build.
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

    /// A sink with one problem.
    #[must_use]
    pub fn of(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic] }
    }

    /// Adds a problem.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Moves all problems of another sink into this one.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// Adds several problems.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.list.extend(diagnostics);
    }

    /// Drops the problems for which `keep` returns `false`.
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

    /// Whether any problem stops the build.
    #[must_use]
    pub fn has_blocking(&self) -> bool {
        self.list.iter().any(Diagnostic::stops)
    }

    /// The number of problems of each severity, duplicates counted once.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.sorted())
    }

    /// The problems in source order, those without a location first, without duplicates.
    #[must_use]
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut list = self.list.clone();
        list.sort_by_key(|d| d.span);
        list.dedup();
        list
    }
}
