//! The platform inside `sbx`: it follows novita, with the open server's limits of resources.

use super::facts::OPEN_SERVER;
use super::{EnforcedLimits, Facts, ResourceRules, novita};

/// The variable that holds the key of a running `sbx serve`.
pub const LOCAL_KEY: &str = "SBX_LOCAL_KEY";

pub(super) const FACTS: Facts = Facts {
    name: "local",
    access: None,
    image_namespace: None,
    pulls_images: false,
    // What another platform builds, it builds, too: Novita documents every number of CPUs, and
    // Declaw every number of MiB.
    resources: ResourceRules::Enforced(EnforcedLimits { even: false, ..OPEN_SERVER }),
    distributions: None,
    drops_image_config: false,
    ..novita::FACTS
};
