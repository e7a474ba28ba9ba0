//! Masks the secrets of a build, which a registry or a platform may repeat in its messages.

use secrecy::{ExposeSecret as _, SecretString};

use crate::lower::Plan;

/// The length of the shortest masked secret: shorter ones are part of too many words.
const SHORTEST: usize = 4;

/// The secrets in the requests.
pub(super) fn of(plan: &Plan) -> Vec<&str> {
    let secrets = plan.secrets().iter().map(SecretString::expose_secret);
    secrets.filter(|secret| secret.len() >= SHORTEST).collect()
}

/// Masks secrets in a text.
pub(super) fn mask(text: &str, secrets: &[&str]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
}
