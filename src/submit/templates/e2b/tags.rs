//! Tags as they resolve: to the newest build with the tag that is ready. The list of tags has the
//! newest build of each in any state, so the build is looked at before it is believed.
//!
//! Source: E2B's server, `GetTemplateWithBuildByTag` and `ListTemplateTags` in `db/queries`.

mod change;
mod history;

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::super::super::Observer;
use super::super::super::error::SubmitError;
use super::super::{
    Lookup, MISSING, READY, TagAssignment, Template, TemplateBuild, is_ready, refused,
};
use super::Templates;
use super::convert;
use crate::scalar::{DEFAULT_TAG, TemplateRef, is_uuid};
use crate::wire::e2b::{BuildStatus, TemplateTag};

/// The most builds that one command looks at beside those that it lists.
const MAX_LOOKS: usize = 50;

/// How many builds are looked at side by side.
const AT_ONCE: usize = 4;

/// What the name of a template without a tag resolves to.
enum Untagged {
    /// The build whose status is listed.
    AsListed,
    /// A build that is ready, with its status, though a newer one with the tag `default` is not.
    Ready(String),
    /// No build has the tag `default`.
    Nothing,
}

impl Templates {
    /// What `name:tag` or `name:BUILD_ID` means, where its alias is unknown: perhaps the platform
    /// looks up bare names only, as older servers do.
    pub(super) async fn resolve_build(
        &self,
        name: &str,
        tag: &str,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        let bare = TemplateRef { name: name.to_owned(), tag: None };
        let found = Box::pin(self.resolve(&bare, observer)).await?;
        let Lookup::Found { template_id, .. } = &found else { return Ok(found) };
        let build_id = if is_uuid(tag) {
            Some(tag.to_owned())
        } else {
            let Some(tags) = self.newest_assignments(template_id, observer).await? else {
                return Err(SubmitError::local("the platform cannot look up a tag"));
            };
            tags.into_iter().find(|known| known.tag == tag).map(|known| known.build_id)
        };
        let Some(build_id) = build_id else { return Ok(Lookup::Missing) };
        let state = self.state_of(template_id, &build_id, observer).await?;
        Ok(match state {
            None => Lookup::Missing,
            Some(state) if is_ready(&state) => found,
            Some(status) => Lookup::NotReady { status },
        })
    }

    /// The tags of a template with the newest build of each, and the state of that build.
    pub(super) async fn assignments(
        &self,
        template_id: &str,
        known: &[TemplateBuild],
        observer: Observer<'_>,
    ) -> Result<Option<Vec<TagAssignment>>, SubmitError> {
        let Some(mut tags) = self.newest_assignments(template_id, observer).await? else {
            return Ok(None);
        };
        let state = |build: &TemplateBuild| (build.build_id.clone(), build.status.clone());
        let mut states: HashMap<String, String> = known.iter().map(state).collect();
        let mut unknown: Vec<String> = Vec::new();
        for tag in &tags {
            if !states.contains_key(&tag.build_id) && !unknown.contains(&tag.build_id) {
                unknown.push(tag.build_id.clone());
            }
        }
        unknown.truncate(MAX_LOOKS);
        let looks = unknown.into_iter().map(|build_id| async move {
            let state = self.state_of(template_id, &build_id, observer).await;
            Ok::<_, SubmitError>(unless_refused(state, None)?.map(|state| (build_id, state)))
        });
        let looks: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        states.extend(looks.into_iter().flatten());
        for tag in &mut tags {
            tag.status = states.get(&tag.build_id).cloned();
        }
        Ok(Some(tags))
    }

    /// Says of listed templates what their names without a tag resolve to. The list has the state of
    /// the last build with the tag `default`, and `waiting` where no build has it.
    pub(super) async fn settle(
        &self,
        templates: &mut [Template],
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let is_unsettled = |template: &Template| {
            matches!(template.status.as_deref(), Some("waiting" | "building" | "error"))
        };
        let unsettled: Vec<usize> = (0..templates.len())
            .filter(|at| is_unsettled(&templates[*at]))
            .take(MAX_LOOKS)
            .collect();
        let looks: Vec<_> = {
            let templates = &*templates;
            let looks = unsettled.into_iter().map(|at| async move {
                let untagged = self.untagged(&templates[at], observer).await;
                Ok::<_, SubmitError>((at, unless_refused(untagged, Untagged::AsListed)?))
            });
            stream::iter(looks).buffered(AT_ONCE).try_collect().await?
        };
        for (at, untagged) in looks {
            match untagged {
                Untagged::AsListed => {}
                Untagged::Ready(status) => templates[at].status = Some(status),
                Untagged::Nothing => {
                    (templates[at].status, templates[at].last_status) = (None, None);
                    templates[at].tags_only = true;
                }
            }
        }
        Ok(())
    }

