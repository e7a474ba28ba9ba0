//! `POST /files`: writes files.

use std::io::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::write::GzDecoder;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};

use super::access::FileParams;
use super::entry::{Reply, text};
use crate::local::api_error::ApiError;
use crate::local::sandboxes::sandbox::Sandbox;
use crate::wire::envd::WrittenFile;
use crate::wire::envd::connect::{Code, ConnectError};

/// What the names of headers with metadata begin with.
const METADATA: &str = "x-metadata-";

/// Answers a call.
pub(super) async fn serve(sandbox: &Arc<Sandbox>, request: Request) -> Response {
    match write(sandbox, request).await {
        Ok(files) => Json(files).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn write(sandbox: &Sandbox, request: Request) -> Result<Vec<WrittenFile>, ApiError> {
    let params = FileParams::of(request.uri())?;
    let metadata = metadata(request.headers());
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let media_type = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_packed = match request.headers().get(header::CONTENT_ENCODING) {
        None => false,
        Some(encoding) if encoding == "identity" => false,
        Some(encoding) if encoding == "gzip" => true,
        Some(_) => return Err(ApiError::bad_request("unsupported Content-Encoding")),
    };
    let target = Target { sandbox, user: params.user(), metadata: &metadata };
    if media_type == "application/octet-stream" {
        let path = params.path.as_deref().ok_or_else(|| {
            ApiError::bad_request("path query parameter is required for raw body upload")
        })?;
        let body = unpacked(request.into_body().into_data_stream(), is_packed);
        return Ok(vec![target.write(path, body).await?]);
    }
    if !media_type.starts_with("multipart/") {
        return Err(ApiError::bad_request(format!(
            "unsupported content type: {kind}, expected multipart/form-data or \
             application/octet-stream"
        )));
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::Body::from_stream(unpacked(body.into_data_stream(), is_packed));
    let request = Request::from_parts(parts, body);
    let form = Multipart::from_request(request, &()).await;
    let form = form.map_err(|error| ApiError::bad_request(error.body_text()))?;
    write_form(&target, form, params.path.as_deref()).await
}

async fn write_form(
    target: &Target<'_>,
    mut form: Multipart,
    path: Option<&str>,
) -> Result<Vec<WrittenFile>, ApiError> {
    let invalid = |error: axum::extract::multipart::MultipartError| {
        ApiError::bad_request(format!("error reading form: {}", error.body_text()))
    };
    let mut files: Vec<WrittenFile> = Vec::new();
    while let Some(field) = form.next_field().await.map_err(invalid)? {
        if field.name() != Some("file") {
            continue;
        }
        let named = field.file_name().map(str::to_owned);
        let path = path.map(str::to_owned).or(named);
        let path = path.ok_or_else(|| ApiError::bad_request("a file of the form has no name"))?;
        if files.iter().any(|file| file.path == path) {
            return Err(ApiError::bad_request(format!(
                "you cannot upload multiple files to the same path '{path}' in one upload request, \
                 only the first specified file was uploaded"
            )));
        }
        let content = field.into_stream().map_err(std::io::Error::other);
        files.push(target.write(&path, content).await?);
    }
    Ok(files)
}

/// Where files are written.
struct Target<'a> {
    sandbox: &'a Sandbox,
    user: Option<&'a str>,
    metadata: &'a [String],
}

impl Target<'_> {
    /// Writes a file as its content arrives.
    async fn write(
        &self,
        path: &str,
        content: impl Stream<Item = std::io::Result<Bytes>>,
    ) -> Result<WrittenFile, ApiError> {
        let mut arguments = vec![path];
        arguments.extend(self.metadata.iter().map(String::as_str));
        let events = self.sandbox.envd.file("write", self.user, &arguments).await;
        let events = events.map_err(refused)?;
        let channel = Arc::clone(&events.channel);
        let mut content = std::pin::pin!(content);
        while let Some(bytes) = content.next().await {
            // Giving up the channel leaves what has arrived, as envd does.
            let failed =
                |error| ApiError::bad_request(format!("error reading the content: {error}"));
            channel.input(&bytes.map_err(failed)?).await;
        }
        channel.close_input();
        let records = Reply::new(events).all().await.map_err(refused)?;
        let path = records.first().and_then(|record| record.first()).map(|path| text(path));
        let path = path.ok_or_else(|| ApiError::internal("the file was not written"))?;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(WrittenFile { name, path, kind: "file".to_owned() })
    }
}

/// The metadata of a request: names and values in turn.
fn metadata(headers: &HeaderMap) -> Vec<String> {
    let pairs = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(METADATA).filter(|name| !name.is_empty())?;
        Some([name.to_owned(), value.to_str().ok()?.to_owned()])
    });
    pairs.flatten().collect()
}

/// A body without its compression.
fn unpacked(
    body: axum::body::BodyDataStream,
    is_packed: bool,
) -> impl Stream<Item = std::io::Result<Bytes>> {
    let mut decoder = is_packed.then(|| GzDecoder::new(Vec::new()));
    body.map_err(std::io::Error::other).map(move |bytes| {
        let bytes = bytes?;
        let Some(decoder) = &mut decoder else { return Ok(bytes) };
        decoder.write_all(&bytes)?;
        decoder.flush()?;
        Ok(Bytes::from(std::mem::take(decoder.get_mut())))
    })
}

/// The answer of `/files` to a call that failed in the container.
pub(super) fn refused(error: ConnectError) -> ApiError {
    let status = match error.code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::INSUFFICIENT_STORAGE,
        Code::InvalidArgument | Code::FailedPrecondition => StatusCode::BAD_REQUEST,
        Code::Unavailable => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    ApiError::new(status, error.message)
}
