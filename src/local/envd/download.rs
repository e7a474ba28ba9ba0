//! `GET /files`: the content of a file.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;

use super::access::FileParams;
use super::entry::{Reply, text};
use super::upload::refused;
use crate::local::api_error::ApiError;
use crate::local::sandboxes::channel::{End, Event, Events};
use crate::local::sandboxes::sandbox::Sandbox;

/// Answers a call.
pub(super) async fn serve(sandbox: &Arc<Sandbox>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    match read(sandbox, &head.uri, &head.headers).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

/// A part of a file: its first and last byte, either of which can be absent.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    first: String,
    last: String,
}

async fn read(sandbox: &Sandbox, uri: &Uri, headers: &HeaderMap) -> Result<Response, ApiError> {
    let params = FileParams::of(uri)?;
    let part = part(headers);
    let is_packed = part.is_none() && accepts_gzip(headers)?;
    let path = params.path.as_deref().unwrap_or_default();
    let (first, last) =
        part.as_ref().map_or(("", ""), |Part { first, last }| (first.as_str(), last.as_str()));
    let events = sandbox.envd.file("read", params.user(), &[path, first, last]).await;
    let mut reply = Reply::new(events.map_err(refused)?);
    let record = reply.next().await.map_err(refused)?;
    let record = record.ok_or_else(|| ApiError::internal("the file could not be read"))?;
    let texts: Vec<String> = record.iter().map(|bytes| text(bytes)).collect();
    let [path, size, _, first, last] = texts.as_slice() else {
        return Err(ApiError::internal("the file could not be read"));
    };
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let (size, first, last) = (number(size), number(first), number(last));
    if part.is_some() && (first > last || first >= size) {
        let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
    }
    let (events, begun) = reply.into_parts();
    let content = Content { begun, events, encoder: is_packed.then(encoder), is_over: false };
    let mut response = content.into_response();
    let head = response.headers_mut();
    if let Ok(name) = disposition(path) {
        head.insert(header::CONTENT_DISPOSITION, name);
    }
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    head.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_packed {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return Ok(response);
    }
    head.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if size > 0 {
        head.insert(header::CONTENT_LENGTH, HeaderValue::from(last - first + 1));
    }
    if part.is_some() {
        if let Ok(range) = HeaderValue::try_from(format!("bytes {first}-{last}/{size}")) {
            head.insert(header::CONTENT_RANGE, range);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The name of a file for who saves it. Bytes beyond ASCII are percent-encoded.
fn disposition(path: &str) -> Result<HeaderValue, axum::http::header::InvalidHeaderValue> {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.bytes().all(is_plain) {
        return HeaderValue::try_from(format!("inline; filename={name}"));
    }
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("inline; filename*=utf-8''{name}"))
}

/// The part that a request asks for. Several parts, and other units, are answered with the whole.
fn part(headers: &HeaderMap) -> Option<Part> {
    let range = headers.get(header::RANGE)?.to_str().ok()?.trim().strip_prefix("bytes=")?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let is_number = |text: &str| text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_part = is_number(first) && is_number(last) && !(first.is_empty() && last.is_empty());
    is_part.then(|| Part { first: first.to_owned(), last: last.to_owned() })
}

/// Whether the client wants `gzip`; an error if it accepts neither that nor plain bytes.
fn accepts_gzip(headers: &HeaderMap) -> Result<bool, ApiError> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    let Some(accepted) = accepted else { return Ok(false) };
    let weight = |name: &str| {
        accepted.split(',').find_map(|one| {
            let mut words = one.split(';').map(str::trim);
            let is_it = words.next().is_some_and(|word| word.eq_ignore_ascii_case(name));
            let weight = words.find_map(|word| word.strip_prefix("q=")?.parse::<f32>().ok());
            is_it.then(|| weight.unwrap_or(1.0))
        })
    };
    let (packed, any) = (weight("gzip"), weight("*"));
    let plain = weight("identity").or(any).unwrap_or(1.0);
    if packed.unwrap_or_default() > 0.0 {
        return Ok(true);
    }
    if plain > 0.0 {
        return Ok(false);
    }
    let message =
        "error parsing Accept-Encoding: no acceptable encoding found, supported: identity, gzip";
    Err(ApiError::new(StatusCode::NOT_ACCEPTABLE, message))
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}

/// The content of a file as it arrives.
struct Content {
    begun: Vec<u8>,
    events: Events,
    encoder: Option<GzEncoder<Vec<u8>>>,
    is_over: bool,
}

impl Content {
    fn into_response(self) -> Response {
        let chunks = stream::unfold(self, |mut content| async {
            content.next().await.map(|chunk| (chunk, content))
        });
        Body::from_stream(chunks).into_response()
    }

    async fn next(&mut self) -> Option<std::io::Result<Bytes>> {
        loop {
            if self.is_over {
                return None;
            }
            let bytes = match std::mem::take(&mut self.begun) {
                begun if begun.is_empty() => self.read().await,
                begun => Ok(Some(begun)),
            };
            let packed = match (bytes, &mut self.encoder) {
                (Ok(Some(bytes)), None) => Ok(bytes),
                (Ok(None), None) => return None,
                (Ok(Some(bytes)), Some(encoder)) => {
                    encoder.write_all(&bytes).map(|()| std::mem::take(encoder.get_mut()))
                }
                (Ok(None), Some(_)) => {
                    self.is_over = true;
                    self.encoder.take()?.finish()
                }
                (Err(error), _) => Err(error),
            };
            match packed {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Some(Ok(Bytes::from(bytes))),
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn read(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            return match self.events.next().await {
                Some(Event::Output(bytes)) => Ok(Some(bytes)),
                Some(Event::Ended(End::Exit(0))) => {
                    self.is_over = self.encoder.is_none();
                    Ok(None)
                }
                Some(Event::Ended(_)) | None => Err(std::io::ErrorKind::UnexpectedEof.into()),
                Some(_) => continue,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn one_part_of_bytes_is_served() {
        let read = |value| part(&headers(header::RANGE, value));
        let is =
            |first: &str, last: &str| Some(Part { first: first.to_owned(), last: last.to_owned() });
        assert_eq!(read("bytes=0-1"), is("0", "1"));
        assert_eq!(read("bytes=5-"), is("5", ""));
        assert_eq!(read("bytes=-5"), is("", "5"));
        for whole in ["bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=1"] {
            assert_eq!(read(whole), None, "{whole}");
        }
    }

    #[test]
    fn the_encoding_is_one_that_the_client_accepts() {
        let read = |value| accepts_gzip(&headers(header::ACCEPT_ENCODING, value)).ok();
        assert_eq!(read("gzip, deflate"), Some(true));
        assert_eq!(read("identity"), Some(false));
        assert_eq!(read("br"), Some(false));
        assert_eq!(read("gzip;q=0"), Some(false));
        assert_eq!(read("identity;q=0"), None);
    }
}
