//! Upload links.

use std::time::Duration;

use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Item, Platform, copy, files_hash, pack};

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// PUTs to a link and returns the status and the refusal's message.
async fn put(
    platform: &Platform,
    url: &str,
    change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) -> (u16, String) {
    let request = change(platform.client.put(url).body("archive"));
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.text().await.expect("a body");
    let message = if body.is_empty() {
        String::new()
    } else {
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["code"], status);
        super::text(&body["message"])
    };
    (status, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_and_without_the_key() {
    let (platform, _data) = Platform::fresh().await;
    let (template, _) = platform.register("t", &[]).await;
    let link = platform.link(&template, HASH).await;
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&platform.url), "{url}");

    let (status, message) = put(&platform, url, |put| put.header("x-api-key", "secret")).await;
    assert_eq!((status, &message[..]), (400, "the upload link must not receive the API key"));
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("archive")]);
    let chunked = Body::wrap_stream(chunks);
    let (status, message) = put(&platform, url, |put| put.body(chunked)).await;
    assert_eq!((status, &message[..]), (411, "an upload needs its Content-Length"));
    assert_eq!(platform.link(&template, HASH).await["present"], false);

    assert_eq!(put(&platform, url, |put| put).await, (200, String::new()));
    assert_eq!(platform.link(&template, HASH).await["present"], true);
    let used = "the upload link is unknown, used or expired";
    assert_eq!(put(&platform, url, |put| put).await, (403, used.to_owned()));
    let unknown = format!("{}/upload/nothing", platform.url);
    assert_eq!(put(&platform, &unknown, |put| put).await, (403, used.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_client_that_cannot_help_it_may_send_the_key() {
    let (platform, _data) = Platform::fresh().await;
    let (template, _) = platform.register("t", &[]).await;
    let link = platform.link(&template, HASH).await;
    let (status, _) = put(&platform, link["url"].as_str().unwrap(), |put| {
        put.header("x-api-key", "secret").header("user-agent", "novita-sandbox-python-sdk/2.1.1")
    })
    .await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_expires() {
    let (platform, _data) =
        Platform::with(|config| config.link_lifetime = Duration::from_millis(10)).await;
    let (template, _) = platform.register("t", &[]).await;
    let link = platform.link(&template, HASH).await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(put(&platform, link["url"].as_str().unwrap(), |put| put).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_may_be_too_large() {
    let (platform, _data) = Platform::with(|config| config.max_upload_bytes = 6).await;
    let (template, _) = platform.register("t", &[]).await;
    let link = platform.link(&template, HASH).await;
    let (status, message) = put(&platform, link["url"].as_str().unwrap(), |put| put).await;
    assert_eq!((status, &message[..]), (413, "the archive is larger than 6 bytes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_needs_a_template_and_a_hash() {
    let (platform, _data) = Platform::fresh().await;
    let (template, _) = platform.register("t", &[]).await;
    for hash in ["0", &HASH.to_uppercase(), &HASH.replace('0', "g"), "..%2F..%2Fetc%2Fpasswd"] {
        let path = format!("/templates/{template}/files/{hash}");
        let message = platform.refusal(Method::GET, &path, None, 400).await;
        assert_eq!(message, "Invalid files hash");
    }
    for template in ["unknown", "..%2F..%2Fetc"] {
        let path = format!("/templates/{template}/files/{HASH}");
        platform.refusal(Method::GET, &path, None, 404).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_stores_nothing() {
    let (platform, data) = Platform::fresh().await;
    let (template, _) = platform.register("t", &[]).await;
    let link = platform.link(&template, HASH).await;
    let path = link["url"].as_str().unwrap().strip_prefix(&platform.url).unwrap();
    let address = platform.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head =
        format!("PUT {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000\r\n\r\nhalf");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert_eq!(platform.link(&template, HASH).await["present"], false);
    let mut left = usize::MAX;
    for _ in 0..50 {
        left = std::fs::read_dir(data.path().join("tmp")).unwrap().count();
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(left, 0, "a broken upload's file is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_is_closed() {
    let (platform, _data) =
        Platform::with(|config| config.idle_connection = Duration::from_millis(50)).await;
    let address = platform.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
    let mut answer = Vec::new();
    let closed = stream.read_to_end(&mut answer);
    let closed = tokio::time::timeout(Duration::from_secs(5), closed).await;
    assert!(closed.is_ok(), "the server has hung up");
    let (status, _) = platform.get("/v2/templates").await;
    assert_eq!(status, StatusCode::OK);
}

/// Sends a byte now and then, and returns once the server has hung up.
async fn drip(mut stream: tokio::net::TcpStream) {
    // The server gets 200 times the connection's patience.
    for _ in 0..1000 {
        if stream.write_all(b"x").await.is_err() {
            return;
        }
        let mut answer = [0; 512];
        let answered = stream.read(&mut answer);
        // The server does not answer before it has everything, so this is the pause as well.
        let answered = tokio::time::timeout(Duration::from_millis(20), answered).await;
        if matches!(answered, Ok(Ok(0) | Err(_))) {
            return;
        }
    }
    panic!("the server has listened all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_only_drips_is_closed() {
    let (platform, data) =
        Platform::with(|config| config.idle_connection = Duration::from_millis(100)).await;
    let (template, _) = platform.register("t", &[]).await;
    let address = platform.url.strip_prefix("http://").unwrap();
    let link = platform.link(&template, HASH).await;
    let upload = link["url"].as_str().unwrap().strip_prefix(&platform.url).unwrap();
    for head in [
        "GET /health HTTP/1.1\r\nX-Long: ".to_owned(),
        format!("POST /v3/templates HTTP/1.1\r\nHost: {address}\r\nContent-Length: 5000\r\n\r\n"),
        format!("PUT {upload} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 5000\r\n\r\n"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        drip(stream).await;
    }
    assert_eq!(platform.link(&template, HASH).await["present"], false);
    let left = || std::fs::read_dir(data.path().join("tmp")).unwrap().count();
    for _ in 0..100 {
        if left() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(left(), 0, "the half upload is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_do_not_keep_others_out_for_ever() {
    let (platform, _data) = Platform::with(|config| {
        config.idle_connection = Duration::from_millis(100);
        config.max_connections = 2;
    })
    .await;
    let address = platform.url.strip_prefix("http://").unwrap();
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(platform.get("/v2/templates").await.0, StatusCode::OK);
}

/// Slow clients, each with half of a request, that take every place for two minutes.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_request_takes_the_place_of_a_slow_one() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let (platform, _data) = Platform::with(|config| config.max_connections = 16).await;
    let address = platform.url.strip_prefix("http://").unwrap();
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST /v3/templates HTTP/1.1\r\nHost: localhost\r\n").await.unwrap();
        slow.push(stream);
    }
    let begun = std::time::Instant::now();
    assert_eq!(platform.get("/v2/templates").await.0, StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // Those that were there first had to go.
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(10), slow[0].read_to_end(&mut rest));
    assert!(closed.await.is_ok(), "{rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_fails_its_build() {
    let (platform, data) = Platform::with(|config| config.max_unpacked_bytes = 1 << 20).await;
    let zeros: &'static str = Box::leak("\0".repeat(2 << 20).into_boxed_str());
    let items = [Item::File("zeros", 0o644, zeros)];
    let hash = files_hash("zeros", "/srv/", &items);
    let (template, _) = platform.register("seed", &[]).await;
    platform.upload(&template, &hash, pack(&items)).await;
    let body = json!({"fromImage": "debian:12", "steps": [copy("zeros", "/srv/", &hash)]});
    let (_, status) = platform.build("t", &[], body).await;
    assert_eq!(status["status"], "error");
    let message = super::text(&status["reason"]["message"]);
    assert!(message.ends_with("unpacked, it is larger than 1048576 bytes"), "{message}");
    assert_eq!(std::fs::read_dir(data.path().join("tmp")).unwrap().count(), 0);
}
