//! The templates that exist on a platform: list, show, tag, publish and delete them.
//!
//! Requests that only read, or set a visibility, are retried after transient errors. Others that
//! change something are sent once, except changes of tags, which are sent again where that is known
//! to be safe.

pub(super) mod declaw;
pub(super) mod e2b;

use std::collections::BTreeMap;
use std::fmt;

use futures_util::future::BoxFuture;
use serde::Serialize;

use super::Observer;
use super::error::{FaultKind, SubmitError};
use crate::platform::Platform;
use crate::scalar::{TemplateRef, is_digest};

/// The status of a build that sandboxes can be created from.
const READY: &str = "ready";

/// The status of a build that the local platform only recorded: it is ready for the protocol, and
/// none of its steps was run.
const RECORDED: &str = "recorded";

/// The status of a build of the local platform that is ready for the protocol, and whose image the
/// engine in use does not hold.
pub const MISSING: &str = "missing";

/// Whether tags and names resolve to a build with this status.
#[must_use]
pub fn is_ready(status: &str) -> bool {
    matches!(status, READY | RECORDED)
}

/// A template. What the platform does not report is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Identifies it through all its builds.
    pub template_id: String,
    /// Its names, with their namespace where there are such.
    pub names: Vec<String>,
    /// The status of the build that the name without a tag resolves to: `ready` or `recorded` if any
    /// build with the tag `default` is, else that of the last one; `None` if no build has that tag.
    pub status: Option<String>,
    /// The status of the last build with the tag `default`, ready or not.
    pub last_status: Option<String>,
    /// Whether it is certain that no build has the tag `default`.
    #[serde(skip)]
    pub tags_only: bool,
    /// The build that the name without a tag resolves to, if it is ready and known.
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
    /// Its status.
    pub status: String,
    /// Virtual CPUs.
    pub cpu_count: Option<u64>,
    /// Memory in MiB.
    pub memory_mb: Option<u64>,
    /// When it was registered.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// The digest of the template that it was built from, if it has that tag.
    pub digest: Option<String>,
    /// The other tags whose newest build it is.
    pub tags: Vec<String>,
}

impl TemplateBuild {
    /// Takes from the tags of a template those whose newest build it is.
    fn label(&mut self, tags: &[TagAssignment]) {
        let own = tags.iter().filter(|tag| tag.build_id == self.build_id);
        let (digests, others): (Vec<_>, Vec<_>) =
            own.map(|tag| tag.tag.clone()).partition(|tag| is_digest(tag));
        self.digest = digests.into_iter().next();
        self.tags = others;
    }
}

/// A tag and the build that it points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagAssignment {
    /// The tag.
    pub tag: String,
    /// The newest build that it was assigned to.
    pub build_id: String,
    /// The status of that build, if it is known. If it is not `ready`, the tag resolves to an older
    /// build that is, if there is one.
    pub status: Option<String>,
    /// When it was put there.
    pub created_at: String,
}

/// One of the times that a tag was put on a build that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAssignment {
    /// The build.
    pub build_id: String,
    /// When, as the platform writes it.
    pub assigned_at: String,
}

/// What is known before a change of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The build that each tag pointed to when the change was decided; a tag that is missing pointed
    /// to none, or it is not known to which.
    pub builds: BTreeMap<String, String>,
    /// Whether the build has become ready just now. Then the platform may refuse it with 404 for a
    /// moment, because not all of its servers know that.
    pub just_ready: bool,
}

impl Before {
    /// Where tags pointed when they were listed.
    #[must_use]
    pub fn listed(tags: &[TagAssignment]) -> Self {
        let builds = tags.iter().map(|tag| (tag.tag.clone(), tag.build_id.clone())).collect();
        Self { builds, just_ready: false }
    }
}

/// The builds that a platform has lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LostBuilds {
    /// Their IDs.
    pub build_ids: Vec<String>,
    /// Why they are not known, if they are not.
    pub unknown: Option<String>,
}

