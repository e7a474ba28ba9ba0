//! Sandboxes, as far as they need no container engine.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sandbox_toml::wire::local::before_step;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_was_only_recorded_has_no_sandboxes() {
    let (platform, _data) = Platform::fresh().await;
    platform.ready("agent", &["default"]).await;
    for path in ["/sandboxes", "/v2/sandboxes"] {
        let (status, body) = platform.post(path, json!({ "templateID": "agent" })).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{body}");
        let message = body["message"].as_str().expect("a message");
        assert!(message.contains("only recorded"), "{message}");
        let before = json!({ "templateID": before_step("agent", 1) });
        let (status, body) = platform.post(path, before).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{body}");
        let (status, _) = platform.post(path, json!({ "templateID": "agent:other" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = platform.post(path, json!({ "templateID": "missing" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(platform.get("/v2/sandboxes").await, (StatusCode::OK, json!([])));
    assert_eq!(platform.get("/sandboxes").await, (StatusCode::OK, json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_is_refused_before_anything_is_started() {
    let (platform, _data) = Platform::fresh().await;
    for (name, value) in [
        ("network", json!({ "denyOut": ["0.0.0.0/0"] })),
        ("mcp", json!({ "server": {} })),
        ("volumeMounts", json!([{ "name": "v", "path": "/v" }])),
        ("secrets", json!({ "A": "b" })),
    ] {
        let body = json!({ "templateID": "agent", name: value });
        let (status, body) = platform.post("/v2/sandboxes", body).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{name}: {body}");
        assert!(body["message"].as_str().is_some_and(|text| text.contains(name)), "{body}");
    }
    let long = json!({ "templateID": "agent", "timeout": 24 * 60 * 60 + 1 });
    assert_eq!(platform.post("/v2/sandboxes", long).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_not_there_is_not_found() {
    let (platform, _data) = Platform::fresh().await;
    for (method, path) in [
        (Method::GET, "/sandboxes/i0"),
        (Method::DELETE, "/sandboxes/i0"),
        (Method::POST, "/sandboxes/i0/pause"),
        (Method::POST, "/sandboxes/i0/connect"),
        (Method::POST, "/v2/sandboxes/i0/connect"),
    ] {
        let body = (method == Method::POST).then(|| json!({}));
        let (status, _) = platform.call(method.clone(), path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let (status, _) = platform.post("/sandboxes/i0/timeout", json!({ "timeout": 5 })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, body) = platform.post("/sandboxes/i0/snapshots", json!({})).await;
    assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_a_sandbox_keep_the_rules_of_hosts_and_origins() {
    let (platform, _data) = Platform::fresh().await;
    let port = platform.url.rsplit(':').next().expect("a port").to_owned();
    let own = format!("http://3000-i0.localhost:{port}");
    for (headers, status) in [
        (vec![("e2b-sandbox-id", "i0"), ("e2b-sandbox-port", "80")], StatusCode::BAD_GATEWAY),
        (vec![("novita-sandbox-id", "i0"), ("novita-sandbox-port", "80")], StatusCode::BAD_GATEWAY),
        (vec![("host", &own[7..])], StatusCode::BAD_GATEWAY),
        (vec![("host", &own[7..]), ("origin", &own)], StatusCode::BAD_GATEWAY),
        (vec![("host", &own[7..]), ("origin", "http://localhost:1")], StatusCode::FORBIDDEN),
        (vec![("e2b-sandbox-id", "i0"), ("origin", "http://evil.example")], StatusCode::FORBIDDEN),
        (vec![("e2b-sandbox-id", "i0"), ("host", "evil.example")], StatusCode::FORBIDDEN),
        (vec![("x-access-token", "ea_0")], StatusCode::OK),
        // Another host is no address of a sandbox, and the rules of all calls hold.
        (vec![("host", "3000-i0.evil.example")], StatusCode::FORBIDDEN),
    ] {
        let request = platform.client.get(format!("{}/v2/templates", platform.url));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{headers:?}");
        if status == StatusCode::BAD_GATEWAY {
            // The request's body is not read, so a client must not use the connection again.
            assert_eq!(answer.headers()["connection"], "close");
            let body = answer.text().await.expect("a body");
            assert!(body.contains("The sandbox was not found"), "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_after_a_call_that_needs_no_body() {
    let (platform, _data) = Platform::fresh().await;
    let address = platform.url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    for _ in 0..5 {
        let head = "POST /sandboxes/i0/snapshots HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\n\
                    Content-Type: application/json\r\nContent-Length: 2\r\n\r\n";
        connection.write_all(head.as_bytes()).await.expect("the connection is open");
        // The call could be answered before its body arrives.
        tokio::time::sleep(Duration::from_millis(20)).await;
        connection.write_all(b"{}").await.expect("the connection is open");
        let mut answer = vec![0; 4096];
        let length = connection.read(&mut answer).await.expect("the connection is open");
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 501 "), "{answer}");
    }
}
