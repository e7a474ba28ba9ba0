//! Where a platform is.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::Contact;
use crate::secrets::Redaction;

/// Where a platform is and how to sign in there.
#[derive(Clone)]
pub struct Endpoint {
    /// The API's URL, without a final `/`.
    pub api_url: Url,
    /// The key; `None` for a local platform that needs none.
    pub api_key: Option<SecretString>,
    /// The variable that the key, or the path of its file, is read from.
    pub key_variable: Option<String>,
    /// The time that one request may take.
    pub request_timeout: Duration,
    /// The secrets that are removed from what the platform says, before it is shortened.
    pub redaction: Redaction,
    /// Whether the API was reached, by any client of this endpoint.
    pub contact: Contact,
}

impl fmt::Debug for Endpoint {
    /// A URL may hold a password, so only its host is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("host", &self.api_url.host_str())
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}
