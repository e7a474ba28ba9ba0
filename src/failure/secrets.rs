//! The secrets of a build: a registry that repeats them shall not bring them onto a screen.

use crate::lower::Requests;
use crate::wire::e2b::{ImageRegistry, Sensitive};

/// The shortest secret that is looked for: a shorter one is a part of too many words.
const SHORTEST: usize = 4;

/// The secret values that were sent.
pub(super) fn of(requests: &Requests) -> Vec<&str> {
    let Requests::E2b(requests) = requests else {
        return Vec::new();
    };
    let Some(Sensitive(secret)) = requests.start.from_image_registry.as_ref().map(secret) else {
        return Vec::new();
    };
    let whole = (secret.len() >= SHORTEST).then_some(secret.as_str());
    whole.into_iter().collect()
}

const fn secret(registry: &ImageRegistry) -> &Sensitive {
    match registry {
        ImageRegistry::Basic { password, .. } => password,
        ImageRegistry::Aws { secret_access_key, .. }
        | ImageRegistry::Huawei { secret_access_key, .. } => secret_access_key,
        ImageRegistry::Gcp { service_account_json } => service_account_json,
        ImageRegistry::Oci { private_key, .. } => private_key,
    }
}

/// A text without these.
pub(super) fn mask(text: &str, secrets: &[&str]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
}
