//! Which build a tag moves to.

use super::Move;
use crate::commands::remote::{Remote, failure};
use crate::commands::{Exit, Failure};
use crate::scalar::{TemplateRef, is_uuid};
use crate::state::Built;
use crate::submit::templates::{Details, MISSING, PastAssignment, is_ready};

/// A template, and where to ask about its tags.
pub(super) struct Target<'a> {
    pub(super) remote: &'a Remote<'a>,
    pub(super) template: &'a TemplateRef,
    pub(super) details: &'a Details,
    /// The template's builds that this machine has started, newest first.
    pub(super) recorded: &'a [Built],
}

impl Target<'_> {
    /// Where a tag moves: to the build of the arguments, else to the one that it pointed to before.
    pub(super) async fn of(&self, tag: String, to: Option<&str>) -> Result<Move, Failure> {
        let observer = |event| self.remote.observe(&event);
        let template_id = &self.details.template.template_id;
        let history = self.remote.templates.history(template_id, &tag, &observer).await;
        let history = history.map_err(|error| failure(&error))?;
        let from = match &history {
            Some(history) => history.first().map(|newest| newest.build_id.clone()),
            None => self.newest_ready(&tag),
        };
        let to = match (to, &history) {
            (Some(to), _) => self.build(to)?,
            (None, Some(history)) => {
                self.previous(history).ok_or_else(|| self.no_previous(&tag))?.to_owned()
            }
            (None, None) => self
                .recorded_before(&tag, from.as_deref())
                .ok_or_else(|| self.no_history(&tag))?
                .to_owned(),
        };
        Ok(Move { tag, from, to })
    }

    /// The build that a tag pointed to before the one that it points to now, and that can be used.
    fn previous<'h>(&self, history: &'h [PastAssignment]) -> Option<&'h str> {
        let current = &history.first()?.build_id;
        let is_lost = |id: &str| {
            let mut builds = self.details.builds.iter().flatten();
            builds.any(|build| build.build_id == id && build.status == MISSING)
        };
        let mut builds = history.iter().map(|assignment| assignment.build_id.as_str());
        builds.find(|build| build != current && !is_lost(build))
    }

    /// The newest other build that this machine has given a tag, and that can be used.
    fn recorded_before(&self, tag: &str, current: Option<&str>) -> Option<&str> {
        let is_unusable = |id: &str| {
            let mut builds = self.details.builds.iter().flatten();
            builds.any(|build| build.build_id == id && !is_ready(&build.status))
        };
        let had_it = self.recorded.iter().filter(|built| built.tags.iter().any(|had| had == tag));
        let mut builds = had_it.map(|built| built.build_id.as_str());
        builds.find(|build| Some(*build) != current && !is_unusable(build))
    }

    /// The newest build of a tag, if it is ready.
    fn newest_ready(&self, tag: &str) -> Option<String> {
        let mut tags = self.details.tags.iter().flatten();
        let newest = tags.find(|known| known.tag == tag)?;
        newest.status.as_deref().is_some_and(is_ready).then(|| newest.build_id.clone())
    }

    /// The build with an ID or a digest.
    fn build(&self, to: &str) -> Result<String, Failure> {
        if is_uuid(to) {
            return Ok(to.to_owned());
        }
        let mut tags = self.details.tags.iter().flatten();
        let found = tags.find(|known| known.tag == to).map(|known| known.build_id.clone());
        found.ok_or_else(|| {
            let message = format!("no build of `{}` has the digest {to}", self.template);
            Failure::new(Exit::Platform, message).help(self.listing())
        })
    }

    fn no_previous(&self, tag: &str) -> Failure {
        let message = format!(
            "`{}:{tag}` has not pointed to another build that is ready",
            self.template.name
        );
        Failure::new(Exit::Platform, message)
            .help(format!("name the build with `--to`: {}", self.listing()))
    }

    fn no_history(&self, tag: &str) -> Failure {
        let platform = self.remote.platform;
        let message = format!(
            "`{platform}` does not tell which build `{}:{tag}` pointed to before, and this machine \
             has no record of one",
            self.template.name
        );
        Failure::new(Exit::Platform, message)
            .help(format!("name the build with `--to`: {}", self.listing()))
    }

    fn listing(&self) -> String {
        let show = self.remote.command(&format!("show {}", self.template.name));
        format!("`{show}` lists the builds with their digests")
    }
}
