//! Reads the values of secrets, only when a request needs them.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, Host, describe};
use crate::secrets::Secret;
use crate::source::{Span, Spanned};
use crate::trust::{Confined, outside};

/// The largest secret in a file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How to treat secrets.
pub enum Secrets<'a> {
    /// Placeholders, for output.
    Hidden,
    /// Values, for requests.
    Revealed(&'a dyn Host),
}

/// Where the files of a manifest's secrets may be.
pub(super) struct Place {
    /// The directory that they are relative to.
    pub(super) directory: PathBuf,
    /// Paths outside of the project that a person allowed.
    pub(super) allow_outside: Vec<PathBuf>,
}

impl Secrets<'_> {
    /// The text for a secret; it is an error if the secret is not set.
    pub(super) fn reveal(
        &mut self,
        secret: &Spanned<Secret>,
        place: &Place,
        faults: &mut Diagnostics,
    ) -> String {
        let Self::Revealed(host) = self else {
            return secret.value.placeholder();
        };
        let found = match &secret.value {
            Secret::Plain(value) => Ok(value.expose_secret().to_owned()),
            Secret::Env(name) => host.variable(name).ok_or_else(|| {
                let message = format!("the variable `{name}` is not set");
                Diagnostic::new(Code::UnsetSecret, secret.span, message)
                    .help(format!("set the environment variable `{name}`"))
            }),
            Secret::File(path) => {
                let files = Confined::new(*host, &place.directory, &place.allow_outside);
                let text = read(&files, &place.directory.join(path));
                text.map_err(|error| unreadable(path, secret.span, &error))
            }
        };
        match found {
            Ok(value) => {
                // The parser has already reported a literal secret.
                if !matches!(secret.value, Secret::Plain(_)) {
                    host.register_secret(&value);
                }
                value
            }
            Err(fault) => {
                faults.push(fault);
                String::new()
            }
        }
    }
}

/// The fault of a secret whose file was refused or cannot be read.
fn unreadable(path: &str, span: Span, error: &io::Error) -> Diagnostic {
    if let Some(outside) = outside(error) {
        return outside.diagnose(Some(span));
    }
    let message = format!("cannot read the secret in `{path}`: {}", describe(error));
    Diagnostic::new(Code::UnsetSecret, span, message).help("the path is relative to the manifest")
}

/// The text of a file without a final line break.
fn read(files: &dyn FileSystem, path: &Path) -> io::Result<String> {
    let bytes = files.read(path, MAX_BYTES)?;
    if bytes.len() > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes);
    let mut text = text.map_err(|_| io::Error::other("it is not UTF-8 text"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(io::Error::other("it is empty"));
    }
    Ok(text)
}
