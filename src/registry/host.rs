//! The host of a registry, in the one form by which hosts are compared.

use std::fmt;

use url::Url;

use super::reference::{HUB_NAMES, is_local};

/// Docker Hub, by the name that people know.
const DOCKER_HUB: &str = "docker.io";

/// The registries whose token server is on another host of the same operator, as their challenges
/// name it: <https://distribution.github.io/distribution/spec/auth/token/> for Docker Hub,
/// <https://gitlab.com/gitlab-org/container-registry> for GitLab.
const TOKEN_SERVERS: &[(&str, &str)] =
    &[(DOCKER_HUB, "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// The longest name of a host in bytes: <https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4>
/// allows 255 with a byte of length and one for the root.
const MAX_LEN: usize = 253;

/// `host` or `host:port`: in lower case, without a port that is the default, and Docker Hub by one
/// of its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryHost(String);

impl RegistryHost {
    /// Reads `host[:port]`; `None` if the text is more than that, or no host.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(['/', '\\', '?', '#', '@']) {
            return None;
        }
        let url = Url::parse(&format!("https://{text}/")).ok()?;
        // The port that can be left out depends on the scheme.
        if is_local(&url) {
            Self::of(&Url::parse(&format!("http://{text}/")).ok()?)
        } else {
            Self::of(&url)
        }
    }

    /// The host of a URL.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|host| (1..=MAX_LEN).contains(&host.len()))?;
        let host = if HUB_NAMES.contains(&host) { DOCKER_HUB } else { host };
        Some(Self(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }))
    }

    /// The hosts that the registry is known to name as its token server, other than itself.
    pub fn token_servers(&self) -> impl Iterator<Item = Self> {
        let known = TOKEN_SERVERS.iter().filter(|(registry, _)| *registry == self.0);
        known.map(|(_, server)| Self((*server).to_owned()))
    }
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Option<String> {
        RegistryHost::parse(text).map(|host| host.to_string())
    }

    #[test]
    fn a_host_has_one_form() {
        for (written, form) in [
            ("GHCR.io", "ghcr.io"),
            ("ghcr.io:443", "ghcr.io"),
            ("ghcr.io:80", "ghcr.io:80"),
            ("localhost:80", "localhost"),
            ("localhost:5000", "localhost:5000"),
            ("[::1]:5000", "[::1]:5000"),
            ("index.docker.io", "docker.io"),
            ("registry-1.docker.io", "docker.io"),
        ] {
            assert_eq!(host(written).as_deref(), Some(form), "{written}");
        }
        for none in ["", "a/b", "user@host", "host?x", "host#x", "host:port", "a b", "\\host"] {
            assert_eq!(host(none), None, "{none}");
        }
        for (length, is_host) in [(MAX_LEN, true), (MAX_LEN + 1, false)] {
            assert_eq!(host(&"x".repeat(length)).is_some(), is_host);
        }
    }

    #[test]
    fn a_token_server_is_known_for_its_registry_alone() {
        let servers = |text: &str| {
            let registry = RegistryHost::parse(text).expect(text);
            registry.token_servers().map(|host| host.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(servers("docker.io"), ["auth.docker.io"]);
        assert_eq!(servers("registry.gitlab.com"), ["gitlab.com"]);
        assert!(servers("registry.gitlab.com:5000").is_empty());
        assert!(servers("docker.io.example.com").is_empty());
    }
}
