//! The way to a platform: addresses that cannot be right, and proxies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::support::process::{Limited as _, PATIENCE, end_of};
use crate::support::proxy::Proxy;
use crate::support::{Ran, Workspace, serve, server};

const KEY: &str = "key_0123456789abcdef";

const MANIFEST: &str =
    "name = \"web\"\nplatform = \"novita\"\nfrom = \"python:3.12\"\n[[steps]]\nrun = \"true\"\n";

/// An answer that ends the command.
const REFUSAL: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Commands whose first request is of each kind: registering, following, reading, changing.
const COMMANDS: &[&[&str]] = &[
    &["apply"],
    &["status", "t1", "b1", "--platform", "novita"],
    &["logs", "t1", "b1", "--follow", "--platform", "novita"],
    &["list", "--platform", "novita"],
    &["delete", "web", "--yes", "--platform", "novita"],
];

/// A workspace for a platform at a URL. Waits are as long as they are for people.
fn workspace(url: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("NOVITA_API_URL", url);
    workspace.set("SBX_RETRY_SCALE", "1");
    workspace
}

/// A port of loopback on which nothing listens, and which no other test gets.
fn unused() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port on loopback");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

/// Runs a command that must end soon, with exit code 3.
fn fails_fast(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let begun = Instant::now();
    let ran = workspace.run(arguments).ends(3);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}: {}", ran.text());
    assert!(!ran.everything().contains(KEY), "{}", ran.text());
    ran
}

#[test]
fn a_port_on_which_nothing_listens_is_named_and_not_waited_for() {
    for arguments in COMMANDS {
        let (_held, address) = unused();
        let ran = fails_fast(&workspace(&format!("http://{address}")), arguments);
        let expected = format!("cannot connect to {address}: connection refused");
        assert!(ran.stderr.contains(&expected), "{}", ran.text());
        let help = "check the network, and `--api-url`";
        assert!(arguments[0] == "logs" || ran.stderr.contains(help), "{}", ran.text());
    }
}

