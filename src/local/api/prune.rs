//! `POST /sbx/prune`: removes what the engine keeps and nothing needs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::executor;
use crate::wire::local::Pruned;

/// Removes the cached layers, the provisioned bases, and the images of builds without a tag.
///
/// # Errors
/// When the engine cannot list its images.
pub(super) async fn prune(State(app): State<Arc<App>>) -> Result<Json<Pruned>, ApiError> {
    let pruned = blocking(&app, |app| {
        let reason = app.engine().err();
        let pruned = executor::prune(app).map_err(ApiError::internal)?;
        Ok(Pruned { reason, ..pruned })
    });
    Ok(Json(pruned.await?))
}
