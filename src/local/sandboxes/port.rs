//! Requests to ports of a sandbox, those of `WebSocket` connections among them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::Response;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{
    AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, copy_bidirectional, duplex, split,
};
use tokio::time::sleep;

use super::channel::{Event, Events};
use super::sandbox::Sandbox;

/// The bytes between a connection and its channel.
const BUFFER: usize = 64 << 10;

/// How long a port may go on to answer a client that has closed its side.
const LINGER: Duration = Duration::from_secs(30);

/// Headers that are between two neighbours, and not passed on.
const OWN: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
];

/// Nothing that speaks HTTP listens at the port.
#[derive(Debug)]
pub(super) struct Closed;

/// Passes a request on to a port.
///
/// # Errors
/// When nothing listens there, or what does is no web server.
pub(super) async fn forward(
    sandbox: &Sandbox,
    port: u16,
    mut request: Request,
) -> Result<Response, Closed> {
    let stream = connect(sandbox, port).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| Closed)?;
    tokio::spawn(connection.with_upgrades());
    let upgrade = upgrade_of(request.headers());
    let client = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
    prepare(&mut request, upgrade);
    let mut response = sender.send_request(request).await.map_err(|_| Closed)?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(client) = client
    {
        let server = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            let (Ok(client), Ok(server)) = (client.await, server.await) else { return };
            let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    } else {
        for name in &OWN {
            response.headers_mut().remove(name);
        }
    }
    Ok(response.map(Body::new))
}

/// The protocol that a request asks to go on with.
fn upgrade_of(headers: &HeaderMap) -> Option<axum::http::HeaderValue> {
    let connection = headers.get(header::CONNECTION)?.to_str().ok()?;
    let asks = connection.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| asks).cloned()
}

/// Makes the request one for the port itself.
fn prepare(request: &mut Request, upgrade: Option<axum::http::HeaderValue>) {
    // HTTP/2 has the host in the target alone.
    let host = request.uri().authority().and_then(|host| host.as_str().parse().ok());
    if let (Some(host), false) = (host, request.headers().contains_key(header::HOST)) {
        request.headers_mut().insert(header::HOST, host);
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().unwrap_or_else(|_| Uri::from_static("/"));
    *request.version_mut() = axum::http::Version::HTTP_11;
    let headers = request.headers_mut();
    for name in &OWN {
        headers.remove(name);
    }
    headers.remove(header::UPGRADE);
    if let Some(upgrade) = upgrade {
        headers.insert(header::CONNECTION, axum::http::HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, upgrade);
    }
}

/// A connection to a port of the loopback interface of a sandbox.
async fn connect(sandbox: &Sandbox, port: u16) -> Result<DuplexStream, Closed> {
    let port = port.to_string();
    let opened = sandbox.link.open(&[b"port", port.as_bytes()]).await;
    let (_, events) = opened.map_err(|_| Closed)?;
    let (near, far) = duplex(BUFFER);
    tokio::spawn(pump(events, far));
    Ok(near)
}

/// Carries bytes between a channel and a connection, until both directions have ended.
async fn pump(mut events: Events, stream: DuplexStream) {
    let (mut reader, mut writer) = split(stream);
    let channel = Arc::clone(&events.channel);
    let up = async {
        let mut buffer = vec![0; BUFFER];
        while let Ok(count @ 1..) = reader.read(&mut buffer).await {
            channel.input(&buffer[..count]).await;
        }
        channel.close_input();
    };
    let down = async {
        while let Some(event) = events.next().await {
            // A port has no other output, and ends but once.
            let Event::Output(bytes) = event else { break };
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = writer.shutdown().await;
    };
    // Once the port has closed its side, nothing else is to come.
    tokio::select! {
        () = down => {}
        () = async { up.await; sleep(LINGER).await } => {}
    }
}
