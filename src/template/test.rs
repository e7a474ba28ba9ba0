//! A test of the finished template.

use crate::secrets::Secret;
use crate::source::{Span, Spanned};

/// A test: a command in a sandbox, and what must be true of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What reports call it: its name, or its action.
    pub name: String,
    /// The value of its action.
    pub span: Span,
    /// The shell command that is run.
    pub command: String,
    /// What is expected.
    pub expected: Expected,
    /// The user whose shell runs it; by default that of the sandbox.
    pub user: Option<String>,
    /// The directory in which it runs; by default that of the sandbox.
    pub workdir: Option<String>,
    /// Variables of the command alone.
    pub variables: Vec<TestVariable>,
    /// The time that it may take, in seconds.
    pub timeout_seconds: u64,
}

/// What is expected of the command of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It runs once and exits with this code, and its output is as expected.
    Exit {
        /// The exit code.
        code: u8,
        /// Its standard output.
        stdout: Option<Spanned<Expectation>>,
        /// Its standard error.
        stderr: Option<Spanned<Expectation>>,
    },
    /// It is repeated until it exits with 0. Holds what is then true, as the end of "expected …".
    Probe(String),
}

/// What a text must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// It contains this text.
    Contains(String),
    /// This regular expression matches somewhere in it.
    Matches(String),
}

/// A variable of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestVariable {
    /// Its name.
    pub name: String,
    /// Its value; [`Secret::Plain`] never.
    pub value: TestValue,
}

/// The value of a variable of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestValue {
    /// A text.
    Literal(Spanned<String>),
    /// A reference to a secret.
    Secret(Spanned<Secret>),
}
