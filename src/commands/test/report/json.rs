//! One JSON object; `docs/json.md` describes it.

use serde_json::{Value, json};

use super::Subject;
use crate::diagnostic::render;
use crate::testing::TestResult;

/// The builds so far, and how many tests of theirs passed and failed.
#[derive(Debug, Default)]
pub(super) struct Builds {
    all: Vec<Value>,
    passed: usize,
    failed: usize,
}

impl Builds {
    pub(super) fn add(&mut self, subject: &Subject<'_>, results: &[TestResult<'_>]) {
        let Subject { manifest, analysis, build } = subject;
        let failed = results.iter().filter(|result| result.mismatch().is_some()).count();
        self.failed += failed;
        self.passed += results.len() - failed;
        let mut value = json!({
            "file": manifest.file.to_string_lossy(),
            "template": analysis.template.name.value,
            "platform": analysis.platform.name(),
            "reference": build.reference,
            "tags": build.tags,
            "buildId": build.id,
            "tests": results.iter().map(|result| test(subject, result)).collect::<Vec<_>>(),
        });
        if let Some(profile) = &manifest.profile {
            value["profile"] = json!(profile);
        }
        self.all.push(value);
    }

    pub(super) fn end(self) -> Value {
        let Self { all, passed, failed } = self;
        json!({ "builds": all, "summary": { "passed": passed, "failed": failed } })
    }
}

fn test(subject: &Subject<'_>, result: &TestResult<'_>) -> Value {
    let mut test = result.json();
    if let Some(diagnostic) = result.diagnostic() {
        test["diagnostic"] = render::json(&diagnostic, &subject.analysis.sources, None);
    }
    test
}
