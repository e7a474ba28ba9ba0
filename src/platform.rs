//! The table of platforms: variables, addresses, defaults, limits and capabilities.
//!
//! Whatever one platform does otherwise than another stands here, once. The facts come from the
//! official SDKs (PyPI `novita-sandbox` 2.1.1, `e2b` 2.63.0, `declaw` 1.7.0), from E2B's open
//! server, and from the platforms' documentation; a limit that only documentation states is
//! marked as such and draws a warning instead of an error.

use schemars::JsonSchema;

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
    /// The platform inside `sbx` itself: no account, no network.
    Local,
}

/// The family of calls that a platform answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Register, upload, start, follow: `novita`, `e2b`, `local`.
    E2b,
    /// One build call: `declaw`.
    Declaw,
}

/// The kinds of registries that a private image can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// A user name and a password.
    Basic,
    /// Amazon's registry.
    Aws,
    /// Google's registry.
    Gcp,
    /// Oracle's registry.
    Oci,
    /// Huawei's registry.
    Huawei,
}

impl RegistryKind {
    /// The word that `auth.type` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Oci => "oci",
            Self::Huawei => "huawei",
        }
    }
}

/// How a platform is reached.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// The variable that holds the API key.
    pub key_variable: &'static str,
    /// The variable that holds the domain.
    pub domain_variable: &'static str,
    /// What the domain is to the API.
    pub addressing: Addressing,
    /// The variable that holds the API's whole URL.
    pub url_variable: &'static str,
    /// The domain when nothing else is said.
    pub domain: &'static str,
    /// Domains that once were, and do not have the build routes.
    pub legacy_domains: &'static [&'static str],
    /// Where a person gets a key.
    pub key_page: &'static str,
}

/// What a platform's domain is to its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// The API is `https://api.DOMAIN`.
    Below,
    /// The API is `https://DOMAIN`. A domain may name a port, and another one than 443 means
    /// `http://`.
    Itself,
}

/// The rules for CPU and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceRules {
    /// The open server's code: CPU is 1 or even and at most 32, memory is even and at least
    /// 128 MiB. Anything else is refused, so it is an error.
    Enforced,
    /// Novita's documentation: at most 8 CPU and 8 GiB, from 0.5 to 4 GiB a CPU in steps of
    /// 512 MiB. Anything else is a warning.
    Documented,
}

/// What is true of one platform.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The name in manifests and on the command line.
    pub name: &'static str,
    /// The calls it answers.
    pub protocol: Protocol,
    /// How it is reached; `None` for the one that runs in the same process.
    pub access: Option<Access>,
    /// The image behind `from.base`.
    pub base_image: &'static str,
    /// The CPU count that its SDK sends when none is asked for.
    pub default_cpu: Option<u64>,
    /// The memory in MiB that its SDK sends when none is asked for.
    pub default_memory: Option<u64>,
    /// Whether registration has a field for disk space.
    pub has_disk: bool,
    /// Whether a command can be run on the base image before its first boot.
    pub has_pre_boot: bool,
    /// The rules for CPU and memory.
    pub resources: ResourceRules,
    /// The kinds of private registries it can sign in to.
    pub registries: &'static [RegistryKind],
    /// Image families that its provisioning fails on (documentation and server sources agree).
    pub unprovisionable: &'static [&'static str],
    /// Names that its own templates have, so that nobody else's can.
    pub reserved_names: &'static [&'static str],
    /// Whether a sandbox gets nothing of what the image declares: variables, working directory,
    /// command.
    pub drops_image_config: bool,
}

/// The most bytes of copied files that a request may carry where there is no upload: with what
/// base64 and the shell add, a single file still fits into one line of a Dockerfile.
pub const MAX_INLINE: u64 = 32 * 1024;

/// The only user of a sandbox where there is no other.
pub const ROOT: &str = "root";

/// The namespaces of images that other platforms keep for their own sandboxes.
pub const PLATFORM_IMAGES: &[&str] = &["novita", "e2bdev"];

const COMMON_REGISTRIES: &[RegistryKind] =
    &[RegistryKind::Basic, RegistryKind::Aws, RegistryKind::Gcp];
