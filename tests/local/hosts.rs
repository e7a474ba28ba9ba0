//! Requests for other hosts, of which a web page can make some by DNS rebinding.

use std::process::Command;

use reqwest::{Client, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Platform;
use crate::support::process::PATIENCE;
use crate::support::process::ToEnd as _;

/// Sends a request as it is, and returns the status line of the answer.
async fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer");
        assert_ne!(read.expect("an answer"), 0, "{request}");
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_several_hosts_is_bad() {
    let (platform, _data) = Platform::fresh().await;
    let address = platform.url.strip_prefix("http://").expect("a URL").to_owned();
    for (target, hosts, status) in [
        ("/v2/templates", "Host: localhost\r\nHost: evil.example\r\n", "400"),
        ("/v2/templates", "Host: evil.example\r\nHost: localhost\r\n", "400"),
        ("/v2/templates", "Host: localhost\r\nhost: localhost\r\n", "400"),
        ("/health", "Host: localhost\r\nHost: evil.example\r\n", "400"),
        ("/upload/x", "Host: localhost\r\nHost: evil.example\r\n", "400"),
        ("http://localhost/v2/templates", "Host: evil.example\r\n", "400"),
        ("http://evil.example/v2/templates", "Host: localhost\r\n", "400"),
        ("http://evil.example/v2/templates", "Host: evil.example\r\n", "403"),
        ("http://evil.example/v2/templates", "", "403"),
        ("http://localhost:1/v2/templates", "Host: localhost:1\r\n", "200"),
        ("/v2/templates", "Host: LOCALHOST:1\r\n", "200"),
    ] {
        let line = raw(&address, &format!("GET {target} HTTP/1.1\r\n{hosts}\r\n")).await;
        assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{target} {hosts:?}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_without_encryption_is_held_to_the_same_rule() {
    let (platform, _data) = Platform::fresh().await;
    let url: reqwest::Url = platform.url.parse().expect("a URL");
    let address = format!("127.0.0.1:{}", url.port().expect("a port"));
    let client = Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .http2_prior_knowledge()
        .resolve("evil.example", address.parse().expect("an address"))
        .build()
        .expect("a client");
    let port = url.port().expect("a port");
    for (authority, status) in [
        (format!("evil.example:{port}"), StatusCode::FORBIDDEN),
        (format!("127.0.0.1:{port}"), StatusCode::OK),
    ] {
        let request = client.get(format!("http://{authority}/v2/templates"));
        assert_eq!(request.send().await.expect("an answer").status(), status, "{authority}");
        // A second name beside the authority.
        let request = client.get(format!("http://{authority}/v2/templates"));
        let answer = request.header("host", "localhost").send().await.expect("an answer");
        assert_ne!(answer.status(), StatusCode::OK, "{authority}");
    }
}

/// The same with another client, where there is one that speaks HTTP/2 without encryption.
#[tokio::test(flavor = "multi_thread")]
async fn curl_gets_nothing_for_another_host() {
    let (platform, _data) = Platform::fresh().await;
    let has_http2 =
        |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).contains("HTTP2");
    let version = Command::new("curl").arg("--version").output();
    if !version.is_ok_and(|output| has_http2(&output)) {
        return;
    }
    for (host, status) in [("evil.example", "403"), ("localhost", "200")] {
        let output = Command::new("curl")
            .args([
                "--noproxy",
                "*",
                "--http2-prior-knowledge",
                "--silent",
                "--output",
                "/dev/null",
            ])
            .args(["--write-out", "%{http_version} %{http_code}"])
            .args(["--header", &format!("Host: {host}"), &format!("{}/v2/templates", platform.url)])
            .to_end();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("2 {status}"), "{host}");
    }
}
