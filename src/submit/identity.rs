//! Whether a server is the local platform that it claims to be.

use reqwest::Method;

use super::Endpoint;
use super::error::{Call, SubmitError};
use super::http::{Credential, Http};
use super::retry::RetryPolicy;
use crate::wire::local::Identity;

/// The answer of a local platform to a challenge, in one attempt. The endpoint has no key: another
/// program may listen there.
///
/// # Errors
/// There is no answer, or it is not a local platform's.
pub async fn identity(endpoint: &Endpoint, challenge: &str) -> Result<String, SubmitError> {
    let http = Http::new(endpoint, Credential::Key, RetryPolicy::new(None))?;
    let call = Call::new("verify the local platform", "GET /sbx/identity/{challenge}");
    let request = http.request(Method::GET, &["sbx", "identity", challenge])?;
    let identity: Identity = http.json(&call, request).await?;
    Ok(identity.proof)
}
