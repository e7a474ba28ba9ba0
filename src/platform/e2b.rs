//! E2B.
//!
//! Sources: PyPI `e2b` 2.63.0, the open server's code and the documentation.

use super::{Access, Addressing, Distribution, E2B_FAMILY, Facts, sdk};
use crate::registry::RegistryKind;

/// The profiles of the open server (`build/phases/base/distro/distro.go`), which also rejects Red
/// Hat, Oracle and Amazon Linux by name.
const PROFILES: &[Distribution] = &[
    Distribution::Debian,
    Distribution::Ubuntu,
    Distribution::Fedora,
    Distribution::CentOs,
    Distribution::Rocky,
    Distribution::Alma,
    Distribution::Arch,
    Distribution::Alpine,
];

pub(super) const FACTS: Facts = Facts {
    name: "e2b",
    access: Some(Access {
        key_variable: "E2B_API_KEY",
        domain_variable: "E2B_DOMAIN",
        addressing: Addressing::Below,
        url_variable: "E2B_API_URL",
        sandbox_url_variable: Some("E2B_SANDBOX_URL"),
        domain: "e2b.app",
        legacy_domains: &[],
        key_page: "https://e2b.dev/dashboard?tab=keys",
    }),
    sdk: Some(&sdk::E2B),
    base_image: "e2bdev/base",
    image_namespace: Some("e2bdev"),
    distributions: Some(PROFILES),
    has_disk: true,
    grants_sudo: true,
    reseeds_certificates: true,
    registries: &[RegistryKind::Basic, RegistryKind::Aws, RegistryKind::Gcp],
    ..E2B_FAMILY
};
