//! The platform inside `sbx`: it follows novita or, with `--as e2b`, e2b.
//!
//! What it says of a manifest does not depend on the container engines of the machine: a build that
//! is only recorded is judged as one that is run.

use super::facts::OPEN_SERVER;
use super::{EnforcedLimits, Facts, ResourceRules, e2b, novita};
use crate::registry::RegistryKind;

/// The variable that holds the key of a running `sbx serve`.
pub const LOCAL_KEY: &str = "SBX_LOCAL_KEY";

pub(super) const FACTS: Facts = Facts {
    // What another platform builds, it builds, too: Novita documents every number of CPUs, and
    // Declaw every number of MiB.
    resources: ResourceRules::Enforced(EnforcedLimits { even: false, ..OPEN_SERVER }),
    ..imitating(&novita::FACTS)
};

pub(super) const AS_E2B: Facts = imitating(&e2b::FACTS);

/// The facts of another platform, whose builder is imitated with a container engine.
const fn imitating(facts: &Facts) -> Facts {
    Facts {
        name: "local",
        access: None,
        // A user name and a password are what an engine signs in with.
        registries: &[RegistryKind::Basic],
        ..*facts
    }
}
