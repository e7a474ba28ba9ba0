//! What the platform has: the builds that the declared tags resolve to, and those with the digest.

use super::Declared;
use crate::commands::Failure;
use crate::commands::remote::{Remote, failure};
use crate::scalar::{TemplateRef, is_digest};
use crate::submit::templates::{Details, Lookup, MISSING, TagAssignment, is_ready};

/// How many builds are read, to compare their resources.
const BUILDS: usize = 100;

/// A template on a platform.
pub(super) struct Deployed {
    pub(super) template_id: String,
    /// Whether other teams may use it, if the platform reports it.
    pub(super) public: Option<bool>,
    /// What each declared tag resolves to, in their order.
    pub(super) tags: Vec<Resolved>,
    /// The ready builds with the digest, newest first.
    pub(super) matching: Vec<String>,
}

/// What a tag resolves to.
pub(super) enum Resolved {
    /// No build was ever given the tag, or none of them is ready.
    Nothing,
    /// An older build than the newest one, which has this status; the platform does not tell which.
    Unknown { newest: String, status: String },
    /// This build.
    Build(Facts),
}

/// What is known of a build.
pub(super) struct Facts {
    pub(super) build_id: String,
    /// The digest that it has as a tag.
    pub(super) digest: Option<String>,
    pub(super) cpu_count: Option<u64>,
    pub(super) memory_mb: Option<u64>,
    /// Whether the platform has lost what it built.
    pub(super) is_lost: bool,
}

impl Deployed {
    /// Asks for a template; `None` if there is none of that name.
    pub(super) async fn find(
        remote: &Remote<'_>,
        template: &TemplateRef,
        declared: &Declared,
    ) -> Result<Option<Self>, Failure> {
        let observer = |event| remote.observe(&event);
        let found = remote.templates.look_up(template, &observer).await;
        let template_id = match found.map_err(|error| failure(&error))? {
            Lookup::Found { template_id, .. } => template_id,
            Lookup::Missing => return Ok(None),
            Lookup::NotYours | Lookup::NotReady { .. } => remote.find(template).await?,
        };
        let details = remote.templates.show(&template_id, BUILDS, &observer).await;
        let details = details.map_err(|error| failure(&error))?;
        let Some(tags) = &details.tags else {
            return Err(remote.lists_no_tags());
        };
        let reader = Reader { remote, details: &details, tags, template_id: &template_id };
        let matching = reader.builds_of(declared.digest.as_str()).await?;
        let mut resolved = Vec::new();
        for tag in &declared.tags {
            resolved.push(reader.resolve(tag).await?);
        }
        let public = details.template.public;
        Ok(Some(Self { template_id, public, tags: resolved, matching }))
    }
}

/// Reads what tags resolve to.
struct Reader<'a> {
    remote: &'a Remote<'a>,
    details: &'a Details,
    /// The newest build of each tag.
    tags: &'a [TagAssignment],
    template_id: &'a str,
}

impl Reader<'_> {
    async fn resolve(&self, tag: &str) -> Result<Resolved, Failure> {
        let Some(newest) = self.newest(tag) else { return Ok(Resolved::Nothing) };
        let status = newest.status.clone().unwrap_or_default();
        if is_ready(&status) || status == MISSING {
            return Ok(Resolved::Build(self.facts(&newest.build_id)));
        }
        Ok(match self.history(tag).await? {
            None => Resolved::Unknown { newest: newest.build_id.clone(), status },
            Some(builds) => {
                let ready = builds.first();
                ready.map_or(Resolved::Nothing, |build_id| Resolved::Build(self.facts(build_id)))
            }
        })
    }

    /// The ready builds that were given a tag, newest first; where the platform has no history, the
    /// newest one.
    async fn builds_of(&self, tag: &str) -> Result<Vec<String>, Failure> {
        let Some(newest) = self.newest(tag) else { return Ok(Vec::new()) };
        if let Some(mut builds) = self.history(tag).await? {
            builds.retain(|build_id| !self.facts(build_id).is_lost);
            return Ok(builds);
        }
        let is_ready = newest.status.as_deref().is_some_and(is_ready);
        Ok(is_ready.then(|| newest.build_id.clone()).into_iter().collect())
    }

    async fn history(&self, tag: &str) -> Result<Option<Vec<String>>, Failure> {
        let observer = |event| self.remote.observe(&event);
        let history = self.remote.templates.history(self.template_id, tag, &observer).await;
        let history = history.map_err(|error| failure(&error))?;
        Ok(history.map(|builds| builds.into_iter().map(|build| build.build_id).collect()))
    }

    fn newest(&self, tag: &str) -> Option<&TagAssignment> {
        self.tags.iter().find(|known| known.tag == tag)
    }

    fn facts(&self, build_id: &str) -> Facts {
        let mut tags = self.tags.iter().filter(|tag| tag.build_id == build_id);
        let mut builds = self.details.builds.iter().flatten();
        let build = builds.find(|build| build.build_id == build_id);
        Facts {
            build_id: build_id.to_owned(),
            digest: tags.find(|tag| is_digest(&tag.tag)).map(|tag| tag.tag.clone()),
            cpu_count: build.and_then(|build| build.cpu_count),
            memory_mb: build.and_then(|build| build.memory_mb),
            is_lost: build.is_some_and(|build| build.status == MISSING),
        }
    }
}
