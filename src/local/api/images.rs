//! `GET /sbx/images/{template}`: which builds have lost their image.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::resolve;
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::executor;
use crate::local::extract::Segments;
use crate::wire::local::Images;

/// Asks the engine in use, with one call, for the images of a template's builds.
pub(super) async fn images(
    State(app): State<Arc<App>>,
    Segments(reference): Segments<String>,
) -> Result<Json<Images>, ApiError> {
    let images = blocking(&app, move |app| {
        let template = resolve(&app.store(), &reference, "template ID")?.clone();
        Ok(executor::missing_images(app, &template))
    });
    Ok(Json(images.await?))
}
