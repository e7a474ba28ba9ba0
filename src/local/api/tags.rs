//! The tags of a template's builds.

mod groups;
mod history;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::resolve;
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Body, Params, Segments};
use crate::local::store::now;
use crate::local::validate::{clean_tags, parse_name};
use crate::wire::e2b::{AssignTags, AssignedTags, DEFAULT_TAG, DeleteTags, TagExists, TemplateTag};
pub(super) use groups::{count, groups};
pub(super) use history::assignments;

/// `POST /templates/tags`: adds tags to the ready build with a given tag.
pub(super) async fn assign(
    State(app): State<Arc<App>>,
    Body(request): Body<AssignTags>,
) -> Result<(StatusCode, Json<AssignedTags>), ApiError> {
    if request.tags.is_empty() {
        return Err(ApiError::bad_request("At least one tag is required"));
    }
    let (identifier, tag) = parse_name(&request.target)
        .map_err(|why| ApiError::bad_request(format!("Invalid target template format: {why}")))?;
    identifier.check_namespace()?;
    let assigned = blocking(&app, move |app| {
        let mut store = app.store();
        let template = store.find(&identifier).ok_or_else(|| identifier.not_found())?;
        let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
        let build = template.ready(tag).ok_or_else(|| {
            let target = &request.target;
            ApiError::not_found(format!("Template '{target}' with tag '{tag}' not found"))
        })?;
        let tags = clean_tags(&request.tags)?;
        let build_id = build.id.clone();
        let mut template = template.clone();
        for tag in &tags {
            template.assign(tag, &build_id);
        }
        template.updated_at = now();
        store.put(template)?;
        Ok(AssignedTags { build_id, tags })
    });
    Ok((StatusCode::CREATED, Json(assigned.await?)))
}

/// `DELETE /templates/tags`: removes tags with their whole history; missing tags are ignored. A build
/// that loses its last tag is out of reach.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Body(request): Body<DeleteTags>,
) -> Result<StatusCode, ApiError> {
    let tags = clean_tags(&request.tags)?;
    if tags.is_empty() {
        return Err(ApiError::bad_request("At least one tag is required"));
    }
    if tags.iter().any(|tag| tag == DEFAULT_TAG) {
        return Err(ApiError::bad_request(format!("Cannot delete the '{DEFAULT_TAG}' tag")));
    }
    let (identifier, tag) = parse_name(&request.name)
        .map_err(|why| ApiError::bad_request(format!("Invalid template name format: {why}")))?;
    identifier.check_namespace()?;
    if tag.is_some() {
        let message = "Template name should not contain a tag, use the 'tags' field instead";
        return Err(ApiError::bad_request(message));
    }
    blocking(&app, move |app| {
        let mut store = app.store();
        let template = store.find(&identifier).ok_or_else(|| identifier.not_found())?;
        let mut template = template.clone();
        template.tags.retain(|assignment| !tags.contains(&assignment.tag));
        template.updated_at = now();
        Ok(store.put(template)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /templates/{template}/tags`: the build of each tag, ready or not.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Segments(reference): Segments<String>,
) -> Result<Json<Vec<TemplateTag>>, ApiError> {
    let tags = blocking(&app, move |app| {
        let store = app.store();
        let template = resolve(&store, &reference, "template reference")?;
        let tags = template.current_tags().into_iter().map(|assignment| TemplateTag {
            tag: assignment.tag.clone(),
            build_id: assignment.build.clone(),
            created_at: assignment.created_at,
        });
        Ok(tags.collect())
    });
    Ok(Json(tags.await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct ExistsParams {
    tag: String,
}

/// `GET /templates/{id}/tags/exists?tag=TAG`: whether a tag leads to a ready build. It takes the
/// template's ID, not its name.
pub(super) async fn exists(
    State(app): State<Arc<App>>,
    Segments(template_id): Segments<String>,
    Params(params): Params<ExistsParams>,
) -> Result<Json<TagExists>, ApiError> {
    let response = blocking(&app, move |app| {
        let store = app.store();
        let template = history::by_id(&store, &template_id)?;
        let tags = clean_tags(std::slice::from_ref(&params.tag))?;
        let normalized_tag = tags.into_iter().next().unwrap_or_default();
        Ok(TagExists { exists: template.ready(&normalized_tag).is_some(), normalized_tag })
    });
    Ok(Json(response.await?))
}
