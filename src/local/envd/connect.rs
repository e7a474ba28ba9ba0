//! The server's side of the Connect protocol.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until};

use crate::local::app::App;
use crate::wire::envd::connect::{
    COMPRESSED, Code, ConnectError, END, EndOfStream, Envelopes, STREAM, UNARY, envelope,
};

/// How often a silent stream has a message, unless the client asks for another time.
const KEEPALIVE: Duration = Duration::from_secs(90);

/// Reads the message of an unary call.
pub(super) async fn message<T: DeserializeOwned>(
    app: &Arc<App>,
    request: Request,
) -> Result<T, ConnectError> {
    let bytes = body(app, request, UNARY).await?;
    parse(&bytes)
}

/// Reads the one message of a call that is answered with a stream.
pub(super) async fn first_message<T: DeserializeOwned>(
    app: &Arc<App>,
    request: Request,
) -> Result<T, ConnectError> {
    let bytes = body(app, request, STREAM).await?;
    let mut envelopes = Envelopes::new(app.config.max_json_bytes);
    envelopes.push(&bytes);
    next_message(&mut envelopes)?.ok_or_else(|| invalid("the request has no message"))
}

/// The next message of a stream, once it is complete.
pub(super) fn next_message<T: DeserializeOwned>(
    envelopes: &mut Envelopes,
) -> Result<Option<T>, ConnectError> {
    let next = envelopes.take();
    let next = next.map_err(|too_large| {
        let message = format!("a message of {} bytes is too large", too_large.0);
        ConnectError::new(Code::ResourceExhausted, message)
    })?;
    let Some(next) = next else { return Ok(None) };
    if next.flags & COMPRESSED != 0 {
        return Err(ConnectError::new(Code::Unimplemented, "messages cannot be compressed"));
    }
    if next.flags & END != 0 {
        return Ok(None);
    }
    parse(&next.message).map(Some)
}

async fn body(app: &Arc<App>, request: Request, kind: &str) -> Result<Bytes, ConnectError> {
    check_type(request.headers(), kind)?;
    let bytes = to_bytes(request.into_body(), app.config.max_json_bytes).await;
    bytes.map_err(|error| ConnectError::new(Code::ResourceExhausted, error.to_string()))
}

/// Refuses other encodings than JSON.
pub(super) fn check_type(headers: &HeaderMap, kind: &str) -> Result<(), ConnectError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok());
    let given = given.unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if !given.eq_ignore_ascii_case(kind) {
        let message = format!("the content type is `{given}`, and `{kind}` is served");
        return Err(ConnectError::new(Code::Unimplemented, message));
    }
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ConnectError::new(Code::Unimplemented, "requests cannot be compressed"));
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ConnectError> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| invalid(&error.to_string()))
}

/// The error for a request that says nothing of use.
pub(super) fn invalid(message: &str) -> ConnectError {
    ConnectError::new(Code::InvalidArgument, message)
}

/// The error for a call that is not there.
pub(super) fn no_such_call(call: &str) -> ConnectError {
    ConnectError::new(Code::Unimplemented, format!("the local platform does not serve `{call}`"))
}

/// The answer of an unary call.
pub(super) fn answer<T: Serialize>(outcome: Result<T, ConnectError>) -> Response {
    match outcome {
        Ok(message) => Json(message).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.code.status());
            (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(error)).into_response()
        }
    }
}

/// What a stream goes on with.
pub(super) enum Next<T> {
    /// A message.
    Message(T),
    /// The last message.
    Last(T),
    /// An error, which ends it.
    Failed(ConnectError),
}

/// Where the messages of a stream come from.
pub(super) trait Source: Send + 'static {
    /// Its messages.
    type Message: Serialize + Send;

    /// The next message.
    fn next(&mut self) -> impl Future<Output = Next<Self::Message>> + Send;
}

/// The answer of a call with a stream: always 200, with an error as the end of the stream.
pub(super) fn streamed<S: Source>(source: Result<S, ConnectError>) -> Response {
    let state = match source {
        Ok(source) => Ok(Some(source)),
        Err(error) => Err(error),
    };
    let body = stream::unfold(state, |state| async {
        match state {
            Ok(None) => None,
            Ok(Some(mut source)) => {
                let (bytes, is_last) = match source.next().await {
                    Next::Message(message) => (put(0, &message), false),
                    Next::Last(message) => {
                        let mut bytes = put(0, &message);
                        bytes.extend(put(END, &EndOfStream::default()));
                        (bytes, true)
                    }
                    Next::Failed(error) => (end(error), true),
                };
                let rest = (!is_last).then_some(source);
                Some((Ok::<_, std::convert::Infallible>(Bytes::from(bytes)), Ok(rest)))
            }
            Err(error) => Some((Ok(Bytes::from(end(error))), Ok(None))),
        }
    });
    ([(header::CONTENT_TYPE, STREAM)], Body::from_stream(body)).into_response()
}

/// The answer of a call whose client sends a stream: one message.
pub(super) fn streamed_once<T: Serialize>(outcome: Result<T, ConnectError>) -> Response {
    let bytes = match outcome {
        Ok(message) => {
            let mut bytes = put(0, &message);
            bytes.extend(put(END, &EndOfStream::default()));
            bytes
        }
        Err(error) => end(error),
    };
    ([(header::CONTENT_TYPE, STREAM)], bytes).into_response()
}

fn end(error: ConnectError) -> Vec<u8> {
    put(END, &EndOfStream { error: Some(error), metadata: None })
}

fn put(flags: u8, message: &impl Serialize) -> Vec<u8> {
    // The messages are JSON by their types.
    envelope(flags, message).unwrap_or_default()
}

/// How often a silent stream has a message.
pub(super) fn keepalive(headers: &HeaderMap) -> Duration {
    let seconds = headers.get("keepalive-ping-interval").and_then(|value| value.to_str().ok());
    let seconds = seconds.and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(KEEPALIVE, Duration::from_secs)
}

/// The end of the time that the client gives to a call, which begins now; none is no limit.
pub(super) fn deadline(headers: &HeaderMap) -> Result<Option<Instant>, ConnectError> {
    let Some(value) = headers.get("connect-timeout-ms") else { return Ok(None) };
    let value = value.to_str().ok().filter(|value| !value.is_empty());
    let limit = value.and_then(|value| value.parse().ok()).map(Duration::from_millis);
    let limit = limit.ok_or_else(|| invalid("`Connect-Timeout-Ms` is not a number"))?;
    Ok((!limit.is_zero()).then(|| Instant::now() + limit))
}

/// Waits until the time of a call is over, which may never be.
pub(super) async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