const ALL_REGISTRIES: &[RegistryKind] = &[
    RegistryKind::Basic,
    RegistryKind::Aws,
    RegistryKind::Gcp,
    RegistryKind::Oci,
    RegistryKind::Huawei,
];

/// Provisioning needs apt and glibc: these families have one of them at most.
const NO_APT_OR_GLIBC: &[&str] = &[
    "alpine",
    "busybox",
    "fedora",
    "rockylinux",
    "almalinux",
    "centos",
    "amazonlinux",
    "oraclelinux",
    "archlinux",
];

const NOVITA: Facts = Facts {
    name: "novita",
    protocol: Protocol::E2b,
    access: Some(Access {
        key_variable: "NOVITA_API_KEY",
        domain_variable: "NOVITA_DOMAIN",
        addressing: Addressing::Below,
        url_variable: "NOVITA_API_URL",
        domain: "us-phx-1.sandbox.novita.ai",
        legacy_domains: &[
            "sandbox.novita.ai",
            "us-01.sandbox.novita.ai",
            "us-ga-01.sandbox.novita.ai",
            "us-ga-1.sandbox.novita.ai",
            "sandbox-dev.novita.ai",
            "us-01.sandbox-dev.novita.ai",
            "us-ga-01.sandbox-dev.novita.ai",
            "us-ca-1.sandbox-dev.novita.ai",
        ],
        key_page: "https://novita.ai/settings/key-management",
    }),
    base_image: "novita/base",
    default_cpu: Some(2),
    default_memory: Some(1024),
    has_disk: false,
    has_pre_boot: true,
    resources: ResourceRules::Documented,
    registries: ALL_REGISTRIES,
    unprovisionable: NO_APT_OR_GLIBC,
    reserved_names: &[],
    drops_image_config: true,
};

const E2B: Facts = Facts {
    name: "e2b",
    protocol: Protocol::E2b,
    access: Some(Access {
        key_variable: "E2B_API_KEY",
        domain_variable: "E2B_DOMAIN",
        addressing: Addressing::Below,
        url_variable: "E2B_API_URL",
        domain: "e2b.app",
        legacy_domains: &[],
        key_page: "https://e2b.dev/dashboard?tab=keys",
    }),
    base_image: "e2bdev/base",
    default_cpu: None,
    default_memory: None,
    has_disk: true,
    has_pre_boot: false,
    resources: ResourceRules::Enforced,
    registries: COMMON_REGISTRIES,
    unprovisionable: &[],
    reserved_names: &[],
    drops_image_config: false,
};

const DECLAW: Facts = Facts {
    name: "declaw",
    protocol: Protocol::Declaw,
    access: Some(Access {
        key_variable: "DECLAW_API_KEY",
        domain_variable: "DECLAW_DOMAIN",
        addressing: Addressing::Itself,
        url_variable: "DECLAW_API_URL",
        domain: "api.declaw.ai",
        legacy_domains: &[],
        key_page: "https://declaw.ai",
    }),
    base_image: "ubuntu:22.04",
    default_cpu: None,
    default_memory: None,
    has_disk: true,
    has_pre_boot: false,
    resources: ResourceRules::Documented,
    registries: &[],
    unprovisionable: &[],
    reserved_names: &[
        "base",
        "python",
        "node",
        "code-interpreter",
        "ai-agent",
        "mcp-server",
        "web-dev",
        "devops",
    ],
    drops_image_config: false,
};

/// `local` follows novita, with the open server's rules for resources.
const LOCAL: Facts = Facts {
    name: "local",
    access: None,
    resources: ResourceRules::Enforced,
    unprovisionable: &[],
    drops_image_config: false,
    ..NOVITA
};

impl Platform {
    /// Every platform.
    pub const ALL: &'static [Self] = &[Self::Novita, Self::E2b, Self::Declaw, Self::Local];

    /// The one that is meant when nothing is said.
    pub const DEFAULT: Self = Self::Novita;

    /// What is true of it.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::Novita => &NOVITA,
            Self::E2b => &E2B,
            Self::Declaw => &DECLAW,
            Self::Local => &LOCAL,
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

    /// Every name, for messages.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|platform| platform.name()).collect()
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
