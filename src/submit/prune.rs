//! Pruning the local platform.

use std::time::Duration;

use reqwest::Method;

use super::Endpoint;
use super::error::{Call, SubmitError};
use super::http::{Credential, Http};
use super::retry::RetryPolicy;
use crate::wire::local::Pruned;

/// How long pruning may take: an engine removes an image in a tenth of a second to a second.
const PRUNE_WITHIN: Duration = Duration::from_mins(30);

/// Removes what the local platform's engine keeps and no build needs. The request is sent once.
///
/// # Errors
/// The platform cannot be reached, or its engine refuses to list its images.
pub async fn prune(endpoint: &Endpoint) -> Result<Pruned, SubmitError> {
    let request_timeout = endpoint.request_timeout.max(PRUNE_WITHIN);
    let endpoint = Endpoint { request_timeout, ..endpoint.clone() };
    let http = Http::new(&endpoint, Credential::Key, RetryPolicy::new(None))?;
    let call = Call::new("prune the local platform", "POST /sbx/prune");
    let request = http.request(Method::POST, &["sbx", "prune"])?;
    http.json(&call, request).await
}
