//! The values of a manifest's secrets: who reads them, and for whom.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::consent::{Consent, SecretName};
use super::keys::KeyFile;
use super::project::{Confined, outside};
use super::transfer::Transfer;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, Host, describe};
use crate::secrets::Secret;
use crate::source::{Span, Spanned};

/// The largest secret in a file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// For whom secrets are read.
pub enum Secrets<'a> {
    /// For no one: placeholders, for output and for requests that need no secret.
    Hidden,
    /// For this machine: values that are shown to the person who asked for them, or compared here.
    Local(&'a dyn Host),
    /// For a request: values for which there is consent. Any other value is not even read.
    Sent {
        /// Where the values are.
        host: &'a dyn Host,
        /// What a person agreed to.
        consent: &'a Consent,
    },
}

/// Where the secrets of a manifest come from, and where they go.
pub struct Route {
    /// The directory that files are relative to.
    pub directory: PathBuf,
    /// Paths outside of the project that a person allowed.
    pub allow_outside: Vec<PathBuf>,
    /// The destination; without one, nothing is sent.
    pub transfer: Option<Transfer>,
}

impl Secrets<'_> {
    /// The text for a secret; it is an error if the secret is not set, or if it is to be sent
    /// without consent.
    pub fn reveal(
        &self,
        secret: &Spanned<Secret>,
        route: &Route,
        faults: &mut Diagnostics,
    ) -> String {
        let host = match self {
            Self::Hidden => return secret.value.placeholder(),
            Self::Local(host) => *host,
            Self::Sent { host, consent } => {
                if let Some(fault) = withheld(secret, route, consent) {
                    faults.push(fault);
                    return String::new();
                }
                *host
            }
        };
        let found = match &secret.value {
            Secret::Plain(value) => Ok(value.expose_secret().to_owned()),
            Secret::Env(name) => host.variable(name).ok_or_else(|| {
                let message = format!("the variable `{name}` is not set");
                Diagnostic::new(Code::UnsetSecret, secret.span, message)
                    .help(format!("set the environment variable `{name}`"))
            }),
            Secret::File(path) => {
                let files = Confined::new(host, &route.directory, &route.allow_outside);
                let place = Spanned::new(path.clone(), secret.span);
                match misplaced(&place, &files, &route.directory, &KeyFile::all(host)) {
                    Some(fault) => Err(fault),
                    None => read(&files, &route.directory.join(path))
                        .map_err(|error| unreadable(path, secret.span, &error)),
                }
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

/// The fault of sending a secret without consent.
fn withheld(secret: &Spanned<Secret>, route: &Route, consent: &Consent) -> Option<Diagnostic> {
    let name = SecretName::of(&secret.value)?;
    let Some(transfer) = &route.transfer else {
        let message = format!("{name} cannot be sent: the image names no registry");
        return Some(Diagnostic::new(Code::SecretNeedsConsent, secret.span, message));
    };
    let secrets = vec![Spanned::new(name, secret.span)];
    Transfer { secrets, registry: transfer.registry.clone() }.refusal(consent)
}

/// The fault of a file that cannot be a secret, whatever is in it: one outside of the project, or
/// one with the API key of a platform. The file is not opened.
#[must_use]
pub fn misplaced(
    path: &Spanned<String>,
    files: &Confined<'_>,
    directory: &Path,
    keys: &[KeyFile],
) -> Option<Diagnostic> {
    match files.canonicalize(&directory.join(&path.value)) {
        Ok(real) => keys.iter().find_map(|key| key.reserved(path, &real)),
        Err(error) => outside(&error).map(|outside| outside.diagnose(Some(path.span))),
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
