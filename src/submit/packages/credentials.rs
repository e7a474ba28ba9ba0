//! Who gets which credentials.
//!
//! A manifest may come from a stranger, and so may the `.npmrc` beside it. It chooses indexes, and no
//! credentials of this machine go where only it says: a person's configuration names a token for an
//! index, and only that index gets it. A manifest that names the same index gets the same answer as
//! the person's own tools; one that names another gets none, nor one that names the same host
//! without TLS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::fetch::Index;
use crate::registry::is_local;

/// Who names an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The person who runs `sbx`, in variables or files of their own.
    Person,
    /// The manifest or its project.
    Project,
}

/// Credentials for all indexes below a place: `host/path/`.
#[derive(Clone)]
pub(super) struct Credential {
    /// The host with its port, and the path, as npm writes them: `//host:8080/path/`.
    pub(super) place: String,
    /// The value of `Authorization`.
    pub(super) value: String,
}

/// The value of `Authorization` for a user name and a password.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Takes user name and password out of a URL, as the value of `Authorization`.
pub(super) fn take_login(url: &mut Url) -> Option<String> {
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = decoded(url.username());
    let password = url.password().map(decoded);
    if user.is_empty() && password.is_none() {
        return None;
    }
    // A URL with a host takes both; others were refused before.
    let _ = (url.set_username(""), url.set_password(None));
    Some(basic(&user, &password.unwrap_or_default()))
}

/// The value for an index among the credentials of npm's configuration: that of the longest place.
pub(super) fn below<'a>(
    credentials: &'a [Credential],
    index: &Url,
    author: Author,
) -> Option<&'a str> {
    let is_protected = index.scheme() == "https" || is_local(index);
    if author == Author::Project && !is_protected {
        return None;
    }
    let place = place(&Index::new(index.clone(), None));
    let fits = credentials.iter().filter(|credential| place.starts_with(&credential.place));
    let best = fits.max_by_key(|credential| credential.place.len());
    best.map(|credential| credential.value.as_str())
}

/// The place of an index in npm's form.
fn place(index: &Index) -> String {
    format!("//{}{}", index.host(), index.url().path())
}