/// What a platform says of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It means a template of the account.
    Found {
        /// The template.
        template_id: String,
        /// Whether other teams may start sandboxes from it, if the platform reports it.
        public: Option<bool>,
    },
    /// It belongs to another account.
    NotYours,
    /// Its template exists, but the build is not ready.
    NotReady {
        /// The build's status.
        status: String,
    },
    /// It does not exist.
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

/// Whether a platform has a feature.
#[must_use]
pub const fn supports(platform: Platform, feature: Feature) -> bool {
    match feature {
        Feature::Tags => platform.facts().has_tags,
        Feature::Publishing => platform.facts().can_publish,
    }
}

/// The templates of an account. What [`supports`] denies for a platform is an error.
pub trait TemplateStore: fmt::Debug + Send + Sync {
    /// The account's templates, all of them or the first `limit`.
    ///
    /// # Errors
    /// The platform cannot be asked.
    fn list<'a>(
        &'a self,
        limit: Option<usize>,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Vec<Template>, SubmitError>>;

    /// What a reference means.
    ///
    /// # Errors
    /// The platform cannot be asked.
    fn look_up<'a>(
        &'a self,
        reference: &'a TemplateRef,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Lookup, SubmitError>>;

    /// A template by its ID, with its `limit` newest builds and its tags.
    ///
    /// # Errors
    /// The platform cannot be asked, or refuses.
    fn show<'a>(
        &'a self,
        template_id: &'a str,
        limit: usize,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Details, SubmitError>>;

    /// Deletes a template by its ID, with all its builds.
    ///
    /// # Errors
    /// The platform refuses, or did not answer: then the template may be gone or not.
    fn delete<'a>(&'a self, template_id: &'a str) -> BoxFuture<'a, Result<(), SubmitError>>;

    /// Says whether other teams may start sandboxes from a template, by its ID.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such call.
    fn publish<'a>(
        &'a self,
        _: &'a str,
        _: bool,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        unsupported()
    }

    /// The tags of a template, by its ID, in their order, without the status of their builds; `None`
    /// if the platform does not list them.
    ///
    /// # Errors
    /// The platform cannot be asked, refuses, or has no such call.
    fn tags<'a>(
        &'a self,
        _: &'a str,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<Vec<TagAssignment>>, SubmitError>> {
        unsupported()
    }

    /// The newest assignments of a tag to builds that are ready, newest first, by the template's ID;
    /// `None` if the platform keeps no history that can be read.
    ///
    /// # Errors
    /// The platform cannot be asked, or refuses.
    fn history<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<Vec<PastAssignment>>, SubmitError>> {
        Box::pin(async { Ok(None) })
    }

    /// The builds of a template, by its ID, that are ready and cannot be used because the platform has
    /// lost what they built.
    ///
    /// # Errors
    /// The platform cannot be asked.
    fn lost_builds<'a>(
        &'a self,
        _: &'a str,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<LostBuilds, SubmitError>> {
        Box::pin(async { Ok(LostBuilds::default()) })
    }

    /// Gives tags to the ready build that has the reference's tag, or the default one. Returns the
    /// build and the tags as the platform understood them. After a lost answer the tags are read, and
    /// the request is sent again only if it was not processed and no tag has been moved meanwhile.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such call.
    fn add_tags<'a>(
        &'a self,
        _: &'a TemplateRef,
        _: &'a [String],
        _: &'a Before,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<(String, Vec<String>), SubmitError>> {
        unsupported()
    }

    /// Takes tags away from a template with their histories, by its name. After a lost answer the
    /// tags are read, and nothing is sent again.
    ///
    /// # Errors
    /// The platform refuses, did not answer, or has no such call.
    fn remove_tags<'a>(
        &'a self,
        _: &'a str,
        _: &'a [String],
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        unsupported()
    }
}

fn unsupported<'a, T>() -> BoxFuture<'a, Result<T, SubmitError>> {
    Box::pin(async { Err(SubmitError::local("the platform has no such call".to_owned())) })
}

/// The status of a refusal.
const fn refused(error: &SubmitError) -> Option<u16> {
    match error.kind {
        FaultKind::Refused { status, .. } => Some(status),
        _ => None,
    }
}
