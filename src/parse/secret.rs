//! Secrets, as references or literals.

use secrecy::SecretString;
use toml::de::DeValue;

use super::table::Reader;
use super::value::{self, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::trust;

/// A secret value, which causes a warning if it is written literally.
pub(super) fn secret(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Secret>> {
    let secret = identity(reader, item)?;
    if matches!(secret.value, Secret::Plain(_)) {
        reader.push(
            Diagnostic::new(Code::PlaintextSecret, item.span, "the manifest contains a secret")
                .label("everyone who can read the manifest can read this secret")
                .help("write `{ env = \"NAME\" }` or `{ file = \"path\" }`, and change the secret"),
        );
    }
    Some(secret)
}

/// A value that may be a secret, such as a user name.
pub(super) fn identity(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Secret>> {
    match item.value {
        DeValue::String(_) => {
            let text = value::non_empty(reader, item)?;
            Some(text.map(|text| Secret::Plain(SecretString::from(text))))
        }
        DeValue::Table(_) => {
            let mut table = value::table(reader, "Secret", item)?;
            let env = table.optional(reader, "env", value::non_empty);
            let file = table.optional(reader, "file", value::non_empty);
            let written = table.present(&["env", "file"]);
            let span = table.span();
            table.finish(reader);
            match (env, file) {
                (Some(_), Some(_)) => {
                    let mut diagnostic = Diagnostic::new(
                        Code::ConflictingKeys,
                        written.first().map_or(span, |key| key.span),
                        "`env` conflicts with `file`",
                    );
                    for key in written.iter().skip(1) {
                        diagnostic = diagnostic.related(key.span, "the other one");
                    }
                    reader.push(diagnostic.help("remove one of them"));
                    None
                }
                (Some(env), None) => {
                    if let Some(fault) = trust::reserved_variable(&env) {
                        reader.push(fault);
                        return None;
                    }
                    Some(Spanned::new(Secret::Env(env.value), span))
                }
                (None, Some(file)) => Some(Spanned::new(Secret::File(file.value), span)),
                (None, None) => {
                    if written.is_empty() {
                        reader.push(
                            Diagnostic::new(
                                Code::MissingKey,
                                span,
                                "the secret has neither `env` nor `file`",
                            )
                            .help("write `{ env = \"NAME\" }` or `{ file = \"path\" }`"),
                        );
                    }
                    None
                }
            }
        }
        _ => item.wrong_type(reader, "a string or `{ env = \"NAME\" }`").none(),
    }
}
