//! The templates that are on a platform: listing, tags, visibility, their end.
//!
//! Reading is repeated when it fails in a way that may pass; what changes something is sent once.

mod declaw;
mod e2b;

use serde::Serialize;

use super::error::{FaultKind, SubmitError};
use super::{Observer, RetryPolicy};
use crate::platform::{self, Platform};
use crate::settings::{Endpoint, Reference};

/// A template as far as the platform tells about it: what it does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Identifies it through all its builds.
    pub template_id: String,
    /// Its names, with their namespace where there are such.
    pub names: Vec<String>,
    /// Where the build stands that its bare name means.
    pub status: Option<String>,
    /// That build, if it is ready.
    pub build_id: Option<String>,
    /// Whether other teams may start sandboxes from it.
    pub public: Option<bool>,
    /// Virtual CPUs.
    pub cpu_count: Option<u64>,
    /// Memory in MiB.
    pub memory_mb: Option<u64>,
    /// Disk in MiB.
    pub disk_mb: Option<u64>,
    /// How many builds were registered.
    pub build_count: Option<u64>,
    /// How many sandboxes were started from it.
    pub spawn_count: Option<u64>,
    /// When it was registered first, as the platform writes it.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub updated_at: Option<String>,
    /// When a sandbox was started from it last.
    pub last_spawned_at: Option<String>,
}

impl Template {
    /// What people call it: its first name, or else its ID.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().unwrap_or(&self.template_id)
    }
}

/// A template with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The template.
    #[serde(flatten)]
    pub template: Template,
    /// Its builds, newest first; `None` if the platform does not tell.
    pub builds: Option<Vec<TemplateBuild>>,
    /// Its tags; `None` if the platform has none.
    pub tags: Option<Vec<TagAssignment>>,
}

/// A build of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateBuild {
    /// The build.
    pub build_id: String,
    /// Where it stands.
    pub status: String,
    /// Virtual CPUs.
    pub cpu_count: Option<u64>,
    /// Memory in MiB.
    pub memory_mb: Option<u64>,
    /// When it was registered.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// A tag and the build that it stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagAssignment {
    /// The tag.
    pub tag: String,
    /// The build.
    pub build_id: String,
    /// When it was put there.
    pub created_at: String,
}

/// What a platform says of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It means a template of the account.
    Found {
        /// The template.
        template_id: String,
        /// Whether other teams may start sandboxes from it, if the platform tells.
        public: Option<bool>,
    },
    /// It means a template that is somebody else's.
    NotYours,
    /// It means nothing.
    Missing,
}

/// What a template can be asked on one platform and not on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Labels of builds.
    Tags,
    /// Sharing a template with other teams.
    Publishing,
}

/// Whether a platform has an feature.
#[must_use]
pub fn supports(platform: Platform, feature: Feature) -> bool {
    match feature {
        Feature::Tags | Feature::Publishing => platform.facts().protocol == platform::Protocol::E2b,
    }
}

/// The templates of an account.
#[derive(Debug)]
pub struct Templates {
    protocol: Protocol,
}

#[derive(Debug)]
enum Protocol {
    E2b(e2b::Templates),
    Declaw(declaw::Templates),
}

impl Templates {
    /// Prepares to ask `platform`, which is at `endpoint`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(
        endpoint: &Endpoint,
        platform: Platform,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let protocol = match platform.facts().protocol {
            platform::Protocol::E2b => {
                Protocol::E2b(e2b::Templates::new(endpoint, platform, retry_policy)?)
            }
            platform::Protocol::Declaw => {
                Protocol::Declaw(declaw::Templates::new(endpoint, retry_policy)?)
            }
        };
        Ok(Self { protocol })
    }

    /// The account's templates, all of them or the first `limit`.
    ///
    /// # Errors
    /// The platform cannot be asked.
    pub async fn list(
        &self,
        limit: Option<usize>,
        observer: Observer<'_>,
    ) -> Result<Vec<Template>, SubmitError> {
        let limit = limit.unwrap_or(usize::MAX);
        match &self.protocol {
            Protocol::E2b(templates) => templates.list(limit, observer).await,
            Protocol::Declaw(templates) => templates.list(limit, observer).await,
        }
    }

    /// What a reference means.
    ///
    /// # Errors
    /// The platform cannot be asked.
    pub async fn look_up(
        &self,
        reference: &Reference,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        match &self.protocol {
            Protocol::E2b(templates) => templates.look_up(reference, observer).await,
            Protocol::Declaw(templates) => templates.look_up(reference, observer).await,
        }
    }

    /// A template by its ID, with its `limit` newest builds and its tags.
    ///
    /// # Errors
    /// The platform cannot be asked, or refuses.
    pub async fn show(
        &self,
        template_id: &str,
        limit: usize,
        observer: Observer<'_>,
    ) -> Result<Details, SubmitError> {
        match &self.protocol {
            Protocol::E2b(templates) => templates.show(template_id, limit, observer).await,
            Protocol::Declaw(templates) => templates.show(template_id, observer).await,
        }
    }

    /// Deletes a template by its ID, with all its builds.
    ///
    /// # Errors
    /// The platform refuses, or did not answer: then the template may be gone or not.
    pub async fn delete(&self, template_id: &str) -> Result<(), SubmitError> {
        match &self.protocol {
            Protocol::E2b(templates) => templates.delete(template_id).await,
            Protocol::Declaw(templates) => templates.delete(template_id).await,
        }
    }

    /// Says whether other teams may start sandboxes from a template.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such thing.
    pub async fn publish(&self, template_id: &str, public: bool) -> Result<(), SubmitError> {
        self.e2b()?.publish(template_id, public).await
    }

    /// The tags of a template, in their order.
    ///
    /// # Errors
    /// The platform cannot be asked, refuses, or has no such thing.
    pub async fn tags(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<Vec<TagAssignment>, SubmitError> {
        self.e2b()?.tags(template_id, observer).await
    }

    /// Gives tags to the ready build that has the reference's tag, or the default one. Returns the
    /// build and the tags as the platform understood them.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such thing.
    pub async fn add_tags(
        &self,
        reference: &Reference,
        tags: &[String],
    ) -> Result<(String, Vec<String>), SubmitError> {
        self.e2b()?.add_tags(reference, tags).await
    }

    /// Takes tags away from a template.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such thing.
    pub async fn remove_tags(&self, name: &str, tags: &[String]) -> Result<(), SubmitError> {
        self.e2b()?.remove_tags(name, tags).await
    }

    fn e2b(&self) -> Result<&e2b::Templates, SubmitError> {
        match &self.protocol {
            Protocol::E2b(templates) => Ok(templates),
            Protocol::Declaw(_) => {
                let reason = "the platform has no such call".to_owned();
                Err(SubmitError::local(reason))
            }
        }
    }
}

/// The status of a refusal.
const fn refused(error: &SubmitError) -> Option<u16> {
    match error.kind {
        FaultKind::Refused { status, .. } => Some(status),
        _ => None,
    }
}
