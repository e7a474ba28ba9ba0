//! Secrets become text here, and only when a request needs them.

use std::path::Path;

use secrecy::ExposeSecret as _;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{Host, describe};
use crate::secrets::Secret;
use crate::source::Spanned;

/// The largest secret that is read from a file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// What is made of secrets.
pub enum Secrets<'a> {
    /// Placeholders, for people.
    Hidden,
    /// The values, for a request.
    Revealed(&'a dyn Host),
}

impl Secrets<'_> {
    /// The text that stands for a secret; one that is not set is an error.
    pub(super) fn reveal(
        &mut self,
        secret: &Spanned<Secret>,
        directory: &Path,
        faults: &mut Diagnostics,
    ) -> String {
        let Self::Revealed(host) = self else {
            return secret.value.placeholder();
        };
        let found = match &secret.value {
            Secret::Plain(value) => Ok(value.expose_secret().to_owned()),
            Secret::Env(name) => host.variable(name).ok_or_else(|| {
                (
                    format!("the variable `{name}` is not set"),
                    format!("set `{name}` where sbx runs"),
                )
            }),
            Secret::File(path) => read(*host, &directory.join(path)).map_err(|reason| {
                let message = format!("the secret's file `{path}` cannot be read: {reason}");
                (message, "the path is relative to the manifest".to_owned())
            }),
        };
        match found {
            Ok(value) => {
                // A plain one is told of where the manifest is read, unless it is no secret.
                if !matches!(secret.value, Secret::Plain(_)) {
                    host.register_secret(&value);
                }
                value
            }
            Err((message, help)) => {
                faults.push(Diagnostic::new(Code::UnsetSecret, secret.span, message).help(help));
                String::new()
            }
        }
    }
}

/// The text of a file without its one final line break.
fn read(host: &dyn Host, path: &Path) -> Result<String, String> {
    let bytes = host.read(path, MAX_BYTES).map_err(|error| describe(&error))?;
    if bytes.len() > MAX_BYTES {
        return Err("it is larger than 1 MiB".to_owned());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text)
}
