//! The endpoints for older clients: versions 1 and 2 of registrations, and builds whose image the
//! client pushes.
//!
//! The real server still supports them. A build from a pushed image fails in its base phase here,
//! because the local platform has no registry.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::list::summary;
use super::register::{Registered, RegistrationRequest, identified, new_template};
use super::{start, templates};
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Body, Segments};
use crate::local::store::{Store, Template};
use crate::local::validate::{clean_tags, parse_name};
use crate::local::version::Version;
use crate::wire::e2b::{TemplateSummary, UpdateTemplate};

/// The relevant fields of both older registrations.
#[derive(Debug, Deserialize)]
pub(super) struct OlderRequest {
    alias: Option<String>,
    dockerfile: Option<String>,
    #[serde(rename = "cpuCount")]
    cpu_count: Option<u64>,
    #[serde(rename = "memoryMB")]
    memory_mb: Option<u64>,
}

type Answer = Result<(StatusCode, Json<TemplateSummary>), ApiError>;

/// `POST /v2/templates`: registers a build of steps under an alias.
pub(super) async fn register_second(
    State(app): State<Arc<App>>,
    Body(request): Body<OlderRequest>,
) -> Answer {
    let alias = request.alias.as_deref().ok_or_else(|| missing("alias"))?;
    let (identifier, tag) = identified(alias)?;
    let tags = clean_tags(&Vec::from_iter(tag))?;
    answer(&app, move |app, store| {
        let resources = (request.cpu_count, request.memory_mb);
        RegistrationRequest::named(store, identifier, tags, resources).register(app, store)
    })
    .await
}

/// `POST /templates`: registers a build of a new template, from an image that will be pushed.
pub(super) async fn register_first(
    State(app): State<Arc<App>>,
    Body(request): Body<OlderRequest>,
) -> Answer {
    answer(&app, move |app, store| {
        let template = new_template(store);
        pushed(&request, template)?.register(app, store)
    })
    .await
}

/// `POST /templates/{id}`: the same for an existing template, by its ID only.
pub(super) async fn register_again(
    State(app): State<Arc<App>>,
    Segments(template_id): Segments<String>,
    Body(request): Body<OlderRequest>,
) -> Answer {
    let (identifier, _) = parse_name(&template_id)
        .map_err(|_| ApiError::bad_request(format!("Invalid template ID: {template_id}")))?;
    answer(&app, move |app, store| {
        let template = store.get(&identifier.to_string()).cloned();
        let template = template
            .ok_or_else(|| ApiError::not_found(format!("Template '{identifier}' not found")))?;
        pushed(&request, template)?.register(app, store)
    })
    .await
}

/// `POST /templates/{template}/builds/{build}`: starts a build from its pushed image. The body is
/// ignored.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Segments((template_id, build_id)): Segments<(String, String)>,
) -> Result<StatusCode, ApiError> {
    start::start_pushed(app, template_id, build_id).await
}

/// `PATCH /templates/{id or name}`: as its newer form, but with an empty response.
pub(super) async fn update(
    app: State<Arc<App>>,
    reference: Segments<String>,
    request: Body<UpdateTemplate>,
) -> Result<Json<()>, ApiError> {
    templates::update(app, reference, request).await.map(|_| Json(()))
}

fn pushed(request: &OlderRequest, template: Template) -> Result<RegistrationRequest, ApiError> {
    if request.dockerfile.is_none() {
        return Err(missing("dockerfile"));
    }
    let (mut alias, mut tags) = (None, Vec::new());
    if let Some(written) = &request.alias {
        let (identifier, tag) = parse_name(written)
            .map_err(|why| ApiError::bad_request(format!("Invalid alias: {why}")))?;
        alias = Some(identifier.name);
        tags = clean_tags(&Vec::from_iter(tag))?;
    }
    let &OlderRequest { cpu_count, memory_mb, .. } = request;
    Ok(RegistrationRequest {
        template,
        alias,
        tags,
        cpu_count,
        memory_mb,
        version: Version::Pushed,
    })
}

async fn answer(
    app: &Arc<App>,
    register: impl FnOnce(&App, &mut Store) -> Result<Registered, ApiError> + Send + 'static,
) -> Answer {
    let summary = blocking(app, move |app| {
        let mut store = app.store();
        let Registered { template, build_id, .. } = register(app, &mut store)?;
        Ok(TemplateSummary { build_id, ..summary(&template) })
    });
    Ok((StatusCode::ACCEPTED, Json(summary.await?)))
}

fn missing(property: &str) -> ApiError {
    let message = format!(
        "request body has an error: doesn't match schema: property \"{property}\" is missing"
    );
    ApiError::bad_request(message)
}
