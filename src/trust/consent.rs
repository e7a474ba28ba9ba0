//! What a person agreed to: which secrets of a manifest may go to which hosts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::registry::RegistryHost;
use crate::secrets::Secret;

/// A secret as a manifest names it, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretName {
    /// An environment variable.
    Variable(String),
    /// The path of a file, as the manifest writes it.
    File(String),
}

impl SecretName {
    /// The name of a secret. A value that is written into the manifest has none: it is no secret of
    /// this machine.
    #[must_use]
    pub fn of(secret: &Secret) -> Option<Self> {
        match secret {
            Secret::Env(name) => Some(Self::Variable(name.clone())),
            Secret::File(path) => Some(Self::File(path.clone())),
            Secret::Plain(_) => None,
        }
    }

    /// The variable's name, or the file's path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Variable(name) | Self::File(name) => name,
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::File(path) => write!(f, "the content of the file `{path}`"),
        }
    }
}

/// That one secret may go to one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The secret.
    pub secret: SecretName,
    /// The host.
    pub host: RegistryHost,
}

/// All that a person agreed to for one manifest; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct Consent {
    /// `NAME` or `NAME@HOST`, from arguments and variables.
    words: Vec<String>,
    grants: Vec<Grant>,
}

impl Consent {
    /// Consent that was given beforehand, in words of the form `NAME` or `NAME@HOST`. Without a
    /// host it holds for the registry that the manifest names, whichever that is.
    #[must_use]
    pub fn beforehand(words: Vec<String>) -> Self {
        Self { words, grants: Vec::new() }
    }

    /// Adds consent that was given at a terminal.
    pub fn add(&mut self, grants: impl IntoIterator<Item = Grant>) {
        self.grants.extend(grants);
    }

    /// Whether a secret may go to the registry that the manifest names.
    #[must_use]
    pub fn covers(&self, secret: &SecretName, registry: &RegistryHost) -> bool {
        self.words.iter().any(|word| word == secret.as_str()) || self.names(secret, registry)
    }

    /// Whether consent was given for a secret and this very host.
    pub(super) fn names(&self, secret: &SecretName, host: &RegistryHost) -> bool {
        let in_words = self.hosts_of(secret).any(|named| named == *host);
        in_words || self.grants.iter().any(|it| it.secret == *secret && it.host == *host)
    }

    /// The hosts that words name for a secret.
    pub(super) fn hosts_of(&self, secret: &SecretName) -> impl Iterator<Item = RegistryHost> {
        self.words.iter().filter_map(|word| {
            word.strip_prefix(secret.as_str())?.strip_prefix('@').and_then(RegistryHost::parse)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> RegistryHost {
        RegistryHost::parse(text).expect("a host")
    }

    fn variable(name: &str) -> SecretName {
        SecretName::Variable(name.to_owned())
    }

    fn beforehand(words: &[&str]) -> Consent {
        Consent::beforehand(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_name_alone_holds_for_the_registry_of_the_manifest() {
        let consent = beforehand(&["TOKEN", "keys/a@b"]);
        assert!(consent.covers(&variable("TOKEN"), &host("ghcr.io")));
        assert!(consent.covers(&SecretName::File("keys/a@b".to_owned()), &host("ghcr.io")));
        for other in ["TOKE", "TOKEN2", "token", ""] {
            assert!(!consent.covers(&variable(other), &host("ghcr.io")), "{other}");
        }
        assert!(!consent.names(&variable("TOKEN"), &host("ghcr.io")));
    }

    #[test]
    fn a_name_with_a_host_holds_for_that_host_alone() {
        let consent = beforehand(&["TOKEN@GHCR.io:443", "OTHER@nothing/at/all"]);
        assert!(consent.covers(&variable("TOKEN"), &host("ghcr.io")));
        for other in ["ghcr.io:444", "ghcr.io.example.com", "example.com"] {
            assert!(!consent.covers(&variable("TOKEN"), &host(other)), "{other}");
        }
        assert!(!consent.covers(&variable("OTHER"), &host("nothing")));
    }

    #[test]
    fn an_answer_holds_for_one_secret_and_one_host() {
        let mut consent = Consent::default();
        assert!(!consent.covers(&variable("TOKEN"), &host("ghcr.io")));
        consent.add([Grant { secret: variable("TOKEN"), host: host("ghcr.io") }]);
        assert!(consent.covers(&variable("TOKEN"), &host("ghcr.io")));
        assert!(!consent.covers(&variable("TOKEN"), &host("ghcr.io:5000")));
        assert!(!consent.covers(&variable("OTHER"), &host("ghcr.io")));
        // A file of the same name is another secret.
        assert!(!consent.covers(&SecretName::File("TOKEN".to_owned()), &host("ghcr.io")));
    }
}
