//! What a manifest sends: its secrets, and the host that they go to.

use super::consent::{Consent, Grant, SecretName};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::registry::{Auth, RegistryHost};
use crate::scalar::shell::quote;
use crate::secrets::Secret;
use crate::source::Spanned;

/// Secrets of a manifest, and the host that they are for: those of `from.auth` and the image's
/// registry, or those of tests and the platform of their sandboxes.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The variables and files; none if all values are written into the manifest.
    pub secrets: Vec<Spanned<SecretName>>,
    /// The host that gets them.
    pub registry: RegistryHost,
}

impl Transfer {
    /// What signing in to a registry sends to it.
    #[must_use]
    pub fn of(auth: &Auth, registry: RegistryHost) -> Self {
        Self::to(registry, auth.secrets())
    }

    /// What sending secrets to a host sends to it, each once.
    pub fn to<'a>(
        registry: RegistryHost,
        sent: impl IntoIterator<Item = &'a Spanned<Secret>>,
    ) -> Self {
        let mut secrets: Vec<Spanned<SecretName>> = Vec::new();
        for secret in sent {
            let name = SecretName::of(&secret.value);
            if let Some(name) = name.filter(|name| secrets.iter().all(|it| it.value != *name)) {
                secrets.push(Spanned::new(name, secret.span));
            }
        }
        Self { secrets, registry }
    }

    /// The secrets without consent.
    fn missing<'a>(&'a self, consent: &'a Consent) -> Vec<&'a Spanned<SecretName>> {
        let secrets = self.secrets.iter();
        secrets.filter(|secret| !consent.covers(&secret.value, &self.registry)).collect()
    }

    /// What consent to all of it grants.
    pub fn grants(&self) -> impl Iterator<Item = Grant> {
        let registry = &self.registry;
        self.secrets
            .iter()
            .map(|secret| Grant { secret: secret.value.clone(), host: registry.clone() })
    }

    /// Every host that may get the secrets: the registry, the token servers that it is known for,
    /// and the hosts for which there is consent to each of the secrets.
    #[must_use]
    pub fn hosts(&self, consent: &Consent) -> Vec<RegistryHost> {
        let mut hosts = vec![self.registry.clone()];
        hosts.extend(self.registry.token_servers());
        let first = self.secrets.first().into_iter();
        let named = first.flat_map(|secret| consent.hosts_of(&secret.value));
        let for_each =
            |host: &RegistryHost| self.secrets.iter().all(|it| consent.names(&it.value, host));
        hosts.extend(named.filter(for_each));
        hosts
    }

    /// The names of the secrets, for a sentence.
    #[must_use]
    pub fn names(&self) -> String {
        suggest::all_of(&self.secrets.iter().map(|it| it.value.as_str()).collect::<Vec<_>>())
    }

    /// The fault of secrets without consent; `None` if there is consent to all of them.
    #[must_use]
    pub fn refusal(&self, consent: &Consent) -> Option<Diagnostic> {
        let missing = self.missing(consent);
        let (first, others) = missing.split_first()?;
        let registry = &self.registry;
        let names: Vec<_> = missing.iter().map(|it| it.value.as_str()).collect();
        let message =
            format!("{} cannot be sent to `{registry}` without consent", suggest::all_of(&names));
        let words: Vec<_> = names.iter().map(|name| quote(&format!("{name}@{registry}"))).collect();
        let options: Vec<_> = words.iter().map(|word| format!("--allow-secret {word}")).collect();
        let variable = quote(
            &names.iter().map(|name| format!("{name}@{registry}")).collect::<Vec<_>>().join(","),
        );
        let help = format!(
            "if you trust the manifest, add `{}`, or set `{ALLOW_SECRETS}={variable}`",
            options.join(" ")
        );
        let fault = Diagnostic::new(Code::SecretNeedsConsent, first.span, message)
            .label("the manifest chooses this secret and the host that gets it")
            .help(help);
        Some(others.iter().fold(fault, |fault, it| fault.related(it.span, "and this one")))
    }
}

/// The variable with consent that was given beforehand, separated by commas.
pub const ALLOW_SECRETS: &str = "SBX_ALLOW_SECRETS";
