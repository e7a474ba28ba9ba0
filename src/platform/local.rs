//! The platform inside `sbx`: it follows novita, with the open server's rules for resources.

use super::facts::OPEN_SERVER;
use super::{Facts, ResourceRules, novita};

/// The variable that holds the key of a running `sbx serve`.
pub const LOCAL_KEY: &str = "SBX_LOCAL_KEY";

pub(super) const FACTS: Facts = Facts {
    name: "local",
    access: None,
    image_namespace: None,
    pulls_images: false,
    resources: ResourceRules::Enforced(OPEN_SERVER),
    unprovisionable: &[],
    drops_image_config: false,
    ..novita::FACTS
};
