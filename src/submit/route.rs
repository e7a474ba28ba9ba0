//! The way to a server: whether it is on this machine, and which proxy is used.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::redirect::Policy;
use url::Url;

use crate::registry::is_local;

/// Whether requests to a URL can be read on their way.
#[must_use]
pub fn is_unencrypted(url: &Url) -> bool {
    url.scheme() == "http" && !is_local(url)
}

/// A builder of HTTP clients for servers like that of `url`.
///
/// No proxy is used for this machine: it would resolve `localhost` to its own machine, and see the
/// requests to the local platform.
pub(super) fn client_for(url: &Url) -> reqwest::ClientBuilder {
    // A second call in the same process finds the provider that the first one installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("sbx/", env!("CARGO_PKG_VERSION")))
        // A redirect would send the key to another host.
        .redirect(Policy::none());
    if is_local(url) { builder.no_proxy() } else { builder }
}

/// A server and the proxy on the way to it, as messages name them: without credentials, path and
/// query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    host: String,
    proxy: Option<String>,
}

impl Peer {
    /// The server of a URL; `None` if the URL has no host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", url.host_str()?);
        Some(Self { host, proxy: proxy(url) })
    }

    /// Whether there is a proxy.
    pub(super) const fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    /// The words about the proxy; empty if there is none.
    pub(super) fn through(&self) -> String {
        self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
    }

    /// The server without the proxy.
    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.through())
    }
}

/// The proxy that the HTTP client uses for a URL. It is found as `reqwest` finds it, which does not
/// say: in the variables of the environment, and on macOS in the system's settings.
fn proxy(url: &Url) -> Option<String> {
    if is_local(url) {
        return None;
    }
    let uri: Uri = url.as_str().parse().ok()?;
    let found = Matcher::from_system().intercept(&uri)?;
    // The matcher has moved the user name and the password out of it.
    let proxy = found.uri();
    let port = proxy.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", proxy.scheme_str().unwrap_or("http"), proxy.host()?))
}

/// Whether a server was reached at least once; clones share it.
///
/// An address that was never reached is more likely wrong than down, so it is not retried for long.
#[derive(Debug, Clone, Default)]
pub struct Contact(Arc<AtomicBool>);

impl Contact {
    pub(super) fn make(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_made(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn only_plain_http_to_another_machine_is_unencrypted() {
        for (text, expected) in [
            ("http://api.example", true),
            ("http://192.168.0.1:3000", true),
            ("https://api.example", false),
            ("http://localhost:3000", false),
            ("http://127.0.0.2", false),
            ("http://[::1]", false),
        ] {
            assert_eq!(is_unencrypted(&url(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_server_is_named_without_credentials_and_paths() {
        let peer = |text| Peer::of(&url(text)).map(|peer| peer.host);
        assert_eq!(peer("https://user:pw@a.example/p?q=1").as_deref(), Some("a.example"));
        assert_eq!(peer("http://[::1]:80/").as_deref(), Some("[::1]"));
        assert_eq!(peer("http://a.example:8080").as_deref(), Some("a.example:8080"));
        assert_eq!(peer("data:text/plain,x"), None);
    }
}
