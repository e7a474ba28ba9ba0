//! Where an image's reference leads.

use std::net::IpAddr;

use url::{Host, Url};

/// The registry that names without a host mean.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// The names that people and tools give it.
pub(super) const HUB_NAMES: &[&str] = &["docker.io", "index.docker.io", DOCKER_HUB];

/// The tag that is meant when none is written.
const DEFAULT_TAG: &str = "latest";

/// A reference with everything in it that may be left out when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The registry's host, with its port if it has one.
    pub host: String,
    /// Whether the registry is on this machine, where it is spoken to without encryption.
    pub is_local: bool,
    /// The repository.
    pub repository: String,
    /// The digest if there is one, else the tag.
    pub target: String,
}

impl Reference {
    /// Reads `[host[:port]/]path[:tag][@digest]`, whose grammar a rule on the manifest checks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (host, path) = match name.split_once('/') {
            Some((head, rest)) if is_host(head) => (head, rest),
            _ => (DOCKER_HUB, name),
        };
        let (path, tag) = match path.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        let is_hub = HUB_NAMES.contains(&host);
        let repository =
            if is_hub && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        let target = digest.or(tag).unwrap_or(DEFAULT_TAG);
        if path.is_empty() || target.is_empty() {
            return None;
        }
        let host = if is_hub { DOCKER_HUB } else { host };
        // Only a URL knows all the forms of an address.
        let url = Url::parse(&format!("http://{host}/")).ok()?;
        Some(Self {
            host: host.to_owned(),
            is_local: is_local(&url),
            repository,
            target: target.to_owned(),
        })
    }

    /// The URL of the registry's API; `None` if the host is more than a host and a port, as in
    /// `user@host` or `host?query`.
    #[must_use]
    pub fn api(&self) -> Option<Url> {
        let scheme = if self.is_local { "http" } else { "https" };
        let url = Url::parse(&format!("{scheme}://{}/v2/", self.host)).ok()?;
        let is_host = url.path() == "/v2/" && !url.as_str().contains(['@', '?', '#']);
        is_host.then_some(url)
    }
}

/// A first part is a host if it looks like one; otherwise it is a name on Docker Hub.
fn is_host(head: &str) -> bool {
    head.contains(['.', ':']) || head == "localhost" || head.chars().any(|c| c.is_ascii_uppercase())
}

/// Whether a URL leads to this machine.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_lead_where_docker_goes() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let pinned = format!("ghcr.io/a/b:1@{digest}");
        for (written, host, repository, target) in [
            ("python:3.12", "registry-1.docker.io", "library/python", "3.12"),
            ("oven/bun", "registry-1.docker.io", "oven/bun", "latest"),
            ("docker.io/debian", "registry-1.docker.io", "library/debian", "latest"),
            ("index.docker.io/library/debian:12", "registry-1.docker.io", "library/debian", "12"),
            ("ghcr.io/a/b/c:v1", "ghcr.io", "a/b/c", "v1"),
            (&pinned, "ghcr.io", "a/b", &digest),
            ("localhost:5000/x", "localhost:5000", "x", "latest"),
            ("[::1]:5000/x:1", "[::1]:5000", "x", "1"),
            ("registry:5000/x", "registry:5000", "x", "latest"),
        ] {
            let found = Reference::parse(written).expect(written);
            assert_eq!(found.host, host, "{written}");
            assert_eq!(found.repository, repository, "{written}");
            assert_eq!(found.target, target, "{written}");
        }
    }

    proptest! {
        #[test]
        fn whatever_names_an_image_leads_somewhere(
            host in "([a-z]{1,8}[.][a-z]{2,3}|localhost|\\[::1\\]|[a-z]{1,5}:[1-9][0-9]{0,3})",
            path in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}",
            tag in "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,8}",
        ) {
            let found = Reference::parse(&format!("{host}/{path}:{tag}")).expect("it is read");
            prop_assert_eq!(&found.host, &host);
            prop_assert_eq!(&found.repository, &path);
            prop_assert_eq!(&found.target, &tag);
            prop_assert!(found.api().is_some());
            let on_hub = Reference::parse(&format!("{path}:{tag}")).expect("it is read");
            prop_assert_eq!(on_hub.host, DOCKER_HUB);
        }

        #[test]
        fn any_text_names_an_api_or_none(text in "[a-z.:@?#/\\[\\]]{0,20}|.{0,40}") {
            if let Some(url) = Reference::parse(&text).and_then(|found| found.api()) {
                prop_assert!(matches!(url.scheme(), "http" | "https"), "{url}");
                prop_assert_eq!(url.path(), "/v2/");
                prop_assert!(url.username().is_empty() && url.password().is_none(), "{url}");
                prop_assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
            }
        }
    }

    #[test]
    fn this_machine_has_several_addresses() {
        let url = |text: &str| text.parse::<Url>().expect("a URL");
        for here in [
            "http://localhost:1/a",
            "http://LOCALHOST./",
            "https://127.0.0.1",
            "http://127.1.2.3",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(is_local(&url(here)), "{here}");
        }
        for elsewhere in [
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://10.0.0.1",
            "http://[::2]",
            "http://128.0.0.1",
            "http://mylocalhost",
        ] {
            assert!(!is_local(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        let api = |text| Reference::parse(text).and_then(|it| it.api()).map(|url| url.to_string());
        assert_eq!(api("x").as_deref(), Some("https://registry-1.docker.io/v2/"));
        assert_eq!(api("localhost/x").as_deref(), Some("http://localhost/v2/"));
        assert_eq!(api("127.0.0.1:5000/x").as_deref(), Some("http://127.0.0.1:5000/v2/"));
        assert_eq!(api("[::1]:5000/x").as_deref(), Some("http://[::1]:5000/v2/"));
        for elsewhere in ["10.0.0.1:5000/x", "localhost.example.com/x", "127.0.0.1.example.com/x"] {
            let url = api(elsewhere).expect("a URL");
            assert!(url.starts_with("https://"), "{url}");
        }
    }
}
