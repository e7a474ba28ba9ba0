//! The endpoints of the protocol.

mod files;
pub(super) mod host;
mod images;
pub(super) mod list;
mod logs;
mod older;
mod prune;
mod register;
mod start;
mod tags;
mod templates;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};

use super::api_error::ApiError;
use super::app::App;
use super::extract::Segments;
use super::sandboxes;
use super::store::{Store, Template};
use super::validate::parse_name;
use crate::wire::local::Identity;

/// The routes.
pub(super) fn router(app: Arc<App>) -> Router {
    let calls = Router::new()
        .route("/v3/templates", post(register::register))
        .route("/v2/templates", get(list::list).post(older::register_second))
        .route("/v2/templates/{template}", patch(templates::update))
        .route("/v2/templates/{template}/builds/{build}", post(start::start))
        .route("/templates", get(list::list_all).post(older::register_first))
        .route("/templates/tags", post(tags::assign).delete(tags::delete))
        .route("/templates/aliases/{alias}", get(templates::alias))
        .route(
            "/templates/{template}",
            get(templates::get)
                .delete(templates::delete)
                .patch(older::update)
                .post(older::register_again),
        )
        .route("/templates/{template}/tags", get(tags::list))
        .route("/templates/{template}/tags/exists", get(tags::exists))
        .route("/templates/{template}/tags/count", get(tags::count))
        .route("/templates/{template}/tags/groups", get(tags::groups))
        .route("/templates/{template}/tags/{tag}/assignments", get(tags::assignments))
        .route("/templates/{template}/files/{hash}", get(files::link))
        .route("/templates/{template}/builds/{build}", post(older::start))
        .route("/templates/{template}/builds/{build}/status", get(logs::status))
        .route("/templates/{template}/builds/{build}/logs", get(logs::logs))
        .route("/sbx/prune", post(prune::prune))
        .route("/sbx/images/{template}", get(images::images))
        .merge(sandboxes::api::routes())
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), authenticate));
    Router::new()
        .merge(calls)
        .route("/upload/{token}", put(files::upload))
        .route("/sbx/identity/{challenge}", get(identity))
        .route("/health", get(async || "Health check successful"))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), sandboxes::address::direct))
        .layer(middleware::from_fn(host::identify))
        // Each call has a limit of its own, or none.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

/// Rejects a request with a wrong key, and requests of web pages if no key is configured.
async fn authenticate(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    host::check_web_page(&app, &request, false)?;
    let key = api_key(request.headers());
    if app.admits(key.unwrap_or_default()) {
        return Ok(next.run(request).await);
    }
    let message = match key {
        Some(_) => "Invalid API key",
        None => "Missing API key: send it in the header X-API-KEY",
    };
    Err(ApiError::new(StatusCode::UNAUTHORIZED, message))
}

/// The key of a request: in the SDKs' header, or as the CLI's access token.
fn api_key(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = || {
        let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().as_bytes())
    };
    headers.get("x-api-key").map(HeaderValue::as_bytes).or_else(bearer)
}

/// `GET /sbx/identity/{challenge}`: proves that this is the server that advertises itself. It asks
/// for no key, since clients send theirs only to a server that has proved its identity.
async fn identity(
    State(app): State<Arc<App>>,
    Segments(challenge): Segments<String>,
) -> Result<Json<Identity>, ApiError> {
    let proof = app.token.proof(&challenge);
    let proof = proof.ok_or_else(|| ApiError::bad_request("the challenge is too long"))?;
    Ok(Json(Identity { proof }))
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::not_found(format!("no such call: {}", uri.path()))
}

async fn wrong_method(request: Request) -> ApiError {
    let message = format!("{} cannot be called with {}", request.uri().path(), request.method());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message)
}

/// Resolves a reference, which is a name with or without a namespace, or an ID. `what` names the
/// reference in the error for an invalid one.
fn resolve<'store>(
    store: &'store Store,
    reference: &str,
    what: &str,
) -> Result<&'store Template, ApiError> {
    let (identifier, _) = parse_name(reference)
        .map_err(|why| ApiError::bad_request(format!("Invalid {what}: {why}")))?;
    store.find(&identifier).ok_or_else(|| identifier.not_found())
}
