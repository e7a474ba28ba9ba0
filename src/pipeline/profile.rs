//! The profile of an analysis, and what is known of a manifest before one is selected.

use std::sync::Arc;

use secrecy::SecretString;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, suggest};
use crate::manifest::{EnvTable, Manifest};
use crate::parse;
use crate::secrets::{Literal, detect};
use crate::source::Spanned;

/// A manifest's text, parsed. All its profiles share it.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The manifest without a profile.
    pub(super) manifest: Arc<Manifest>,
    /// What the parser reported, in every profile.
    pub(super) reports: Diagnostics,
    /// The secrets that are written out: an excerpt may show those of another profile.
    pub(super) secrets: Vec<Literal>,
}

impl Written {
    pub(super) fn of(text: &str) -> Self {
        let (manifest, reports) = parse::parse(text);
        let mut secrets = manifest.secret_literals();
        secrets.extend(secrets_of_tables(&manifest));
        Self { manifest: Arc::new(manifest), reports, secrets }
    }
}

/// The manifest with a profile; without it and with a fault if there is none of that name.
pub(super) fn select(
    written: &Arc<Manifest>,
    profile: Option<&str>,
) -> (Arc<Manifest>, Option<Diagnostic>) {
    let Some(name) = profile else { return (written.clone(), None) };
    match written.with_profile(name) {
        Some(manifest) => (Arc::new(manifest), None),
        None => (written.clone(), Some(unknown(written, name))),
    }
}

fn unknown(manifest: &Manifest, name: &str) -> Diagnostic {
    let message = format!("there is no profile `{}`", name.escape_debug());
    let fault = Diagnostic::without_place(Code::UnknownProfile, message);
    let names: Vec<_> = manifest.profile_names().collect();
    let fault = match suggest::nearest(name, names.iter().copied()) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            fault.help(format!("the manifest has no profiles: `[profiles.{name}]` begins one"))
        }
        None => fault.help(format!("choose {}", suggest::any_of(&names))),
    };
    Diagnostic { span: manifest.profiles.as_ref().map(|profiles| profiles.span), ..fault }
}

/// The secrets in variables that profiles replace or add. Those of the variables that a build has
/// are found by the lint rules; these may belong to none that is looked at.
fn secrets_of_tables(manifest: &Manifest) -> Vec<Literal> {
    let Some(profiles) = &manifest.profiles else { return Vec::new() };
    let profiles = profiles.value.entries.iter().map(|entry| &entry.profile);
    let own = profiles.flat_map(|profile| [&profile.env, &profile.build_env]);
    let tables = own.chain([&manifest.env, &manifest.build_env]).flatten();
    tables.flat_map(secrets_of).collect()
}

fn secrets_of(table: &Spanned<EnvTable>) -> Vec<Literal> {
    let mut found = Vec::new();
    for entry in &table.value.entries {
        let Some(value) = entry.value.value.plain() else { continue };
        if !detect::in_variable(&entry.name.value, value, true).is_empty() {
            found.push(Literal { span: entry.value.span, text: SecretString::from(value) });
        }
    }
    found
}
