//! `tests` as commands.

use super::probe::{self, DEFAULT_STATUS};
use crate::manifest::{self, Manifest, TestAction};
use crate::scalar::shell::quote;
use crate::source::Spanned;
use crate::template::{Expectation, Expected, Test, TestValue, TestVariable};

/// The time that a test may take unless it says otherwise, in seconds.
const DEFAULT_TIMEOUT_SECONDS: u64 = 60;

/// The tests of a manifest. One that `parse` reported is left out.
pub(super) fn tests(manifest: &Manifest) -> Vec<Test> {
    manifest.tests().iter().filter_map(|test| resolve(&test.value)).collect()
}

fn resolve(test: &manifest::Test) -> Option<Test> {
    let owned = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.value.clone());
    let variables = test.env.iter().flat_map(|env| &env.value.variables);
    let (command, span, expected) = match test.action()? {
        TestAction::Run(command) => (command.value.clone(), command.span, exit(test)),
        TestAction::Port(port) => {
            let expected = format!("a process that listens on port {}", port.value);
            (probe::port(port.value), port.span, Expected::Probe(expected))
        }
        TestAction::Url(url) => {
            let status = test.status.map_or(DEFAULT_STATUS, |status| status.value);
            let expected = format!("HTTP status {status}");
            (url_command(&url.value, status), url.span, Expected::Probe(expected))
        }
        TestAction::Process(name) => {
            let expected = format!("a process named `{}`", name.value);
            (probe::process(&name.value), name.span, Expected::Probe(expected))
        }
        TestAction::File(path) => {
            let expected = format!("a file at `{}`", path.value);
            (probe::file(&path.value), path.span, Expected::Probe(expected))
        }
    };
    Some(Test {
        name: test.title()?.value,
        span,
        command,
        expected,
        user: owned(&test.user),
        workdir: owned(&test.workdir),
        variables: variables.map(variable).collect(),
        timeout_seconds: test
            .timeout
            .map_or(DEFAULT_TIMEOUT_SECONDS, |timeout| timeout.value.seconds),
    })
}

fn exit(test: &manifest::Test) -> Expected {
    let code = test.status.map_or(0, |status| status.value);
    let expectation = |expectation: &Option<Spanned<manifest::Expectation>>| {
        let written = expectation.as_ref()?.clone();
        Some(written.map(|written| match written {
            manifest::Expectation::Contains(part) => Expectation::Contains(part),
            manifest::Expectation::Matches(regex) => Expectation::Matches(regex.value),
        }))
    };
    Expected::Exit {
        // A larger code is an error that `check` reports.
        code: u8::try_from(code).unwrap_or(u8::MAX),
        stdout: expectation(&test.stdout),
        stderr: expectation(&test.stderr),
    }
}

fn variable(variable: &manifest::TestVariable) -> TestVariable {
    let value = match &variable.value {
        manifest::TestValue::Literal(text) => TestValue::Literal(text.clone()),
        manifest::TestValue::Secret(secret) => TestValue::Secret(secret.clone()),
    };
    TestVariable { name: variable.name.value.clone(), value }
}

/// As the probe of `ready`, but it also prints what the server answered, for the report.
fn url_command(url: &str, status: u64) -> String {
    let url = quote(url);
    format!(
        "got=$(curl -sS -o /dev/null -w '%{{http_code}}' {url})\n\
         echo \"HTTP status $got\" >&2\n\
         [ \"$got\" = {status} ]"
    )
}
