//! The archives of `COPY` steps: upload links and uploads.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Segments, content_length, user_agent};
use crate::local::links::Upload;
use crate::local::validate::is_files_hash;
use crate::wire::e2b::FileLink;

/// The only client whose uploads contain the API key, because it reuses the session of its other
/// requests.
const LEAKY_AGENT: &str = "novita-sandbox-python-sdk/";

/// `GET /templates/{template}/files/{hash}`: whether an archive is stored, and a link to store it.
///
/// `present` says that something was stored under the hash, not that it agrees.
pub(super) async fn link(
    State(app): State<Arc<App>>,
    Segments((template_id, files_hash)): Segments<(String, String)>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<FileLink>), ApiError> {
    if !is_files_hash(&files_hash) {
        return Err(ApiError::bad_request("Invalid files hash"));
    }
    let host = host(&app, &headers);
    let link = blocking(&app, move |app| {
        let mut store = app.store();
        if store.get(&template_id).is_none() {
            let message = format!("Error when getting template: '{template_id}' not found");
            return Err(ApiError::not_found(message));
        }
        let present = store.archives().has(&files_hash);
        if present {
            // The client relies on it from now on, even if it was uploaded for another template.
            store.use_archive(&template_id, &files_hash)?;
        }
        let token = app.links().open(Upload { template_id, files_hash });
        Ok(FileLink { present, url: Some(format!("http://{host}/upload/{token}")), headers: None })
    });
    Ok((StatusCode::CREATED, Json(link.await?)))
}

/// `PUT` of an upload link: stores the archive, whatever it holds.
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Segments(token): Segments<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let headers = request.headers();
    if headers.contains_key("x-api-key") && !user_agent(headers).starts_with(LEAKY_AGENT) {
        return Err(ApiError::bad_request("the upload link must not receive the API key"));
    }
    let expired = || ApiError::forbidden("the upload link is unknown, used or expired");
    if !app.links().knows(&token) {
        return Err(expired());
    }
    let Some(length) = content_length(headers) else {
        let message = "an upload needs its Content-Length";
        return Err(ApiError::new(StatusCode::LENGTH_REQUIRED, message));
    };
    if length > app.config.max_upload_bytes {
        let message = format!("the archive is larger than {} bytes", app.config.max_upload_bytes);
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    // The link is consumed from here on, even if the upload fails.
    let upload = app.links().take(&token).ok_or_else(expired)?;

    let archives = blocking(&app, |app| Ok(app.store().archives())).await?;
    let (file, mut writer) = blocking(&app, {
        let archives = archives.clone();
        move |_| {
            let file = archives.receive()?;
            let writer = tokio::fs::File::from_std(file.reopen()?);
            Ok((file, writer))
        }
    })
    .await?;
    receive(request.into_body(), &mut writer, length).await?;
    blocking(&app, move |app| {
        // Sync to the disk before taking the lock.
        file.as_file().sync_all()?;
        let Upload { template_id, files_hash } = upload;
        let mut store = app.store();
        archives.keep(file, &files_hash)?;
        store.use_archive(&template_id, &files_hash)?;
        // The template may have been deleted meanwhile.
        store.collect_archives([files_hash]);
        Ok(())
    })
    .await?;
    Ok(StatusCode::OK)
}

/// Streams a body of a known length into a file.
async fn receive(body: RawBody, writer: &mut tokio::fs::File, length: u64) -> Result<(), ApiError> {
    let broken = |error: &dyn std::fmt::Display| {
        ApiError::bad_request(format!("the upload broke off: {error}"))
    };
    let mut received = 0_u64;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        received += chunk.len() as u64;
        writer.write_all(&chunk).await?;
    }
    writer.flush().await?;
    if received != length {
        let short = io::Error::from(io::ErrorKind::UnexpectedEof);
        return Err(broken(&short));
    }
    Ok(())
}

/// The host name under which the client reaches the server, so that links work for it.
fn host(app: &App, headers: &HeaderMap) -> String {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let sound = |host: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        !host.is_empty() && host.chars().all(allowed)
    };
    named.filter(sound).map_or_else(|| app.address.to_string(), str::to_owned)
}
