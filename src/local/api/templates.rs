//! One template: details, alias, visibility, deletion.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::list::{Page, PageParams, summary};
use super::resolve;
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::executor;
use crate::local::extract::{Body, Params, Segments};
use crate::local::store::{Build, State as BuildState, now};
use crate::local::validate::parse_name;
use crate::wire::e2b::{
    AliasResponse, DEFAULT_TAG, TemplateBuild, TemplateDetails, UpdateTemplate, UpdatedTemplate,
};

/// The reason of a running build whose template was deleted.
const DELETED: &str = "the build was canceled because its template was deleted";

/// `GET /templates/{id}`: a template by its ID, not its name, with its builds, newest first.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Segments(template_id): Segments<String>,
    Params(params): Params<PageParams>,
) -> Result<(HeaderMap, Json<TemplateDetails>), ApiError> {
    let page = Page::read(&params)?;
    blocking(&app, move |app| {
        let store = app.store();
        let template = store
            .get(&template_id)
            .ok_or_else(|| ApiError::not_found(format!("Template {template_id} not found")))?;
        let key = |build: &&Build| (build.created_at, build.id.clone());
        let (builds, headers) = page.cut(template.tagged_builds().collect(), key);
        let builds = builds.into_iter().map(build_details).collect();
        let details = TemplateDetails { template: summary(template), builds };
        Ok((headers, Json(details)))
    })
    .await
}

/// `GET /templates/aliases/{alias}`: whether a name is taken; with a tag, whether the tag is too.
pub(super) async fn alias(
    State(app): State<Arc<App>>,
    Segments(alias): Segments<String>,
) -> Result<Json<AliasResponse>, ApiError> {
    let (identifier, tag) = parse_name(&alias)
        .map_err(|why| ApiError::bad_request(format!("Invalid alias format: {why}")))?;
    identifier.check_namespace()?;
    let response = blocking(&app, move |app| {
        let store = app.store();
        let template = store.find(&identifier).ok_or_else(|| identifier.not_found())?;
        let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
        if alias.contains(':') && template.ready(tag).is_none() {
            let message = format!("tag '{tag}' does not exist for template '{identifier}'");
            return Err(ApiError::not_found(message));
        }
        Ok(AliasResponse { template_id: template.id.clone(), public: template.public })
    });
    Ok(Json(response.await?))
}

/// `PATCH /v2/templates/{id or name}`: changes the visibility of a template. An empty body changes
/// nothing.
pub(super) async fn update(
    State(app): State<Arc<App>>,
    Segments(reference): Segments<String>,
    Body(request): Body<UpdateTemplate>,
) -> Result<Json<UpdatedTemplate>, ApiError> {
    let updated = blocking(&app, move |app| {
        let mut store = app.store();
        let mut template = resolve(&store, &reference, "template ID")?.clone();
        let names = template.names();
        if let Some(public) = request.public {
            template.public = public;
            template.updated_at = now();
            store.put(template)?;
        }
        Ok(UpdatedTemplate { names })
    });
    Ok(Json(updated.await?))
}

/// `DELETE /templates/{id or name}`: deletes a template with all its builds, unless sandboxes of it
/// run.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Segments(reference): Segments<String>,
) -> Result<StatusCode, ApiError> {
    blocking(&app, move |app| {
        let template = resolve(&app.store(), &reference, "template ID")?.clone();
        let guard = app.use_engine_to_remove(&template)?;
        let removed = {
            let mut store = app.store();
            let template = resolve(&store, &reference, "template ID")?.clone();
            if app.sandboxes.uses(&template.id) {
                let message = "cannot delete template because there are running sandboxes using it";
                return Err(ApiError::bad_request(message));
            }
            let building = |build: &&Build| build.state == BuildState::Building;
            for build in template.builds.iter().filter(building) {
                app.cancel(&mut store, &template.id, &build.id, DELETED)?;
            }
            store.remove(&template.id)?
        };
        if let (Some(template), Some(guard)) = (removed, guard) {
            executor::remove_template(app, &guard, &template);
            app.remove_elsewhere(&guard.engine, &template);
        }
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn build_details(build: &Build) -> TemplateBuild {
    TemplateBuild {
        build_id: build.id.clone(),
        status: build.state.into(),
        recorded: build.is_recorded(),
        created_at: build.created_at,
        updated_at: build.updated_at,
        finished_at: build.finished_at,
        cpu_count: build.cpu_count,
        memory_mb: build.memory_mb,
    }
}
