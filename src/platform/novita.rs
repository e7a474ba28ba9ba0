//! Novita Agent Sandbox.
//!
//! Sources: PyPI `novita-sandbox` 2.1.1 and the documentation.

use super::{Access, Addressing, Distribution, E2B_FAMILY, Facts, PlanLimits, ResourceRules, sdk};
use crate::registry::RegistryKind;

/// Provisioning needs apt and glibc.
const WITH_APT: &[Distribution] = &[Distribution::Debian, Distribution::Ubuntu];

pub(super) const FACTS: Facts = Facts {
    name: "novita",
    access: Some(Access {
        key_variable: "NOVITA_API_KEY",
        domain_variable: "NOVITA_DOMAIN",
        addressing: Addressing::Below,
        url_variable: "NOVITA_API_URL",
        sandbox_url_variable: Some("NOVITA_SANDBOX_URL"),
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
    sdk: Some(&sdk::NOVITA),
    base_image: "novita/base",
    image_namespace: Some("novita"),
    default_cpu: Some(2),
    default_memory: Some(1024),
    has_disk: false,
    has_pre_boot: true,
    resources: ResourceRules::Plans(PlanLimits {
        max_cpu: 8,
        max_memory_mib: 8192,
        min_memory_per_cpu_mib: 512,
        max_memory_per_cpu_mib: 4096,
        memory_step_mib: 512,
    }),
    registries: &[
        RegistryKind::Basic,
        RegistryKind::Aws,
        RegistryKind::Gcp,
        RegistryKind::Oci,
        RegistryKind::Huawei,
    ],
    distributions: Some(WITH_APT),
    drops_image_config: true,
    numbered_listing: true,
    older_sandbox_routes: true,
    ..E2B_FAMILY
};
