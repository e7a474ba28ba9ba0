//! Declaw.
//!
//! Sources: PyPI `declaw` 1.7.0 and the documentation.

use super::{
    Access, Addressing, Facts, Family, NEUTRAL, ROOT, RangeLimits, ResourceRules, Uploads,
};

/// The most bytes of copied files in a request: with what base64 and the shell add, a single file
/// still fits into one line of a Dockerfile.
const MAX_INLINE: u64 = 32 * 1024;

pub(super) const FACTS: Facts = Facts {
    name: "declaw",
    family: Family::Declaw,
    access: Some(Access {
        key_variable: "DECLAW_API_KEY",
        domain_variable: "DECLAW_DOMAIN",
        addressing: Addressing::Itself,
        url_variable: "DECLAW_API_URL",
        sandbox_url_variable: None,
        domain: "api.declaw.ai",
        legacy_domains: &[],
        key_page: "https://declaw.ai",
    }),
    base_image: "ubuntu:22.04",
    has_disk: true,
    resources: ResourceRules::Ranges(RangeLimits {
        max_cpu: 8,
        min_size_mib: 128,
        max_memory_mib: 8192,
        max_disk_mib: 102_400,
    }),
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
    default_user: ROOT,
    root_only: true,
    uploads: Uploads::Inline { limit: MAX_INLINE },
    immutable_templates: true,
    ..NEUTRAL
};
