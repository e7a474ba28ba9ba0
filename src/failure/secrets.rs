//! The secrets of a build, which a registry or a platform may repeat in what it says.

use secrecy::{ExposeSecret as _, SecretString};

use crate::lower::Plan;

/// The shortest secret that is looked for: a shorter one is a part of too many words.
const SHORTEST: usize = 4;

/// The secret values that were sent.
pub(super) fn of(plan: &Plan) -> Vec<&str> {
    let secrets = plan.secrets().iter().map(SecretString::expose_secret);
    secrets.filter(|secret| secret.len() >= SHORTEST).collect()
}

/// A text without these.
pub(super) fn mask(text: &str, secrets: &[&str]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
}
