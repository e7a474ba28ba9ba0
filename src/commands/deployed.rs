//! What a platform has of a template: the build with its digest, and where its tags point.

use std::sync::Mutex;

use crate::digest::Digest;
use crate::platform::Platform;
use crate::scalar::{DEFAULT_TAG, TemplateRef};
use crate::state::{Record, Stage};
use crate::submit::templates::{Before, Lookup, TagAssignment};
use crate::submit::{
    Build, Cursor, Driver, FaultKind, Limit, Observer, State, SubmitError, TemplateStore,
};

/// The tags of a template on a platform.
pub(super) struct Tags<'a> {
    pub(super) store: &'a dyn TemplateStore,
    pub(super) platform: Platform,
    /// The template's name in the manifest.
    pub(super) template: &'a str,
    /// Its name on the platform.
    pub(super) name: &'a str,
    pub(super) digest: &'a Digest,
    /// The tags that the manifest and the arguments declare.
    pub(super) declared: Vec<String>,
    pub(super) observer: Observer<'a>,
    /// Where the tags pointed when they were last listed.
    pub(super) seen: Mutex<Before>,
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

/// What a platform says of a template.
pub(super) struct Survey {
    /// The newest build of each of its tags; `None` if there is no such template, or the platform
    /// does not list tags.
    pub(super) listed: Option<Vec<TagAssignment>>,
    /// The build that has the digest as a tag and is ready.
    pub(super) deployed: Option<Deployed>,
}

impl Tags<'_> {
    /// The build that has the digest as a tag and is ready; `None` if there is none, or the platform
    /// does not list tags.
    pub(super) async fn find(&self) -> Result<Option<Deployed>, SubmitError> {
        Ok(self.survey().await?.deployed)
    }

    /// The template's tags, and the build that has the digest.
    pub(super) async fn survey(&self) -> Result<Survey, SubmitError> {
        let listed = self.list().await?;
        let deployed = match &listed {
            Some(listed) => self.deployed(listed).await?,
            None => None,
        };
        Ok(Survey { listed, deployed })
    }

    async fn deployed(&self, listed: &[TagAssignment]) -> Result<Option<Deployed>, SubmitError> {
        let digest = self.digest.as_str();
        let Some(build_id) = build_of(listed, digest) else { return Ok(None) };
        // The list has builds in any state.
        let found = self.store.look_up(&self.reference(digest), self.observer).await?;
        let Lookup::Found { template_id, public } = found else { return Ok(None) };
        let elsewhere = self.elsewhere(listed, build_id);
        let build = Build { template_id, build_id: build_id.to_owned() };
        Ok(Some(Deployed { build, elsewhere, public }))
    }

    /// Gives the digest to a build that is ready, perhaps only just; the reason if the platform
    /// refuses it.
    pub(super) async fn mark(
        &self,
        build: &Build,
        just_ready: bool,
    ) -> Result<Result<(), String>, SubmitError> {
        let digest = [self.digest.to_string()];
        let reference = self.reference(&build.build_id);
        let before = Before { just_ready, ..self.before() };
        match self.store.add_tags(&reference, &digest, &before, self.observer).await {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_refused(&error) => Ok(Err(error.reason())),
            Err(error) => Err(error),
        }
    }

    /// What the digest resolves to, after [`mark`](Self::mark).
    pub(super) fn marked(&self) -> String {
        self.reference(self.digest.as_str()).to_string()
    }

    /// Where the tags are; nothing if the template does not exist, or the platform does not say.
    pub(super) async fn positions(&self) -> Result<Vec<TagAssignment>, SubmitError> {
        Ok(self.list().await?.unwrap_or_default())
    }

    /// The declared tags that are somewhere else than they were `before`.
    pub(super) async fn moved(&self, before: &[TagAssignment]) -> Result<Vec<String>, SubmitError> {
        let now = self.positions().await?;
        let declared = self.declared.iter();
        Ok(declared.filter(|tag| build_of(&now, tag) != build_of(before, tag)).cloned().collect())
    }

    /// Takes the tags away with which a build was registered. One that stays does no harm: it is one
    /// of those that `sbx prune` removes.
    pub(super) async fn unregister(&self, tags: &[String]) {
        let _ = self.store.remove_tags(self.name, tags, self.observer).await;
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
        self.store.add_tags(&reference, tags, &self.before(), self.observer).await?;
        self.misplaced(build).await
    }

    async fn list(&self) -> Result<Option<Vec<TagAssignment>>, SubmitError> {
        let listed = match self.store.tags(self.name, self.observer).await {
            Err(error) if is_refused(&error) => None,
            listed => listed?,
        };
        if let (Some(tags), Ok(mut seen)) = (&listed, self.seen.lock()) {
            *seen = Before::listed(tags);
        }
        Ok(listed)
    }

    fn before(&self) -> Before {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }

    /// Whether a record is that of a build with the digest, made at `address`, that is ready.
    pub(super) async fn confirm(
        &self,
        record: &Record,
        address: Option<&str>,
        driver: &dyn Driver,
    ) -> bool {
        let is_same = record.digest.as_deref() == Some(self.digest.as_str())
            && record.name == self.template
            && record.api_url.as_deref() == address;
        if !is_same {
            return false;
        }
        if self.platform.facts().has_tags {
            let mut cursor = Cursor::default();
            let polled =
                driver.poll(&build_in(record), &mut cursor, Limit::Call, self.observer).await;
            return matches!(polled, Ok(status) if status.state == State::Ready);
        }
        let found = self.store.look_up(&self.bare(), self.observer).await;
        let id = &record.template_id;
        record.stage == Stage::Ready
            && matches!(found, Ok(Lookup::Found { template_id, .. }) if template_id == *id)
    }

    /// The declared tags that do not point to a build.
    pub(super) fn elsewhere(&self, listed: &[TagAssignment], build_id: &str) -> Vec<String> {
        let declared = self.declared.iter();
        declared.filter(|tag| build_of(listed, tag) != Some(build_id)).cloned().collect()
    }

    /// The template without a tag.
    pub(super) fn bare(&self) -> TemplateRef {
        TemplateRef { name: self.name.to_owned(), tag: None }
    }

    pub(super) fn reference(&self, tag: &str) -> TemplateRef {
        TemplateRef { name: self.name.to_owned(), tag: Some(tag.to_owned()) }
    }
}

/// The build of a record.
pub(super) fn build_in(record: &Record) -> Build {
    Build { template_id: record.template_id.clone(), build_id: record.build_id.clone() }
}

/// The build that a tag was given last.
pub(super) fn build_of<'a>(tags: &'a [TagAssignment], tag: &str) -> Option<&'a str> {
    tags.iter().find(|known| known.tag == tag).map(|known| known.build_id.as_str())
}

/// Whether a platform does not have a call, or does not take it.
const fn is_refused(error: &SubmitError) -> bool {
    matches!(error.kind, FaultKind::Refused { status: 400..=428 | 430..=499 | 501, .. })
}
