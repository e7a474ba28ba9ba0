//! The calls of the control plane.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::body::read_short;
use super::create::{create, lifetime_of, unserved};
use super::sandbox::Sandbox;
use crate::local::api::list::{Page, PageParams};
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Body, OptionalBody, Params, Segments};
use crate::wire::sandboxes::{
    ConnectSandbox, CreateSandbox, PauseSandbox, Sandbox as Created, SandboxDetails, SetTimeout,
};

/// The lifetimes, in seconds, where the client names none.
const LIFETIME: u64 = 300;
const LIFETIME_FIRST: u64 = 15;

/// The routes.
pub(in crate::local) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/sandboxes", get(list).post(create_second))
        .route("/v2/sandboxes/{sandbox}/connect", post(connect))
        .route("/sandboxes", get(list_running).post(create_first))
        .route("/sandboxes/{sandbox}", get(info).delete(kill))
        .route("/sandboxes/{sandbox}/connect", post(connect))
        .route("/sandboxes/{sandbox}/resume", post(connect))
        .route("/sandboxes/{sandbox}/timeout", post(set_timeout))
        .route("/sandboxes/{sandbox}/pause", post(pause))
        .route("/sandboxes/{sandbox}/{call}", any(other))
        .route_layer(from_fn(read_short))
}

/// `POST /v2/sandboxes`: the newer form, whose sandboxes are always secure.
async fn create_second(
    State(app): State<Arc<App>>,
    Body(request): Body<CreateSandbox>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let sandbox = create(&app, request, LIFETIME, true).await?;
    Ok((StatusCode::CREATED, Json(sandbox.created())))
}

/// `POST /sandboxes`: the older form.
async fn create_first(
    State(app): State<Arc<App>>,
    Body(request): Body<CreateSandbox>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let is_secure = request.secure.unwrap_or_default();
    let sandbox = create(&app, request, LIFETIME_FIRST, is_secure).await?;
    Ok((StatusCode::CREATED, Json(sandbox.created())))
}

/// `POST …/connect` and `POST …/resume`: extends the lifetime, and resumes a paused sandbox.
async fn connect(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    OptionalBody(request): OptionalBody<ConnectSandbox>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let sandbox = find(&app, &id)?;
    let lifetime = lifetime_of(request.timeout.unwrap_or(LIFETIME))?;
    if !sandbox.is_paused() {
        sandbox.set_lifetime(lifetime, true);
        return Ok((StatusCode::OK, Json(sandbox.created())));
    }
    blocking(&app, move |_| {
        sandbox.resume(Some(lifetime)).map_err(ApiError::internal)?;
        Ok((StatusCode::CREATED, Json(sandbox.created())))
    })
    .await
}

/// What a list is of.
#[derive(Debug, Deserialize)]
struct ListParams {
    metadata: Option<String>,
    state: Option<String>,
    order: Option<String>,
    #[serde(rename = "startedAfter")]
    started_after: Option<Timestamp>,
    template: Option<String>,
    limit: Option<i64>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

/// `GET /v2/sandboxes`: newest first, in pages.
async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<ListParams>,
) -> Result<(HeaderMap, Json<Vec<SandboxDetails>>), ApiError> {
    let states = params.state.as_deref().unwrap_or("running,paused");
    let mut sandboxes = selected(&app, &params);
    sandboxes.retain(|sandbox| {
        let state = if sandbox.is_paused() { "paused" } else { "running" };
        states.split(',').any(|wanted| wanted.trim() == state)
    });
    let page = PageParams { limit: params.limit, next_token: params.next_token.clone() };
    let page = Page::read(&page)?;
    let key = |sandbox: &Arc<Sandbox>| (sandbox.started_at(), sandbox.id.clone());
    let (sandboxes, headers) = match params.order.as_deref() {
        None | Some("desc") => page.cut(sandboxes, key),
        Some("asc") => page.cut_ascending(sandboxes, key),
        Some(other) => {
            let message = format!(
                "parameter \"order\" in query has an error: `{other}` is not one of `asc`, `desc`"
            );
            return Err(ApiError::bad_request(message));
        }
    };
    Ok((headers, Json(sandboxes.iter().map(|sandbox| sandbox.listed()).collect())))
}

/// `GET /sandboxes`, the older form: those that run, all at once.
async fn list_running(
    State(app): State<Arc<App>>,
    Params(params): Params<ListParams>,
) -> Json<Vec<SandboxDetails>> {
    let mut sandboxes = selected(&app, &params);
    sandboxes.retain(|sandbox| !sandbox.is_paused());
    sandboxes.sort_unstable_by_key(|sandbox| {
        std::cmp::Reverse((sandbox.started_at(), sandbox.id.clone()))
    });
    Json(sandboxes.iter().map(|sandbox| sandbox.listed()).collect())
}

fn selected(app: &App, params: &ListParams) -> Vec<Arc<Sandbox>> {
    let wanted = params.metadata.as_deref().map(pairs).unwrap_or_default();
    let mut sandboxes = app.sandboxes.all();
    sandboxes.retain(|sandbox| {
        let metadata = sandbox.metadata();
        let has_all = wanted.iter().all(|(name, value)| metadata.get(name) == Some(value));
        let is_after = params.started_after.is_none_or(|after| sandbox.started_at() > after);
        let origin = &sandbox.origin;
        let is_of = |template: &String| {
            origin.template_id == *template || origin.alias.as_ref() == Some(template)
        };
        has_all && is_after && params.template.as_ref().is_none_or(is_of)
    });
    sandboxes
}

/// The pairs of a query string. Clients encode names and values before they encode the whole.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let query = decoded(query);
    let parts = query.split('&').filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    parts.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// `GET /sandboxes/{id}`.
async fn info(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<SandboxDetails>, ApiError> {
    Ok(Json(find(&app, &id)?.details()))
}

/// `DELETE /sandboxes/{id}`.
async fn kill(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<StatusCode, ApiError> {
    if app.sandboxes.kill(&id).await { Ok(StatusCode::NO_CONTENT) } else { Err(not_found(&id)) }
}

/// `POST /sandboxes/{id}/timeout`: the lifetime from now on.
async fn set_timeout(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Body(request): Body<SetTimeout>,
) -> Result<StatusCode, ApiError> {
    find(&app, &id)?.set_lifetime(lifetime_of(request.timeout)?, false);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /sandboxes/{id}/pause`: stops its processes. They keep their memory.
async fn pause(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    OptionalBody(request): OptionalBody<PauseSandbox>,
) -> Result<StatusCode, ApiError> {
    let sandbox = find(&app, &id)?;
    if sandbox.is_paused() {
        let message = format!("Sandbox {id} is already paused");
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    if request.memory == Some(false) {
        return Err(unserved("pausing without the memory (`memory: false`)"));
    }
    blocking(&app, move |_| {
        sandbox.pause().map_err(|error| {
            let message = format!("the container engine cannot pause sandboxes: {error}");
            ApiError::new(StatusCode::NOT_IMPLEMENTED, message)
        })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calls that are not served.
async fn other(Segments((_, call)): Segments<(String, String)>) -> Response {
    unserved(&format!("`{call}` of sandboxes")).into_response()
}

fn find(app: &App, id: &str) -> Result<Arc<Sandbox>, ApiError> {
    app.sandboxes.get(id).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ApiError {
    ApiError::not_found(format!("Sandbox \"{id}\" doesn't exist or you don't have access to it"))
}
