//! The builds that are tested.

use crate::commands::remote::require;
use crate::commands::{Exit, Failure, remote::failure};
use crate::platform::Platform;
use crate::scalar::is_uuid;
use crate::submit::templates::{Feature, TagAssignment, is_ready, supports};
use crate::submit::{FaultKind, Observer, SubmitError, TemplateStore};

/// What is asked for.
pub(super) struct Wanted<'a> {
    pub(super) platform: Platform,
    /// The template's name.
    pub(super) name: &'a str,
    /// The declared tags.
    pub(super) tags: Vec<String>,
    /// A tag or the ID of a build, instead of the declared tags.
    pub(super) build: Option<&'a str>,
}

/// A build that is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tested {
    /// What sandboxes are created from.
    pub(super) reference: String,
    /// The tags that point to it, of those that were asked for.
    pub(super) tags: Vec<String>,
    /// Its ID, if the platform tells it.
    pub(super) id: Option<String>,
}

impl Wanted<'_> {
    /// The builds that the tags point to, each once.
    pub(super) async fn find(
        &self,
        store: &dyn TemplateStore,
        observer: Observer<'_>,
    ) -> Result<Vec<Tested>, Failure> {
        if let Some(build) = self.build {
            require(self.platform, Feature::Tags)?;
            if is_uuid(build) {
                return Ok(vec![self.tested(build, Vec::new(), Some(build.to_owned()))]);
            }
        } else if !supports(self.platform, Feature::Tags) {
            let (reference, tags, id) = (self.name.to_owned(), Vec::new(), None);
            return Ok(vec![Tested { reference, tags, id }]);
        }
        let tags = self.build.map_or_else(|| self.tags.clone(), |tag| vec![tag.to_owned()]);
        match store.tags(self.name, observer).await {
            Ok(Some(listed)) => self.grouped(&tags, &listed),
            Ok(None) => Ok(self.unlisted(tags)),
            Err(error) if lists_no_tags(&error) => Ok(self.unlisted(tags)),
            Err(error) => Err(failure(&error)),
        }
    }

    /// One build for each tag: which of them are the same is not known.
    fn unlisted(&self, tags: Vec<String>) -> Vec<Tested> {
        tags.into_iter().map(|tag| self.tested(&tag.clone(), vec![tag], None)).collect()
    }

    fn grouped(&self, tags: &[String], listed: &[TagAssignment]) -> Result<Vec<Tested>, Failure> {
        let mut builds: Vec<Tested> = Vec::new();
        for tag in tags {
            let Some(newest) = listed.iter().find(|known| known.tag == *tag) else {
                return Err(self.missing(tag));
            };
            // A tag whose newest build is not ready resolves to an older one, which is not listed.
            let is_ready = newest.status.as_deref().is_none_or(is_ready);
            let id = is_ready.then(|| newest.build_id.clone());
            let same = builds.iter_mut().find(|build| id.is_some() && build.id == id);
            match same {
                Some(build) => build.tags.push(tag.clone()),
                None => builds.push(self.tested(tag, vec![tag.clone()], id)),
            }
        }
        Ok(builds)
    }

    fn tested(&self, tag: &str, tags: Vec<String>, id: Option<String>) -> Tested {
        Tested { reference: format!("{}:{tag}", self.name), tags, id }
    }

    fn missing(&self, tag: &str) -> Failure {
        let message = format!("there is no build `{}:{tag}` on `{}`", self.name, self.platform);
        Failure::new(Exit::Platform, message).help("`sbx apply` builds it, and runs its tests")
    }
}

/// Whether the platform does not have the call, or there is no such template.
const fn lists_no_tags(error: &SubmitError) -> bool {
    matches!(error.kind, FaultKind::Refused { status: 404 | 405 | 501, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(tag: &str, build: &str, status: Option<&str>) -> TagAssignment {
        TagAssignment {
            tag: tag.to_owned(),
            build_id: build.to_owned(),
            status: status.map(str::to_owned),
            created_at: String::new(),
        }
    }

    fn grouped(tags: &[&str]) -> Result<Vec<(String, usize, Option<String>)>, String> {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let wanted =
            Wanted { platform: Platform::DEFAULT, name: "web", tags: Vec::new(), build: None };
        let listed = [
            assignment("latest", "b1", None),
            assignment("v1", "b1", Some("ready")),
            assignment("v2", "b2", Some("ready")),
            assignment("next", "b3", Some("building")),
        ];
        let builds = wanted.grouped(&tags, &listed).map_err(|failure| failure.message)?;
        Ok(builds.into_iter().map(|it| (it.reference, it.tags.len(), it.id)).collect())
    }

    #[test]
    fn each_build_is_tested_once_by_its_first_tag() {
        let id = |id: &str| Some(id.to_owned());
        assert_eq!(
            grouped(&["latest", "v2", "v1"]),
            Ok(vec![("web:latest".to_owned(), 2, id("b1")), ("web:v2".to_owned(), 1, id("b2"))])
        );
        assert_eq!(grouped(&["next"]), Ok(vec![("web:next".to_owned(), 1, None)]));
    }

    #[test]
    fn a_tag_that_does_not_exist_is_an_error() {
        let missing = grouped(&["v1", "v9"]).expect_err("it does not exist");
        assert!(missing.starts_with("there is no build `web:v9` on `"), "{missing}");
    }
}
