//! Two numbers over the whole corpus: how many diagnostics are wrong, and how many of the planted
//! mistakes are found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::expected::{Accepted, Finding, Mistake};
use super::{Template, templates};
use crate::support::snapshot;

/// What is counted for one code.
#[derive(Default)]
struct Row {
    diagnostics: usize,
    wrong: usize,
    mistakes: usize,
}

#[derive(Default)]
struct Summary {
    rows: BTreeMap<String, Row>,
    /// Templates without a planted mistake, and of those the ones that draw no diagnostic.
    correct: usize,
    silent: usize,
    found: usize,
    /// The mistakes that no rule finds, with the reason.
    missed: Vec<String>,
}

pub(super) fn test() {
    let names = templates();
    let mut summary = Summary::default();
    for name in &names {
        summary.add(name);
    }
    snapshot("snapshots", "corpus", &summary.text(names.len()));
}

impl Summary {
    /// Counts what is reported, not what is expected: a diagnostic that is reported on several
    /// platforms once.
    fn add(&mut self, name: &str) {
        let template = Template::load(name);
        let expected = &template.expected;
        let reports: BTreeMap<_, _> =
            expected.platforms.iter().map(|name| (name.as_str(), template.check(name))).collect();
        let is_found = |finding: &Finding| {
            let mut reports = reports.values();
            reports.any(|report| report.contains(finding))
        };
        let reported: BTreeSet<&Finding> = reports.values().flatten().collect();
        let accepted: BTreeSet<_> = expected.accepted.iter().map(Accepted::finding).collect();
        let planted: BTreeSet<_> = expected.mistakes.iter().filter_map(Mistake::finding).collect();
        for &finding in &reported {
            let row = self.rows.entry(finding.code.clone()).or_default();
            row.diagnostics += 1;
            row.wrong += usize::from(!accepted.contains(finding) && !planted.contains(finding));
        }
        for mistake in &expected.mistakes {
            if let Some(finding) = mistake.finding().filter(is_found) {
                self.rows.entry(finding.code).or_default().mistakes += 1;
                self.found += 1;
            } else {
                let reason = mistake.missed.as_deref().unwrap_or("not reported");
                self.missed.push(format!("{name} {}: {reason}", mistake.at));
            }
        }
        self.correct += usize::from(expected.mistakes.is_empty());
        self.silent += usize::from(expected.mistakes.is_empty() && reported.is_empty());
    }

    fn text(&self, templates: usize) -> String {
        let Self { rows, correct, silent, found, missed } = self;
        let diagnostics: usize = rows.values().map(|row| row.diagnostics).sum();
        let wrong: usize = rows.values().map(|row| row.wrong).sum();
        let planted = found + missed.len();
        let mut text = format!(
            "templates: {templates}, of which {correct} have no mistake, of which {silent} draw \
             no diagnostic\n\
             diagnostics: {diagnostics}, of which {wrong} are wrong\n\
             planted mistakes: {planted}, of which {found} are found\n\n\
             {:<28} {:>11} {:>5} {:>14}\n",
            "code", "diagnostics", "wrong", "mistakes found"
        );
        for (code, row) in rows {
            let Row { diagnostics, wrong, mistakes } = row;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{code:<28} {diagnostics:>11} {wrong:>5} {mistakes:>14}");
        }
        text.push_str("\nmistakes that no rule finds:\n");
        text.extend(missed.iter().map(|line| format!("{line}\n")));
        text
    }
}
