//! What a check of the machine finds.

use serde_json::Value;

use crate::commands::Exit;

/// What is known of one part of the machine.
#[derive(Debug)]
pub(super) struct Check {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Its name for people.
    title: &'static str,
    /// What there is, in a few words.
    pub(super) summary: String,
    pub(super) facts: Vec<Fact>,
    pub(super) problems: Vec<Problem>,
}

/// Something that is known.
#[derive(Debug)]
pub(super) struct Fact {
    /// Its key in JSON.
    pub(super) key: &'static str,
    /// The line for people; `None` if the headline says it.
    pub(super) line: Option<String>,
    /// Its value in JSON.
    pub(super) value: Value,
}

/// Something that is wrong.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) severity: Severity,
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
}

/// How much is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// It works, but not as it could.
    Warning,
    /// A command will fail.
    Error,
    /// A platform does not answer.
    Unreachable,
}

impl Severity {
    /// The name in both formats.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error | Self::Unreachable => "error",
        }
    }

    const fn exit(self) -> Exit {
        match self {
            Self::Warning => Exit::Done,
            Self::Error => Exit::Wrong,
            Self::Unreachable => Exit::Platform,
        }
    }
}

impl Check {
    pub(super) fn new(name: &'static str, title: &'static str, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        Self { name, title, summary, facts: Vec::new(), problems: Vec::new() }
    }

    /// Adds what is known, if it is.
    pub(super) fn fact<T: Into<Value>>(
        &mut self,
        key: &'static str,
        label: &'static str,
        known: Option<(String, T)>,
    ) {
        if let Some((shown, value)) = known {
            let line = Some(format!("{label}: {shown}"));
            self.facts.push(Fact { key, line, value: value.into() });
        }
    }

    /// Adds what the headline says already.
    pub(super) fn key(&mut self, key: &'static str, value: impl Into<Value>) {
        self.facts.push(Fact { key, line: None, value: value.into() });
    }

    pub(super) fn problem(&mut self, severity: Severity, message: String, help: Option<String>) {
        self.problems.push(Problem { severity, message, help });
    }

    /// The title and the summary.
    pub(super) fn headline(&self) -> String {
        format!("{}: {}", self.title, self.summary)
    }

    /// `ok`, or the worst of its problems.
    pub(super) fn status(&self) -> &'static str {
        let worst = self.problems.iter().map(|problem| problem.severity).max();
        worst.map_or("ok", Severity::name)
    }

    pub(super) fn exit(&self) -> Exit {
        let exits = self.problems.iter().map(|problem| problem.severity.exit());
        exits.max().unwrap_or(Exit::Done)
    }
}

/// A text that people and programs read alike.
pub(super) fn text(text: impl Into<String>) -> (String, String) {
    let text = text.into();
    (text.clone(), text)
}
