//! Reads what clients send along with calls that need none of it.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::local::api_error::ApiError;

/// The longest body that is read before its call, in bytes: that of every call but those that carry
/// files or input.
const SHORT: u64 = 64 << 10;

/// Reads a short body whether or not the call needs it. A connection whose request was not read to
/// its end is closed after the response, and a client that uses it again at once fails.
pub(in crate::local) async fn read_short(
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    Ok(next.run(read(request).await?).await)
}

/// The request with its body in memory, if that is short.
pub(super) async fn read(request: Request) -> Result<Request, ApiError> {
    if !request.body().size_hint().exact().is_some_and(|length| (1..=SHORT).contains(&length)) {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let limit = usize::try_from(SHORT).unwrap_or(usize::MAX);
    let bytes = to_bytes(body, limit).await;
    let bytes = bytes.map_err(|error| ApiError::bad_request(error.to_string()))?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}
