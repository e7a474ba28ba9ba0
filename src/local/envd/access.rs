//! Who may call a sandbox's `envd`: tokens, signatures, and the user that a call is made for.

use std::fmt::Write as _;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::local::api_error::ApiError;
use crate::local::sandboxes::sandbox::Sandbox;
use crate::local::store::now;

/// The header of the token.
const TOKEN: &str = "x-access-token";

/// The parameters of calls about files.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FileParams {
    pub(super) path: Option<String>,
    pub(super) username: Option<String>,
    signature: Option<String>,
    signature_expiration: Option<i64>,
}

impl FileParams {
    /// Those of a request.
    pub(super) fn of(uri: &Uri) -> Result<Self, ApiError> {
        axum::extract::Query::try_from_uri(uri)
            .map(|axum::extract::Query(params)| params)
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }

    /// The user; an empty name is none.
    pub(super) fn user(&self) -> Option<&str> {
        self.username.as_deref().filter(|name| !name.is_empty())
    }
}

/// Rejects a call without the sandbox's token. Instead of it, calls of `/files` may be signed, and
/// health is for everyone.
pub(super) fn check(sandbox: &Sandbox, request: &Request) -> Result<(), ApiError> {
    let Some(token) = sandbox.token() else { return Ok(()) };
    let (method, path) = (request.method(), request.uri().path());
    if method == Method::GET && path == "/health" {
        return Ok(());
    }
    if is_authorized(sandbox, request) {
        return Ok(());
    }
    if path == "/files" && !has_token(request) {
        return check_signature(token, request);
    }
    Err(unauthorized(
        "unauthorized access, please provide a valid access token or method signing if supported",
    ))
}

/// Whether a request has a token of any sandbox.
pub(in crate::local) fn has_token(request: &Request) -> bool {
    request.headers().contains_key(TOKEN)
}

/// Whether a request has the token of a sandbox.
pub(in crate::local) fn is_authorized(sandbox: &Sandbox, request: &Request) -> bool {
    let given = request.headers().get(TOKEN);
    let pair = given.zip(sandbox.token());
    pair.is_some_and(|(given, token)| is_equal(given.as_bytes(), token.as_bytes()))
}

/// Whether a request is signed by the token of a sandbox.
pub(in crate::local) fn is_signed(sandbox: &Sandbox, request: &Request) -> bool {
    sandbox.token().is_some_and(|token| check_signature(token, request).is_ok())
}

fn check_signature(token: &str, request: &Request) -> Result<(), ApiError> {
    let params = FileParams::of(request.uri())?;
    let Some(given) = &params.signature else {
        return Err(unauthorized("missing signature query parameter"));
    };
    let operation = if request.method() == Method::POST { "write" } else { "read" };
    let path = params.path.as_deref().unwrap_or_default();
    let user = params.username.as_deref().unwrap_or_default();
    let mut signed = format!("{path}:{operation}:{user}:{token}");
    if let Some(expiration) = params.signature_expiration {
        let _ = write!(signed, ":{expiration}");
    }
    let expected = format!("v1_{}", STANDARD_NO_PAD.encode(Sha256::digest(signed)));
    if !is_equal(given.as_bytes(), expected.as_bytes()) {
        return Err(unauthorized("invalid signature"));
    }
    match params.signature_expiration {
        Some(expiration) if expiration < now().as_second() => {
            Err(unauthorized("signature is already expired"))
        }
        _ => Ok(()),
    }
}

/// The user that a call is made for, if it names one.
pub(super) fn user(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let bytes = STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
    let text = String::from_utf8(bytes?).ok()?;
    Some(text.split_once(':').map_or(text.as_str(), |(name, _)| name).to_owned())
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, message)
}

/// Compares without showing by its time where two texts differ.
fn is_equal(given: &[u8], expected: &[u8]) -> bool {
    let (given, expected) = (Sha256::digest(given), Sha256::digest(expected));
    given.iter().zip(expected.iter()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
