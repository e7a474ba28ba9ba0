//! The file `expected.toml` of a template.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

/// A diagnostic: its code and the line of its primary location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) at: String,
    pub(super) code: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.at, self.code)
    }
}

/// What is expected of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// What kind of real template this is, in one sentence.
    shape: String,
    #[serde(default = "default_manifest")]
    pub(super) manifest: String,
    #[serde(default = "default_platforms")]
    pub(super) platforms: Vec<String>,
    /// How a real build ends.
    outcome: Outcomes,
    /// Which registries a real build asks.
    #[serde(default)]
    needs: Vec<Registry>,
    /// The diagnostics that the author accepts.
    #[serde(default)]
    pub(super) accepted: Vec<Accepted>,
    /// The diagnostics that the author would call wrong.
    #[serde(default)]
    pub(super) wrong: Vec<Accepted>,
    #[serde(default)]
    pub(super) mistakes: Vec<Mistake>,
}

fn default_manifest() -> String {
    "sandbox.toml".to_owned()
}

fn default_platforms() -> Vec<String> {
    ["novita", "e2b"].map(str::to_owned).into()
}

/// The outcome on all platforms, or on each.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Outcomes {
    Everywhere(Outcome),
    On(BTreeMap<String, Outcome>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Outcome {
    Builds,
    /// The template has an error and is not submitted.
    Rejected,
    /// The step of this number, from 1, fails or does not end.
    EndsAt(usize),
    NeverReady,
}

impl TryFrom<String> for Outcome {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let outcome = match text.as_str() {
            "builds" => Some(Self::Builds),
            "rejected" => Some(Self::Rejected),
            "never ready" => Some(Self::NeverReady),
            _ => match text.split_once(" at step ") {
                Some(("fails" | "hangs", step)) => number(step).map(Self::EndsAt),
                _ => None,
            },
        };
        outcome.ok_or_else(|| format!("no outcome: {text}"))
    }
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Registry {
    Apt,
    Pypi,
    Npm,
    Web,
}

/// A diagnostic that comes, and what its author thinks of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    at: String,
    code: String,
    /// Why the author accepts it, or calls it wrong.
    why: String,
    /// Where it comes, if not everywhere.
    platforms: Option<Vec<String>>,
}

/// A planted mistake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mistake {
    pub(super) at: String,
    /// The code that reports it. Without one no rule finds it.
    pub(super) code: Option<String>,
    /// What the platform does with it.
    pub(super) effect: String,
    /// Why no rule finds it.
    pub(super) missed: Option<String>,
    platforms: Option<Vec<String>>,
}

impl Expected {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let expected: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        expected.validate()?;
        Ok(expected)
    }

    /// What a type does not say.
    fn validate(&self) -> Result<(), String> {
        if let Outcomes::On(outcomes) = &self.outcome
            && !outcomes.keys().eq(&self.platforms.iter().cloned().collect::<BTreeSet<_>>())
        {
            return Err("`outcome` does not name each of the platforms".to_owned());
        }
        let mut outcomes = self.platforms.iter().map(|platform| self.outcome(platform));
        let builds = outcomes.all(|outcome| outcome == Outcome::Builds);
        let described = self.mistakes.iter().map(|mistake| &mistake.effect);
        let described =
            described.chain(self.accepted.iter().chain(&self.wrong).map(|one| &one.why));
        if self.mistakes.is_empty() && !builds {
            Err("a build without a mistake does not fail".to_owned())
        } else if self.mistakes.iter().any(|one| one.code.is_some() == one.missed.is_some()) {
            Err("a mistake has either `code` or `missed`".to_owned())
        } else if !described.chain([&self.shape]).all(|text| text.ends_with('.')) {
            Err("a description is a sentence".to_owned())
        } else if self.needs.windows(2).any(|pair| pair[0] == pair[1]) {
            Err("`needs` names a registry twice".to_owned())
        } else {
            Ok(())
        }
    }

    /// How a build ends on a platform.
    pub(super) fn outcome(&self, platform: &str) -> Outcome {
        match &self.outcome {
            Outcomes::Everywhere(outcome) => *outcome,
            Outcomes::On(outcomes) => outcomes[platform],
        }
    }

    /// Every diagnostic that is expected on a platform.
    pub(super) fn findings(&self, platform: &str) -> BTreeSet<Finding> {
        let accepted = self.accepted.iter().chain(&self.wrong);
        let accepted = accepted.filter(|one| applies(one.platforms.as_deref(), platform));
        let accepted = accepted.map(Accepted::finding);
        let mistakes = self.mistakes.iter().filter(|mistake| mistake.is_on(platform));
        accepted.chain(mistakes.filter_map(Mistake::finding)).collect()
    }
}

fn applies(platforms: Option<&[String]>, platform: &str) -> bool {
    platforms.is_none_or(|names| names.iter().any(|name| name == platform))
}

impl Accepted {
    pub(super) fn finding(&self) -> Finding {
        Finding { at: self.at.clone(), code: self.code.clone() }
    }
}

impl Mistake {
    pub(super) fn is_on(&self, platform: &str) -> bool {
        applies(self.platforms.as_deref(), platform)
    }

    /// The diagnostic that reports it.
    pub(super) fn finding(&self) -> Option<Finding> {
        Some(Finding { at: self.at.clone(), code: self.code.clone()? })
    }
}