    /// What the name of a listed template resolves to, if its last build is not ready.
    async fn untagged(
        &self,
        template: &Template,
        observer: Observer<'_>,
    ) -> Result<Untagged, SubmitError> {
        let template_id = &template.template_id;
        if let Some(build_id) = &template.build_id {
            let state = self.state_of(template_id, build_id, observer).await?;
            let ready = state.filter(|state| is_ready(state));
            return Ok(ready.map_or(Untagged::AsListed, Untagged::Ready));
        }
        if template.status.as_deref() != Some("waiting") {
            return Ok(Untagged::AsListed);
        }
        let tags = self.newest_assignments(template_id, observer).await?;
        let is_tagged = tags.is_none_or(|tags| tags.iter().any(|tag| tag.tag == DEFAULT_TAG));
        Ok(if is_tagged { Untagged::AsListed } else { Untagged::Nothing })
    }

    /// Says of a template what its name without a tag resolves to, from its tags.
    pub(super) async fn settle_by_tags(
        &self,
        template: &mut Template,
        tags: &[TagAssignment],
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let default = tags.iter().find(|tag| tag.tag == DEFAULT_TAG);
        template.last_status = default.and_then(|tag| tag.status.clone());
        template.status.clone_from(&template.last_status);
        match default {
            None => (template.build_id, template.tags_only) = (None, true),
            Some(tag) if tag.status.as_deref().is_some_and(|it| is_ready(it) || it == MISSING) => {
                template.build_id = Some(tag.build_id.clone());
            }
            // An older build with the tag may be ready.
            Some(_) => {
                let name = format!("{}:{DEFAULT_TAG}", template.template_id);
                if matches!(self.alias(&name, observer).await?, Some(Lookup::Found { .. })) {
                    let status = self.older_status(template, observer).await?;
                    template.status = Some(status.unwrap_or_else(|| READY.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// The status of the build that is listed with a template, if it is ready.
    async fn older_status(
        &self,
        template: &Template,
        observer: Observer<'_>,
    ) -> Result<Option<String>, SubmitError> {
        let Some(build_id) = &template.build_id else { return Ok(None) };
        let state = self.state_of(&template.template_id, build_id, observer).await;
        Ok(unless_refused(state, None)?.filter(|state| is_ready(state)))
    }

    /// The newest build of each tag, in the order of the tags; `None` if the platform has no such
    /// call.
    pub(super) async fn newest_assignments(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<Option<Vec<TagAssignment>>, SubmitError> {
        let path = ["templates", template_id, "tags"];
        match self.get::<Vec<TemplateTag>>(&path, &[], observer).await {
            Ok((_, tags)) => {
                let mut tags: Vec<_> = tags.into_iter().map(convert::assignment).collect();
                tags.sort_unstable_by(|a, b| a.tag.cmp(&b.tag));
                Ok(Some(tags))
            }
            Err(error) if refused(&error) == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The state of a build; `None` if the template has no such build.
    async fn state_of(
        &self,
        template_id: &str,
        build_id: &str,
        observer: Observer<'_>,
    ) -> Result<Option<String>, SubmitError> {
        let path = ["templates", template_id, "builds", build_id, "status"];
        match self.get::<BuildStatus>(&path, &[("limit", "1")], observer).await {
            Ok((_, status)) => Ok(Some(convert::state(&status.status, status.recorded))),
            Err(error) if matches!(refused(&error), Some(400 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The result of a look that only adds to what is known: a refusal of it is no failure.
fn unless_refused<T>(looked: Result<T, SubmitError>, unknown: T) -> Result<T, SubmitError> {
    match looked {
        Err(error) if refused(&error).is_some() => Ok(unknown),
        looked => looked,
    }
}
