//! The names of what the engine keeps for a data directory. By them it is found again after a
//! crash, and nothing else is ever removed: labels are inherited by images that are built on others.

use uuid::Uuid;

pub(super) use crate::local::images::BASES;

/// What the names of the containers and volumes of all data directories begin with.
pub(super) const PREFIX: &str = "sbx-";

/// The names of one data directory.
#[derive(Debug, Clone)]
pub(super) struct Names {
    store: String,
}

impl Names {
    /// Those of the data directory with this ID.
    pub(super) const fn new(store: String) -> Self {
        Self { store }
    }

    /// The repositories of all its images, as a pattern of the engine's listings.
    pub(super) fn images(&self) -> String {
        format!("localhost/sbx-{}/*", self.store)
    }

    /// Whether an image belongs to this data directory alone.
    pub(super) fn owns(&self, image: &str) -> bool {
        let ours = image.strip_prefix(&format!("localhost/sbx-{}", self.store));
        ours.is_some_and(|rest| rest.starts_with('/'))
    }

    /// The image of a cached layer.
    pub(super) fn layer(&self, key: &str) -> String {
        format!("localhost/sbx-{}/layer:{key}", self.store)
    }

    /// The image of a finished build.
    pub(super) fn build(&self, template_id: &str, build_id: &str) -> String {
        format!("localhost/sbx-{}/{template_id}:{build_id}", self.store)
    }

    /// A name for an image that is replaced by another one, until it is removed.
    pub(super) fn replaced(&self) -> String {
        format!("localhost/sbx-{}/replaced:{}", self.store, Uuid::new_v4())
    }

    /// What the names of all its containers and volumes begin with.
    pub(super) fn prefix(&self) -> String {
        format!("sbx-{}-", self.store)
    }

    /// The volume of a build, which holds `/tmp` during the steps.
    pub(super) fn volume(&self, build_id: &str) -> String {
        format!("sbx-{}-{build_id}", self.store)
    }

    /// A container of a build.
    pub(super) fn container(&self, build_id: &str, number: usize) -> String {
        format!("sbx-{}-{build_id}-{number}", self.store)
    }
}

/// The image of a provisioned base.
pub(super) fn base(key: &str) -> String {
    format!("{BASES}:{key}")
}