#[test]
fn a_name_that_does_not_resolve_is_named_and_not_waited_for() {
    for url in ["https://platform.invalid", "http://user:pass-word@platform.invalid/path"] {
        for arguments in [COMMANDS[0], COMMANDS[1]] {
            let ran = fails_fast(&workspace(url), arguments);
            assert!(ran.stderr.contains("cannot connect to platform.invalid: "), "{}", ran.text());
            assert!(!ran.stderr.contains("pass-word"), "{}", ran.text());
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password_and_not_waited_for() {
    for scheme in ["http", "https"] {
        let (_held, address) = unused();
        let mut workspace = workspace(&format!("{scheme}://platform.invalid"));
        let proxy = format!("http://user:pass-word@{address}");
        workspace.set(&format!("{scheme}_proxy"), &proxy);
        let ran = fails_fast(&workspace, COMMANDS[0]);
        let expected =
            format!("cannot connect to platform.invalid through the proxy http://{address}: ");
        assert!(ran.stderr.contains(&expected), "{}", ran.text());
        assert!(ran.stderr.contains("`no_proxy` lists hosts"), "{}", ran.text());
        assert!(!ran.everything().contains("pass-word"), "{}", ran.text());
    }
}

#[test]
fn a_proxy_that_answers_instead_is_named() {
    let proxy = Proxy::start(
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    for (scheme, expected) in
        [("http", "answered 407 through the proxy"), ("https", "through the proxy")]
    {
        let mut workspace = workspace(&format!("{scheme}://platform.invalid"));
        workspace.set("all_proxy", &proxy.url());
        let ran = fails_fast(&workspace, COMMANDS[3]);
        let expected = format!("{expected} {}", proxy.url());
        assert!(ran.stderr.contains(&expected), "{}", ran.text());
    }
    assert!(proxy.seen().iter().any(|head| head.starts_with("CONNECT platform.invalid:443 ")));
}

#[test]
fn a_platform_that_comes_back_within_seconds_is_found() {
    let (socket, address) = unused();
    let mut child = workspace(&format!("http://{address}"))
        .command(&["list", "--platform", "novita"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
        .limited();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut text = String::new();
    stderr.read_line(&mut text).expect("a line");
    assert!(text.contains("trying GET /v2/templates again"), "{text}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = socket.listen(1).expect("the port is ours");
        let next = tokio::time::timeout(PATIENCE, listener.accept()).await;
        let (mut stream, _) = next.expect("the next attempt").expect("a connection");
        let read = stream.read(&mut [0; 4096]).await.expect("the request arrives");
        assert_ne!(read, 0);
        stream.write_all(REFUSAL.as_bytes()).await.expect("the answer is sent");
    });
    stderr.read_to_string(&mut text).expect("the rest");
    assert!(text.contains("answered 403"), "{text}");
    assert_eq!(end_of(&mut child).code(), Some(3));
}

/// Sets every variable that names a proxy.
fn use_proxy(workspace: &mut Workspace, proxy: &Proxy) {
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
        workspace.set(name, &proxy.url());
    }
}

#[test]
fn no_proxy_sees_requests_to_this_machine() {
    let proxy = Proxy::start(REFUSAL);
    let platform = server::Server::start(server::Script {
        api_key: KEY.to_owned(),
        ..server::Script::default()
    });
    let port = platform.address.port();
    let from = "from = \"python:3.12\"\nsteps = [{ copy = \"a.txt\", to = \"/a.txt\" }]\n";
    for host in ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"] {
        let mut workspace = workspace(&format!("http://{host}:{port}"));
        workspace.write("sandbox.toml", format!("name = \"web\"\nplatform = \"novita\"\n{from}"));
        workspace.write("a.txt", "a");
        use_proxy(&mut workspace, &proxy);
        let ran = workspace.run(&["apply", "--background"]);
        // The second build of a template is refused by this platform; both requests arrived.
        assert!(matches!(ran.exit, 0 | 3), "{}", ran.text());
        assert!(ran.stderr.contains("uploaded a.txt"), "{}", ran.text());
        assert!(!ran.stderr.contains("not encrypted"), "{}", ran.text());
    }
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", format!("name = \"web\"\nplatform = \"local\"\n{from}"));
    workspace.write("a.txt", "a");
    use_proxy(&mut workspace, &proxy);
    workspace.run(&["apply"]).ends(0);
    assert_eq!(proxy.seen(), [""; 0]);
}

#[test]
fn a_proxy_is_used_for_other_machines_and_plain_http_draws_a_warning() {
    for (url, is_plain) in [("http://platform.invalid", true), ("https://platform.invalid", false)]
    {
        let proxy = Proxy::start(REFUSAL);
        let mut workspace = workspace(url);
        workspace.set("all_proxy", &proxy.url());
        for arguments in [COMMANDS[0], COMMANDS[3]] {
            let ran = fails_fast(&workspace, arguments);
            let warning = "warning: requests to `http://platform.invalid/` are not encrypted";
            assert_eq!(ran.stderr.contains(warning), is_plain, "{}", ran.text());
            let quiet = fails_fast(&workspace, &[arguments, &["--quiet"]].concat());
            assert!(!quiet.stderr.contains("warning"), "{}", quiet.text());
        }
        let seen = proxy.seen();
        let first =
            if is_plain { "POST http://platform.invalid/v3/templates " } else { "CONNECT " };
        assert!(seen.iter().any(|head| head.starts_with(first)), "{seen:?}");
        // A tunnel shows the proxy nothing.
        assert!(is_plain || !seen.concat().contains(KEY), "{seen:?}");
        workspace.set("no_proxy", "invalid");
        let ran = fails_fast(&workspace, COMMANDS[0]);
        assert!(!ran.stderr.contains("proxy"), "{}", ran.text());
        assert_eq!(proxy.seen().len(), seen.len());
    }
}

/// A platform that gives this link for each archive.
fn platform_with_link(link: Value) -> (SocketAddr, tokio::runtime::Runtime) {
    serve(Router::new().fallback(move |request: Request| async move {
        let ids = json!({ "templateID": "t1", "buildID": "b1" });
        match request.uri().path() {
            "/v3/templates" => (StatusCode::ACCEPTED, Json(ids)),
            path if path.contains("/files/") => (StatusCode::CREATED, Json(link)),
            _ => (StatusCode::NOT_FOUND, Json(json!({}))),
        }
    }))
}

#[test]
fn an_upload_link_without_encryption_draws_one_warning() {
    for (url, is_plain) in [
        ("http://store.invalid/a?signature=secret-signature", true),
        ("https://store.invalid/a?signature=secret-signature", false),
    ] {
        let proxy = Proxy::start(REFUSAL);
        let (address, _runtime) = platform_with_link(json!({ "present": false, "url": url }));
        let mut workspace = workspace(&format!("http://{address}"));
        workspace.set("SBX_RETRY_SCALE", "0.001");
        workspace.set("all_proxy", &proxy.url());
        workspace.write(
            "sandbox.toml",
            format!("{MANIFEST}[[steps]]\ncopy = [\"a.txt\", \"b.txt\"]\nto = \"/\"\n"),
        );
        workspace.write("a.txt", "a");
        workspace.write("b.txt", "b");
        let ran = workspace.run(&["apply"]).ends(3);
        let warning = "warning: the platform's upload link to `store.invalid` is not encrypted";
        assert_eq!(ran.stderr.matches(warning).count(), usize::from(is_plain), "{}", ran.text());
        assert!(!ran.everything().contains("secret-signature"), "{}", ran.text());
        let json = workspace.run(&["apply", "--format", "json"]).ends(3);
        let event = r#""event":"unencrypted-upload""#;
        assert_eq!(json.stdout.matches(event).count(), usize::from(is_plain), "{}", json.text());
    }
}

#[test]
fn an_upload_link_does_not_say_where_a_request_goes_or_ends() {
    let store = Proxy::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let own =
        ["Host", "Transfer-Encoding", "Content-Length", "Connection", "Upgrade", "Expect", "TE"];
    let mut headers: BTreeMap<_, _> = own.iter().map(|name| (*name, "evil.example")).collect();
    headers.insert("X-Store", "as given");
    let url = format!("{}/archive?signature=abc", store.url());
    let link = json!({ "present": false, "url": url, "headers": headers });
    let (address, _runtime) = platform_with_link(link);
    let mut workspace = workspace(&format!("http://{address}"));
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.write("sandbox.toml", format!("{MANIFEST}[[steps]]\ncopy = \"a.txt\"\nto = \"/\"\n"));
    workspace.write("a.txt", "a");
    workspace.run(&["apply"]).ends(3);
    let seen = store.seen();
    let head = seen.first().expect("an upload").to_lowercase();
    assert!(head.starts_with("put /archive?signature=abc http/1.1\r\n"), "{head}");
    assert!(head.contains("x-store: as given\r\n") && !head.contains("evil"), "{head}");
    for once in ["\r\nhost: 127.0.0.1:", "\r\ncontent-length: "] {
        assert_eq!(head.matches(once).count(), 1, "{head}");
    }
    assert!(!head.contains("transfer-encoding") && !head.contains(KEY), "{head}");
}
