//! What `sbx lock` prints.

use std::fmt::Display;

use serde_json::{Value, json};

use super::Job;
use super::change::{Change, Kind};

/// What was written.
pub(super) struct Updated {
    pub(super) changes: Vec<Change>,
    pub(super) written: bool,
    /// Whether there is nothing to lock.
    pub(super) is_empty: bool,
    /// What is not locked, and why.
    pub(super) remarks: Vec<String>,
}

/// How a lock is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The lock lacks it, or what it has cannot be right.
    Stale,
    /// Its tag names another image or build now.
    Moved,
    /// Nothing needs it.
    Unused,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Moved => "moved",
            Self::Unused => "unused",
        }
    }
}

/// An entry of a lock that is not as it should be.
pub(super) struct Difference {
    kind: Kind,
    name: String,
    state: State,
    /// Why, to follow the name.
    words: String,
}

impl Difference {
    pub(super) fn new(
        kind: Kind,
        name: &(impl Display + ?Sized),
        state: State,
        words: &str,
    ) -> Self {
        Self { kind, name: name.to_string(), state, words: words.to_owned() }
    }
}

impl Job<'_> {
    pub(super) fn report_update(&self, updated: &Updated) {
        let path = self.subject.path.display().to_string();
        let Updated { changes, written, is_empty, remarks } = updated;
        if self.settings.is_json {
            let changes: Vec<_> = changes.iter().map(change).collect();
            let report = json!({
                "file": self.subject.file, "lock": path, "written": written, "changes": changes,
                "remarks": remarks,
            });
            self.printer.json(&report.to_string());
            return;
        }
        for change in changes {
            self.printer.data_line(&format!("{} {}", change.kind.name(), change.line()));
        }
        let end = match (written, is_empty) {
            (true, _) => format!("`{path}` is written"),
            (false, true) => {
                format!("there is nothing to lock for `{}`", self.subject.file.display())
            }
            (false, false) => format!("`{path}` is up to date"),
        };
        self.printer.note(&end);
        for remark in remarks {
            self.printer.note(&format!("note: {remark}"));
        }
    }

    pub(super) fn report_check(&self, differences: &[Difference]) {
        let path = self.subject.path.display().to_string();
        if self.settings.is_json {
            let all: Vec<_> = differences.iter().map(difference).collect();
            let report = json!({
                "file": self.subject.file, "lock": path, "upToDate": differences.is_empty(),
                "differences": all,
            });
            self.printer.json(&report.to_string());
            return;
        }
        for Difference { kind, name, state, words } in differences {
            self.printer.data_line(&format!("{}: {} {name}: {words}", state.name(), kind.name()));
        }
        if differences.is_empty() {
            self.printer.note(&format!("`{path}` is up to date"));
            return;
        }
        let has = |state| differences.iter().any(|difference| difference.state == state);
        if has(State::Stale) || has(State::Unused) {
            self.printer.note("`sbx lock` adds what is missing, and removes what is unused");
        }
        if has(State::Moved) {
            self.printer.note("`sbx lock --update` locks what the tags name now");
        }
    }
}

fn change(change: &Change) -> Value {
    let Change { kind, name, from, to, details } = change;
    json!({ "kind": kind.name(), "name": name, "from": from, "to": to, "details": details })
}

fn difference(difference: &Difference) -> Value {
    let Difference { kind, name, state, words } = difference;
    json!({ "kind": kind.name(), "name": name, "state": state.name(), "message": words })
}
