//! Request bodies and parameters, with errors in the protocol's form.
//!
//! The framework's own extractors respond in plain text, but every error of this server is JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api_error::ApiError;
use super::app::App;

/// How long a JSON body may take to arrive.
const BODY_TIME: Duration = Duration::from_mins(1);

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        parse(&read(request, app).await?).map(Self).map_err(invalid_body)
    }
}

/// A JSON body that some clients leave out.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let bytes = read(request, app).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        parse(&bytes).map(Self).map_err(invalid_body)
    }
}

/// Reads a body.
async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let limit = app.config.max_json_bytes;
    let too_large = || {
        let message = format!("Invalid request body: larger than {limit} bytes");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    if content_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(error)) => Err(invalid_body(error)),
        Err(_) => {
            let message = "the request's body did not arrive in time";
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, message))
        }
    }
}

/// The parameters after the `?`.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Query(params) = Query::from_request_parts(parts, app)
            .await
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
        Ok(Self(params))
    }
}

/// The variable segments of the path, decoded.
pub(super) struct Segments<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Segments<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Path(segments) = Path::from_request_parts(parts, app)
            .await
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
        Ok(Self(segments))
    }
}

/// The `Content-Length` of a request.
pub(super) fn content_length(headers: &header::HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The client's `User-Agent`, empty if it sends none.
pub(super) fn user_agent(headers: &header::HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

/// Rejects a number out of bounds with the message of the real server.
pub(super) fn bounded(
    name: &str,
    value: Option<i64>,
    default: usize,
    bounds: (usize, usize),
) -> Result<usize, ApiError> {
    let Some(value) = value else {
        return Ok(default);
    };
    let (least, most) = bounds;
    let refuse = |bound: String| {
        let message = format!("parameter \"{name}\" in query has an error: number must be {bound}");
        Err(ApiError::bad_request(message))
    };
    match usize::try_from(value) {
        Ok(value) if value > most => refuse(format!("at most {most}")),
        Ok(value) if value >= least => Ok(value),
        _ => refuse(format!("at least {least}")),
    }
}

/// Parses JSON like the real server, which treats `null` as an absent key.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    // Serde would accept an array for a struct.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(serde::de::Error::custom("it must be an object"));
    }
    serde_json::from_slice(bytes).or_else(|error| {
        // The error of the first pass has the line and column.
        let mut value: Value = serde_json::from_slice(bytes)?;
        drop_nulls(&mut value);
        T::deserialize(value).map_err(|_| error)
    })
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(array) => array.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn invalid_body(error: impl std::fmt::Display) -> ApiError {
    ApiError::bad_request(format!("Invalid request body: {error}"))
}

fn is_length_limit(error: &axum::Error) -> bool {
    // The error type of the length limit is not public, so compare its text.
    std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source())
        .any(|error| error.to_string() == "length limit exceeded")
}
