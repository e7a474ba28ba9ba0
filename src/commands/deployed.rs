//! What a platform has of a template: the build with its digest, and where its tags point.

use crate::digest::Digest;
use crate::scalar::{DEFAULT_TAG, TemplateRef};
use crate::submit::templates::{Lookup, TagAssignment};
use crate::submit::{Build, FaultKind, Observer, SubmitError, TemplateStore};

/// The tags of a template on a platform.
pub(super) struct Tags<'a> {
    pub(super) store: &'a dyn TemplateStore,
    /// The template's name.
    pub(super) name: &'a str,
    pub(super) digest: &'a Digest,
    /// The tags that the manifest and the arguments declare.
    pub(super) declared: Vec<String>,
    pub(super) observer: Observer<'a>,
}

/// A build with the template's digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deployed {
    pub(super) build: Build,
    /// The declared tags that point elsewhere, or nowhere.
    pub(super) elsewhere: Vec<String>,
    /// Whether other teams may use the template, if the platform reports it.
    pub(super) public: Option<bool>,
}

/// The declared tags: `default` if there are none, as a build without tags gets it.
pub(super) fn declared(tags: &[String]) -> Vec<String> {
    if tags.is_empty() { vec![DEFAULT_TAG.to_owned()] } else { tags.to_vec() }
}

impl Tags<'_> {
    /// The build that has the digest as a tag and is ready; `None` if there is none, or the platform
    /// does not list tags.
    pub(super) async fn find(&self) -> Result<Option<Deployed>, SubmitError> {
        let digest = self.digest.as_str();
        let Some(listed) = self.list().await? else { return Ok(None) };
        let Some(build_id) = build_of(&listed, digest) else { return Ok(None) };
        // The list has builds in any state.
        let found = self.store.look_up(&self.reference(digest), self.observer).await?;
        let Lookup::Found { template_id, public } = found else { return Ok(None) };
        let elsewhere = self.elsewhere(&listed, build_id);
        let build = Build { template_id, build_id: build_id.to_owned() };
        Ok(Some(Deployed { build, elsewhere, public }))
    }

    /// Gives the digest to a build that is ready; the reason if the platform refuses it.
    pub(super) async fn mark(&self, build: &Build) -> Result<Result<(), String>, SubmitError> {
        let digest = [self.digest.to_string()];
        let reference = self.reference(&build.build_id);
        match self.store.add_tags(&reference, &digest, self.observer).await {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_refused(&error) => Ok(Err(error.reason())),
            Err(error) => Err(error),
        }
    }

    /// The declared tags that do not point to a build; none if the platform does not list tags.
    pub(super) async fn misplaced(&self, build: &Build) -> Result<Vec<String>, SubmitError> {
        let listed = self.list().await?;
        Ok(listed.map(|tags| self.elsewhere(&tags, &build.build_id)).unwrap_or_default())
    }

    /// Moves tags to a build, and returns those that point elsewhere after that.
    pub(super) async fn assign(
        &self,
        build: &Build,
        tags: &[String],
    ) -> Result<Vec<String>, SubmitError> {
        let reference = self.reference(&build.build_id);
        self.store.add_tags(&reference, tags, self.observer).await?;
        self.misplaced(build).await
    }

    async fn list(&self) -> Result<Option<Vec<TagAssignment>>, SubmitError> {
        match self.store.tags(self.name, self.observer).await {
            Err(error) if is_refused(&error) => Ok(None),
            listed => listed,
        }
    }

    fn elsewhere(&self, listed: &[TagAssignment], build_id: &str) -> Vec<String> {
        let declared = self.declared.iter();
        declared.filter(|tag| build_of(listed, tag) != Some(build_id)).cloned().collect()
    }

    fn reference(&self, tag: &str) -> TemplateRef {
        TemplateRef { name: self.name.to_owned(), tag: Some(tag.to_owned()) }
    }
}

fn build_of<'a>(tags: &'a [TagAssignment], tag: &str) -> Option<&'a str> {
    tags.iter().find(|known| known.tag == tag).map(|known| known.build_id.as_str())
}

/// Whether a platform does not have a call, or does not take it.
const fn is_refused(error: &SubmitError) -> bool {
    matches!(error.kind, FaultKind::Refused { status: 400..=428 | 430..=499 | 501, .. })
}
