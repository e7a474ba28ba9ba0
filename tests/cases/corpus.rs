//! Templates after the shapes of real ones, each with the diagnostics that its author would accept
//! and the mistakes that were planted in it: `tests/corpus/README.md` has the format.
//!
//! A diagnostic that is neither fails the template's test, and so does an expected one that does
//! not come. The summary counts both over all templates.

mod expected;
mod summary;

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::{Ran, Workspace, root};
use crate::{copy_of, names, trial};
use expected::{Expected, Finding, Outcome};

/// `corpus::NAME` for each directory, and the summary.
pub fn trials() -> Vec<Trial> {
    let tests = templates().into_iter();
    let tests = tests.map(|name| trial(format!("corpus::{name}"), move || test(&name)));
    tests.chain([trial("corpus::summary", summary::test)]).collect()
}

/// The directories that say what is expected; `engine` holds scripts.
fn templates() -> Vec<String> {
    let corpus = root().join("tests/corpus");
    let is_template = |name: &String| corpus.join(name).join("expected.toml").is_file();
    names("tests/corpus").into_iter().filter(is_template).collect()
}

/// A template and what is expected of it.
struct Template {
    workspace: Workspace,
    expected: Expected,
}

impl Template {
    fn load(name: &str) -> Self {
        let workspace = copy_of(&format!("tests/corpus/{name}"));
        let path = workspace.path().join("expected.toml");
        let text = fs::read_to_string(&path).expect("the expectations are read");
        // It is no part of the context.
        fs::remove_file(path).expect("the expectations are removed");
        let expected = Expected::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The root of the project.
        fs::create_dir(workspace.path().join(".git")).expect("the directory is made");
        Self { workspace, expected }
    }

    /// What `sbx check` reports on a platform.
    fn check(&self, platform: &str) -> BTreeSet<Finding> {
        let manifest = self.expected.manifest.as_str();
        let ran =
            self.workspace.run(&["check", manifest, "--format", "json", "--platform", platform]);
        findings(&ran)
    }

    /// The number of build steps that are sent to a platform, if the template has no error.
    fn steps(&self, platform: &str) -> Option<usize> {
        let manifest = self.expected.manifest.as_str();
        let ran = self.workspace.run(&["compile", manifest, "--platform", platform]);
        let request: Value = (ran.exit == 0)
            .then(|| serde_json::from_str(&ran.stdout).expect("a request is JSON"))?;
        Some(request["steps"].as_array().expect("a request has steps").len())
    }
}

/// The codes and lines of a report.
fn findings(ran: &Ran) -> BTreeSet<Finding> {
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
    let diagnostics = report["diagnostics"].as_array().expect("a report has diagnostics");
    let finding = |diagnostic: &Value| Finding {
        at: format!(
            "{}:{}",
            diagnostic["file"].as_str().expect("a diagnostic has a file"),
            diagnostic["range"]["start"]["line"]
        ),
        code: diagnostic["code"].as_str().expect("a diagnostic has a code").to_owned(),
    };
    diagnostics.iter().map(finding).collect()
}

fn test(name: &str) {
    let template = Template::load(name);
    let expected = &template.expected;
    for platform in &expected.platforms {
        let found = template.check(platform);
        let wanted = expected.findings(platform);
        let list = |findings: BTreeSet<_>| -> Vec<String> {
            findings.into_iter().map(ToString::to_string).collect()
        };
        let unexpected = list(found.difference(&wanted).collect());
        let absent = list(wanted.difference(&found).collect());
        assert!(
            unexpected.is_empty() && absent.is_empty(),
            "{name} on {platform}\nnot expected: {unexpected:#?}\nexpected: {absent:#?}"
        );
        let is_possible = match (expected.outcome(platform), template.steps(platform)) {
            (Outcome::Rejected, steps) => steps.is_none(),
            (Outcome::EndsAt(step), steps) => steps.is_some_and(|steps| step <= steps),
            (Outcome::Builds | Outcome::NeverReady, steps) => steps.is_some(),
        };
        assert!(is_possible, "{name} on {platform}: the outcome is not possible");
    }
}
