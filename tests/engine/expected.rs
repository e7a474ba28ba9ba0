//! The file `expected.toml` of a case.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// What is expected of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The rule of the platform, in one sentence.
    rule: String,
    /// Where the rule comes from: a path in E2B's server, below its builder of templates unless it
    /// begins with `packages/`, or another source.
    source: String,
    /// Whose rules are imitated, if not the default's.
    #[serde(rename = "as")]
    pub rules: Option<String>,
    /// One of the main cases, which are also run on Podman.
    #[serde(default)]
    pub podman: bool,
    /// The manifests that are applied one after the other; the last one is examined.
    #[serde(default = "default_manifests")]
    pub manifests: Vec<String>,
    /// Applies the last manifest a second time with these arguments, and examines that.
    pub again: Option<Vec<String>>,
    /// Other limits than the platform's.
    pub limits: Option<Limits>,
    /// Why the build fails, if it is to fail.
    pub failure: Option<Failure>,
    #[serde(default)]
    pub log: Log,
    /// Commands that are run in the image.
    #[serde(default)]
    pub checks: Vec<Check>,
}

fn default_manifests() -> Vec<String> {
    vec!["sandbox.toml".to_owned()]
}

/// Limits of the local platform, in seconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long the readiness check may take to succeed.
    pub ready: Option<u64>,
    /// How long the output of a step's command may be held after its end.
    pub held: Option<u64>,
}

/// A failed build: exit code 1, and a diagnostic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The line of the manifest; 0 where the diagnostic has no location.
    pub line: u64,
    /// Parts of the platform's reason.
    pub reason: Vec<String>,
    /// Parts of the diagnostic: what happened, and the last lines of the log.
    #[serde(default)]
    pub says: Vec<String>,
}

/// What the log must have, and must not have, in its messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    #[serde(default)]
    pub has: Vec<String>,
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// A command that is run in a container of the image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The command, for `bash -c`.
    pub run: String,
    #[serde(default = "default_user")]
    pub user: String,
    /// Whether it is `bash -l -c`.
    #[serde(default)]
    pub login: bool,
    /// What it prints, without spaces at the end.
    #[serde(default)]
    pub prints: String,
    #[serde(default)]
    pub exit: i32,
}

fn default_user() -> String {
    "root".to_owned()
}

impl Expected {
    pub fn load(path: &Path) -> Self {
        let text = fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected: Self =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(fault) = expected.fault() {
            panic!("{}: {fault}", path.display());
        }
        expected
    }

    /// What a type does not say.
    fn fault(&self) -> Option<&'static str> {
        let examines = !self.log.has.is_empty() || !self.checks.is_empty();
        if !self.rule.ends_with('.') {
            Some("`rule` is a sentence")
        } else if self.source.is_empty() {
            Some("`source` is empty")
        } else if self.failure.is_some() && !self.checks.is_empty() {
            Some("a failed build has no image")
        } else if self.failure.is_none() && !examines {
            Some("nothing is examined")
        } else {
            None
        }
    }
}
