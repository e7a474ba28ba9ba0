//! The table of platforms: variables, addresses, defaults, limits and capabilities.
//!
//! Each platform has a file with its [`Facts`] and a row in [`Platform::facts`]. A rule, check or
//! report asks for the capability that it depends on, never for a platform or for its family. The
//! facts come from the official SDKs, from E2B's open server, and from the platforms'
//! documentation; a limit that only documentation states draws a warning instead of an error.

mod declaw;
mod distribution;
mod e2b;
mod facts;
mod local;
mod novita;
mod sdk;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;

pub use distribution::Distribution;
use facts::{E2B_FAMILY, NEUTRAL};
pub use facts::{EnforcedLimits, Facts, PlanLimits, RangeLimits, ResourceRules, Uploads};
pub use local::LOCAL_KEY;
pub use sdk::Sdk;

/// Where a template is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Platform {
    /// Novita Agent Sandbox.
    Novita,
    /// E2B.
    E2b,
    /// Declaw.
    Declaw,
    /// The platform inside `sbx` itself: no account, no network. It follows novita.
    Local,
    /// The same, when it follows e2b. It has the name of [`Local`](Self::Local), and only
    /// [`imitating`](Self::imitating) makes it.
    #[schemars(skip)]
    LocalAsE2b,
}

/// The platform whose rules the local one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Imitated {
    /// Novita.
    #[default]
    Novita,
    /// E2B.
    E2b,
}

impl Imitated {
    /// The platform's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Novita => Platform::Novita.name(),
            Self::E2b => Platform::E2b.name(),
        }
    }

    /// The name in the record of a build; `None` for the default.
    #[must_use]
    pub const fn recorded_name(self) -> Option<&'static str> {
        match self {
            Self::Novita => None,
            Self::E2b => Some(Platform::E2b.name()),
        }
    }

    /// The one that the record of a build names.
    #[must_use]
    pub fn of_record(name: Option<&str>) -> Self {
        if name == Self::E2b.recorded_name() { Self::E2b } else { Self::Novita }
    }
}

/// The family of calls that a platform answers. It decides who lowers a template and who sends
/// the requests, and nothing else: what a platform can do is in its [`Facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Register, upload, start, follow.
    E2b,
    /// One build call.
    Declaw,
}

/// The superuser, which exists in every image.
pub const ROOT: &str = "root";

/// How a platform is reached.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// The variable that holds the API key.
    pub key_variable: &'static str,
    /// The variable that holds the domain.
    pub domain_variable: &'static str,
    /// How the URL of the API is derived from the domain.
    pub addressing: Addressing,
    /// The variable that holds the API's whole URL.
    pub url_variable: &'static str,
    /// The variable that holds the URL of a server through which all sandboxes are reached, if the
    /// platform's own clients have one.
    pub sandbox_url_variable: Option<&'static str>,
    /// The default domain.
    pub domain: &'static str,
    /// Former domains, which do not have the routes for builds.
    pub legacy_domains: &'static [&'static str],
    /// The page on which users create a key.
    pub key_page: &'static str,
}

impl Access {
    /// The variable that names a file with the API key.
    #[must_use]
    pub fn key_file_variable(&self) -> String {
        format!("{}_FILE", self.key_variable)
    }
}

/// How the URL of a platform's API is derived from its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// The API is `https://api.DOMAIN`.
    Below,
    /// The API is `https://DOMAIN`. A domain may name a port, and another one than 443 means
    /// `http://`.
    Itself,
}

impl Platform {
    /// Every platform, each name once.
    pub const ALL: &'static [Self] = &[Self::Novita, Self::E2b, Self::Declaw, Self::Local];

    /// The platform that is used unless one is named.
    pub const DEFAULT: Self = Self::Novita;

    /// Its facts.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::Novita => &novita::FACTS,
            Self::E2b => &e2b::FACTS,
            Self::Declaw => &declaw::FACTS,
            Self::Local => &local::FACTS,
            Self::LocalAsE2b => &local::AS_E2B,
        }
    }

    /// The name in manifests and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The platform of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|platform| platform.name() == name)
    }

    /// The same platform; the local one with the rules of `imitated`.
    #[must_use]
    pub const fn imitating(self, imitated: Imitated) -> Self {
        match (self, imitated) {
            (Self::Local | Self::LocalAsE2b, Imitated::Novita) => Self::Local,
            (Self::Local | Self::LocalAsE2b, Imitated::E2b) => Self::LocalAsE2b,
            (Self::Novita | Self::E2b | Self::Declaw, _) => self,
        }
    }

    /// Whose rules it follows, if it is the local platform.
    #[must_use]
    pub const fn imitated(self) -> Imitated {
        match self {
            Self::LocalAsE2b => Imitated::E2b,
            Self::Novita | Self::E2b | Self::Declaw | Self::Local => Imitated::Novita,
        }
    }

    /// Whether it is the one inside `sbx`, on this machine.
    #[must_use]
    pub const fn is_local(self) -> bool {
        self.facts().access.is_none()
    }

    /// Every name, for messages.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|platform| platform.name()).collect()
    }

    /// The platforms that can do something.
    pub fn with(can: impl Fn(&Facts) -> bool) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |platform| can(platform.facts()))
    }
}

/// Whether images of a namespace are made for the sandboxes of one platform.
#[must_use]
pub fn is_image_namespace(namespace: &str) -> bool {
    Platform::with(|facts| facts.image_namespace == Some(namespace)).next().is_some()
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
