//! The build call, and what has to be asked before it and after a lost answer.

use super::super::error::{FaultKind, RemoteState, SubmitError};
use super::super::{Build, Event, Observer};
use super::client::Client;
use crate::lower::Plan;

pub(super) async fn start(
    client: &Client,
    plan: &Plan,
    observer: Observer<'_>,
) -> Result<Build, SubmitError> {
    let alias = plan.name.as_str();
    // Asked before the build call, so that a template which is there after an answer was lost is
    // known to be the one of this call.
    let existing = existing(client, alias, observer).await;
    let existing = existing.map_err(|error| error.leaving(RemoteState::Nothing))?;
    let mut left = RemoteState::Nothing;
    if let Some(template_id) = existing {
        if !plan.replace {
            return Err(taken(alias, Some(template_id)));
        }
        client.delete(&template_id, observer).await?;
        observer(Event::Deleted { template_id });
        left = RemoteState::Deleted;
    }
    let build = build(client, plan, observer).await.map_err(|error| error.leaving(left))?;
    observer(Event::Registered {
        template_id: build.template_id.clone(),
        build_id: build.build_id.clone(),
    });
    observer(Event::Started);
    Ok(build)
}

/// Makes the build call. A refusal that may pass is waited out; after a lost answer the alias
/// tells whether the call was heard, and only one that was not is repeated.
async fn build(client: &Client, plan: &Plan, observer: Observer<'_>) -> Result<Build, SubmitError> {
    let alias = plan.name.as_str();
    let body = plan.body();
    let mut lost = false;
    let mut waits = client.waits();
    loop {
        let error = match client.build(&body).await {
            Ok(build) => return Ok(build),
            Err(error) => error,
        };
        let is_taken = error.has_status(409);
        lost |= error.may_be_heard();
        if is_taken || error.may_be_heard() {
            let existing = existing(client, alias, observer).await;
            match existing.map_err(|error| error.leaving(RemoteState::PerhapsTaken))? {
                Some(template_id) if lost => {
                    let alias = alias.to_owned();
                    return Err(SubmitError::new(FaultKind::Lost { alias, template_id }));
                }
                template_id if is_taken => return Err(taken(alias, template_id)),
                _ => {}
            }
        }
        waits.pause(error, observer).await?;
    }
}

/// The template that has the alias.
async fn existing(
    client: &Client,
    alias: &str,
    observer: Observer<'_>,
) -> Result<Option<String>, SubmitError> {
    let list = client.templates(observer).await?;
    let mut templates = list.templates.into_iter().flatten();
    let found = templates.find(|template| template.alias.as_deref() == Some(alias));
    Ok(found.map(|template| template.template_id))
}

fn taken(alias: &str, template_id: Option<String>) -> SubmitError {
    SubmitError::new(FaultKind::Taken { alias: alias.to_owned(), template_id })
}
