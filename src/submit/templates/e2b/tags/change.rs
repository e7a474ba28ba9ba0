//! Assigning and removing tags.
//!
//! A request that was certainly not processed is sent again. After one that may have been, the tags
//! are read: it is sent again only where that takes nothing back that another client has done.

use reqwest::{Method, StatusCode};

use super::super::super::super::Observer;
use super::super::super::super::error::{Call, FaultKind, Operation, SubmitError};
use super::super::super::super::retry::Limit;
use super::super::super::{Before, Lookup, TagAssignment};
use super::super::Templates;
use crate::scalar::{DEFAULT_TAG, TemplateRef, is_uuid};
use crate::wire::e2b::{AssignTags, AssignedTags, DeleteTags};

/// What the tags say of a request whose answer was lost.
enum Processed {
    /// It was: all tags point to this build.
    Yes(String),
    /// It was not, and no tag points to another build than before.
    No,
    /// A tag points to another build than before, perhaps because another client has moved it
    /// since.
    Unknown,
}

impl Templates {
    /// Gives tags to a build, all of them or none.
    pub(in super::super) async fn assign(
        &self,
        reference: &TemplateRef,
        tags: &[String],
        before: &Before,
        observer: Observer<'_>,
    ) -> Result<(String, Vec<String>), SubmitError> {
        let call = Call::new("assign the tags", "POST /templates/tags").about(Operation::Templates);
        let body = AssignTags { target: reference.to_string(), tags: tags.to_vec() };
        let mut waits = self.http.waits(Limit::Call);
        let AssignedTags { build_id, mut tags } = loop {
            let request = self.http.request(Method::POST, &["templates", "tags"])?.json(&body);
            let error = match self.http.json(&call, request).await {
                Ok(assigned) => break assigned,
                Err(error) => error,
            };
            if error.may_be_heard() {
                match self.were_assigned(reference, tags, before, observer).await {
                    Ok(Processed::Yes(build_id)) => {
                        break AssignedTags { build_id, tags: tags.to_vec() };
                    }
                    Ok(Processed::No) => {}
                    Ok(Processed::Unknown) | Err(_) => return Err(error),
                }
            }
            if before.just_ready && error.has_status(404) {
                waits.pause_briefly(error, observer).await?;
            } else {
                waits.pause(error, observer).await?;
            }
        };
        // They come in any order.
        tags.sort_unstable();
        Ok((build_id, tags))
    }

    /// Whether the tags were given to the build.
    async fn were_assigned(
        &self,
        reference: &TemplateRef,
        tags: &[String],
        before: &Before,
        observer: Observer<'_>,
    ) -> Result<Processed, SubmitError> {
        let newest = self.current_tags(&reference.name, observer).await?;
        let target = match reference.tag.as_deref() {
            Some(tag) if is_uuid(tag) => Some(tag),
            tag => build_of(&newest, tag.unwrap_or(DEFAULT_TAG)),
        };
        let Some(target) = target else { return Ok(Processed::Unknown) };
        let is_there = |tag: &String| build_of(&newest, tag) == Some(target);
        let was_moved = |tag: &String| {
            let now = build_of(&newest, tag);
            now.is_some() && now != before.builds.get(tag).map(String::as_str)
        };
        Ok(if tags.iter().all(is_there) {
            Processed::Yes(target.to_owned())
        } else if !tags.iter().any(|tag| was_moved(tag) && !is_there(tag)) {
            Processed::No
        } else {
            Processed::Unknown
        })
    }

    /// Takes tags away with their histories.
    pub(in super::super) async fn unassign(
        &self,
        name: &str,
        tags: &[String],
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let call =
            Call::new("remove the tags", "DELETE /templates/tags").about(Operation::Templates);
        let body = DeleteTags { name: name.to_owned(), tags: tags.to_vec() };
        let mut waits = self.http.waits(Limit::Call);
        loop {
            let request = self.http.request(Method::DELETE, &["templates", "tags"])?.json(&body);
            let error = match self.http.send(&call, request).await {
                Ok(response) if response.status() == StatusCode::NO_CONTENT => return Ok(()),
                // The response may come from a proxy.
                Ok(response) => {
                    let reason = format!("{} where 204 was due", response.status().as_u16());
                    SubmitError::of(&call, FaultKind::BadAnswer(reason))
                }
                Err(error) => error,
            };
            if error.may_be_heard() {
                // A tag that is there now may have been assigned since.
                return match self.current_tags(name, observer).await {
                    Ok(left) if tags.iter().all(|tag| build_of(&left, tag).is_none()) => Ok(()),
                    _ => Err(error),
                };
            }
            waits.pause(error, observer).await?;
        }
    }

    /// The tags of a template by its name.
    async fn current_tags(
        &self,
        name: &str,
        observer: Observer<'_>,
    ) -> Result<Vec<TagAssignment>, SubmitError> {
        let bare = TemplateRef { name: name.to_owned(), tag: None };
        let unknown = || SubmitError::local("the tags of the template cannot be read");
        let Lookup::Found { template_id, .. } = self.resolve(&bare, observer).await? else {
            return Err(unknown());
        };
        self.newest_assignments(&template_id, observer).await?.ok_or_else(unknown)
    }
}

fn build_of<'a>(tags: &'a [TagAssignment], tag: &str) -> Option<&'a str> {
    tags.iter().find(|known| known.tag == tag).map(|known| known.build_id.as_str())
}
