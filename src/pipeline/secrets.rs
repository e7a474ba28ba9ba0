//! Reads the values of secrets, only when a request needs them.

use std::path::Path;

use secrecy::ExposeSecret as _;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{Host, describe};
use crate::secrets::Secret;
use crate::source::Spanned;

/// The largest secret in a file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How to treat secrets.
pub enum Secrets<'a> {
    /// Placeholders, for output.
    Hidden,
    /// Values, for requests.
    Revealed(&'a dyn Host),
}

impl Secrets<'_> {
    /// The text for a secret; it is an error if the secret is not set.
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
                    format!("set the environment variable `{name}`"),
                )
            }),
            Secret::File(path) => read(*host, &directory.join(path)).map_err(|reason| {
                let message = format!("cannot read the secret in `{path}`: {reason}");
                (message, "the path is relative to the manifest".to_owned())
            }),
        };
        match found {
            Ok(value) => {
                // The parser has already reported a literal secret.
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

/// The text of a file without a final line break.
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
