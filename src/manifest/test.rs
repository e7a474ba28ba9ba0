//! `tests`: what must be true of a sandbox of the finished template.

mod schema;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::EnvTable;
use crate::scalar::{Wait, pattern};
use crate::secrets::Secret;
use crate::source::Spanned;

/// A test of the finished template: exactly one of `run`, `port`, `url`, `process` and `file`. The
/// tests run in order in one fresh sandbox, all of them even if one fails. They change nothing that
/// is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = schema::one_action)]
pub struct Test {
    /// The name of the test in reports, different from those of the others. Without it the test is
    /// called after its action.
    #[schemars(extend("minLength" = 1, "examples" = ["the agent starts"]))]
    pub name: Option<Spanned<String>>,

    /// A shell command, which must exit with `status`. It runs once.
    #[schemars(extend("minLength" = 1))]
    pub run: Option<Spanned<String>>,

    /// A process must listen on this port. Needs `ss` (package `iproute2`), which E2B adds to every
    /// image.
    #[schemars(extend("minimum" = 1, "maximum" = 65535))]
    pub port: Option<Spanned<u64>>,

    /// A request to this URL, made in the sandbox, must return `status`. Needs `curl` in the image.
    #[schemars(extend("pattern" = pattern::HTTP_URL, "examples" = ["http://localhost:8000/health"]))]
    pub url: Option<Spanned<String>>,

    /// A process of this name must run. Needs `pgrep` (package `procps`) in the image.
    #[schemars(extend("minLength" = 1))]
    pub process: Option<Spanned<String>>,

    /// This file must exist.
    #[schemars(extend("minLength" = 1))]
    pub file: Option<Spanned<String>>,

    /// What the standard output of `run` must contain, or `{ matches = "REGEX" }`.
    pub stdout: Option<Spanned<Expectation>>,

    /// What the standard error of `run` must contain, or `{ matches = "REGEX" }`.
    pub stderr: Option<Spanned<Expectation>>,

    /// The exit code of `run`, 0 by default, or the HTTP status of `url`, 200 by default.
    #[schemars(extend("minimum" = 0, "maximum" = 599))]
    pub status: Option<Spanned<u64>>,

    /// The user whose shell runs the test; by default the user of the sandbox.
    #[schemars(extend("minLength" = 1, "examples" = ["root"]))]
    pub user: Option<Spanned<String>>,

    /// The directory in which `run` runs; by default the working directory of the sandbox.
    #[schemars(extend("minLength" = 1))]
    pub workdir: Option<Spanned<String>>,

    /// Environment variables of `run`. Values are taken literally. A secret is written as
    /// `{ env = "NAME" }` or `{ file = "PATH" }` and sent only to the sandbox of the test.
    pub env: Option<Spanned<TestEnv>>,

    /// The time that the test may take, 60 seconds by default. A probe (`port`, `url`, `process`,
    /// `file`) is repeated every 2 seconds until it holds or the time is over; a `run` that is
    /// still running then is killed.
    pub timeout: Option<Spanned<Wait>>,
}

/// The actions of a test.
pub const TEST_ACTIONS: &[&str] = &["run", "port", "url", "process", "file"];

/// The keys of a test that go with `action`, beside it.
#[must_use]
pub fn test_keys_of(action: &str) -> &'static [&'static str] {
    match action {
        "run" => &["name", "stdout", "stderr", "status", "user", "workdir", "env", "timeout"],
        "url" => &["name", "status", "user", "timeout"],
        _ => &["name", "user", "timeout"],
    }
}

/// A test by its action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestAction<'a> {
    /// `run`.
    Run(&'a Spanned<String>),
    /// `port`.
    Port(&'a Spanned<u64>),
    /// `url`.
    Url(&'a Spanned<String>),
    /// `process`.
    Process(&'a Spanned<String>),
    /// `file`.
    File(&'a Spanned<String>),
}

impl Test {
    /// The action; the first one of a test that has several, and `None` if it has none, which is an
    /// error.
    #[must_use]
    pub fn action(&self) -> Option<TestAction<'_>> {
        let actions = [
            self.run.as_ref().map(TestAction::Run),
            self.port.as_ref().map(TestAction::Port),
            self.url.as_ref().map(TestAction::Url),
            self.process.as_ref().map(TestAction::Process),
            self.file.as_ref().map(TestAction::File),
        ];
        actions.into_iter().flatten().next()
    }

    /// What reports call the test, and where that is written.
    #[must_use]
    pub fn title(&self) -> Option<Spanned<String>> {
        if let Some(name) = &self.name {
            return Some(name.clone());
        }
        Some(match self.action()? {
            TestAction::Run(command) => command.clone(),
            TestAction::Port(port) => Spanned::new(format!("port {}", port.value), port.span),
            TestAction::Url(url) => Spanned::new(format!("url {}", url.value), url.span),
            TestAction::Process(name) => Spanned::new(format!("process {}", name.value), name.span),
            TestAction::File(path) => Spanned::new(format!("file {}", path.value), path.span),
        })
    }

    /// The secrets among the variables, with their places.
    pub fn secrets(&self) -> impl Iterator<Item = &Spanned<Secret>> {
        let variables = self.env.iter().flat_map(|env| &env.value.variables);
        variables.filter_map(|variable| match &variable.value {
            TestValue::Secret(secret) => Some(secret),
            TestValue::Literal(_) => None,
        })
    }
}

/// What a text must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// It contains this text.
    Contains(String),
    /// This regular expression matches somewhere in it.
    Matches(Spanned<String>),
}

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text that must occur in the output, or `{ matches = \"^2\\\\.\" }`, a regular expression in the syntax of Rust's `regex`, which may match anywhere unless it has `^` or `$`.",
            "type": ["string", "object"],
            "minLength": 1,
            "properties": {
                "matches": {
                    "description": "A regular expression that must match somewhere in the output.",
                    "type": "string",
                    "minLength": 1
                }
            },
            "additionalProperties": false,
            "required": ["matches"]
        })
    }
}

/// The variables of a test, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestEnv {
    /// The variables.
    pub variables: Vec<TestVariable>,
}

/// One variable of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestVariable {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: TestValue,
}

/// The value of a variable of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestValue {
    /// A text, as it is written; an integer or a boolean as it is written in TOML.
    Literal(Spanned<String>),
    /// A secret, always by reference.
    Secret(Spanned<Secret>),
}

impl JsonSchema for TestEnv {
    fn schema_name() -> Cow<'static, str> {
        "TestVariables".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = EnvTable::json_schema(generator);
        let secret = Secret::json_schema(generator);
        schema.insert(
            "description".to_owned(),
            "Environment variables by name. A value is a string, an integer, a boolean, or a secret: `{ env = \"NAME\" }` or `{ file = \"PATH\" }`.".into(),
        );
        let value = json!({
            "type": ["string", "integer", "boolean", "object"],
            "pattern": "^[^\\x00]*$",
            "properties": secret.get("properties"),
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1
        });
        schema.insert("additionalProperties".to_owned(), value);
        schema
    }
}
