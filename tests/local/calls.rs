//! The calls about templates, and what every call has in common.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Platform, SLOW};
use crate::support::process::PATIENCE;

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_json() {
    let (platform, _data) = Platform::with(|config| config.max_json_bytes = 1000).await;
    let (template, build) = platform.register("t", &[]).await;
    let start = format!("/v2/templates/{template}/builds/{build}");
    assert_eq!(
        platform.refusal(Method::GET, "/nothing", None, 404).await,
        "no such call: /nothing"
    );
    assert_eq!(
        platform.refusal(Method::DELETE, "/v3/templates", None, 405).await,
        "/v3/templates cannot be called with DELETE"
    );
    platform.refusal(Method::GET, "/templates/%FF/tags", None, 400).await;

    let send = async |body: &str| {
        let request = platform.request(Method::POST, &start).body(body.to_owned());
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["code"], status.as_u16());
        (status.as_u16(), super::text(&body["message"]))
    };
    for (body, begins) in [
        ("", "Invalid request body: EOF while parsing"),
        ("{\"steps\":", "Invalid request body: EOF while parsing"),
        ("[]", "Invalid request body: it must be an object"),
        ("{\"steps\":{}}", "Invalid request body: invalid type: map, expected a sequence"),
        ("{\"steps\":[{\"args\":[]}]}", "Invalid request body: missing field `type`"),
        (
            "{\"steps\":[{\"type\":\"SHELL\",\"args\":[]}]}",
            "Invalid request body: unknown variant `SHELL`, expected one of",
        ),
        (
            "{\"fromImage\":\"a\",\"fromImageRegistry\":{\"type\":\"azure\"}}",
            "Invalid request body: unknown variant `azure`",
        ),
    ] {
        let (status, message) = send(body).await;
        assert_eq!(status, 400, "{body}");
        assert!(message.starts_with(begins), "{message}");
    }
    let (status, message) = send(&" ".repeat(1001)).await;
    assert_eq!((status, &message[..]), (413, "Invalid request body: larger than 1000 bytes"));
    assert_eq!(platform.status(&(template, build)).await["status"], "waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_when_one_is_set() {
    let (platform, _data) = Platform::with(|config| config.api_key = Some("k3y".to_owned())).await;
    assert_eq!(
        platform.refusal(Method::GET, "/v2/templates", None, 401).await,
        "Missing API key: send it in the header X-API-KEY"
    );
    for (header, key, status) in [
        ("x-api-key", "k3y", StatusCode::OK),
        ("x-api-key", "k3y2", StatusCode::UNAUTHORIZED),
        ("x-api-key", "", StatusCode::UNAUTHORIZED),
        ("authorization", "Bearer k3y", StatusCode::OK),
        ("authorization", "bearer k3y", StatusCode::OK),
        ("authorization", "Bearer k3", StatusCode::UNAUTHORIZED),
        ("authorization", "Basic k3y", StatusCode::UNAUTHORIZED),
        ("authorization", "k3y", StatusCode::UNAUTHORIZED),
    ] {
        let request = platform.request(Method::GET, "/v2/templates").header(header, key);
        assert_eq!(request.send().await.unwrap().status(), status, "{header}: {key}");
    }
    // One key must not hide behind another.
    let both = platform.request(Method::GET, "/v2/templates").header("x-api-key", "wrong");
    let both = both.header("authorization", "Bearer k3y").send().await.unwrap();
    assert_eq!(both.status(), StatusCode::UNAUTHORIZED);
    let health = platform.request(Method::GET, "/health").send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_needs_a_key() {
    let (platform, _data) = Platform::fresh().await;
    let (keyed, _keyed_data) =
        Platform::with(|config| config.api_key = Some("k3y".to_owned())).await;
    for (platform, status) in [(platform, StatusCode::FORBIDDEN), (keyed, StatusCode::OK)] {
        let request = platform.request(Method::GET, "/v2/templates");
        let request = request.header("origin", "https://example.com").header("x-api-key", "k3y");
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_took_the_machine_s_name_needs_a_key() {
    let (platform, _data) = Platform::fresh().await;
    for (host, status) in [
        ("localhost:3000", StatusCode::OK),
        ("api.localhost", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("[::1]:3000", StatusCode::OK),
        ("evil.example:3000", StatusCode::FORBIDDEN),
        ("localhost.evil.example", StatusCode::FORBIDDEN),
        ("127.0.0.1.evil.example", StatusCode::FORBIDDEN),
    ] {
        let request = platform.request(Method::GET, "/v2/templates").header("host", host);
        assert_eq!(request.send().await.unwrap().status(), status, "{host}");
    }
    let (keyed, _data) = Platform::with(|config| config.api_key = Some("k3y".to_owned())).await;
    let request = keyed.request(Method::GET, "/v2/templates").header("host", "sbx.example");
    let answer = request.header("x-api-key", "k3y").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonsense_request_harms_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let (platform, _data) = Platform::fresh().await;
    let address = platform.url.strip_prefix("http://").unwrap().to_owned();
    let long = format!("GET /templates/{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET /health HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1000));
    for (request, answer) in [
        ("\0\0\0\0\r\n\r\n", "HTTP/1.1 400"),
        ("GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400"),
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"),
        ("POST /v3/templates HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400"),
        (
            "POST /v3/templates HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 413",
        ),
        (&long, "HTTP/1.1 4"),
        (&many, "HTTP/1.1 431"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        // The server may have refused before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        // The sending side stays open: a server may take its end for the client's departure.
        let mut answered = Vec::new();
        while !answered.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = timeout(PATIENCE, stream.read_buf(&mut answered)).await.expect("an end");
            if !read.is_ok_and(|read| read > 0) {
                break;
            }
        }
        let answered = String::from_utf8_lossy(&answered);
        let shown: String = request.chars().take(60).collect();
        // A connection that is reset takes its answer along.
        assert!(
            answered.starts_with(answer) || (answered.is_empty() && request.len() > 60_000),
            "{shown:?}: {answered}"
        );
    }
    // What calls itself something else than JSON is read as JSON all the same.
    let request = platform.request(Method::POST, "/v3/templates").body("{\"name\": \"t\"}");
    let answer = request.header("content-type", "text/plain").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    for body in ["\u{feff}{}", "{\"name\": \"t\"} x", "name=t", "\"t\"", "null", "{\"name\": {}}"] {
        let request = platform.request(Method::POST, "/v3/templates").body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["code"], 400, "{body}");
    }
    let deep = "[".repeat(100_000);
    let request =
        platform.request(Method::POST, "/v3/templates").body(format!("{{\"name\":{deep}"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(platform.get("/v2/templates").await.1.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_leads_to_its_template() {
    let (platform, _data) = Platform::fresh().await;
    let (id, _) = platform.ready("t", &["v1"]).await;
    for alias in ["t", "T", "local%2Ft", "t:v1", &id] {
        let (status, body) = platform.get(&format!("/templates/aliases/{alias}")).await;
        assert_eq!(status, StatusCode::OK, "{alias}: {body}");
        assert_eq!(body, json!({"templateID": id, "public": false}));
    }
    for (alias, status, message) in [
        ("u", 404, "template 'u' not found"),
        ("t:v2", 404, "tag 'v2' does not exist for template 't'"),
        ("t:default", 404, "tag 'default' does not exist for template 't'"),
        ("a%20b", 400, "Invalid alias format: invalid template ID: a b"),
        ("you%2Ft", 400, "namespace 'you' must match your team 'local'"),
    ] {
        let path = format!("/templates/aliases/{alias}");
        assert_eq!(platform.refusal(Method::GET, &path, None, status).await, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_shown_published_and_deleted() {
    let (platform, data) = Platform::with(|config| config.step_pause = SLOW / 1000).await;
    let (id, build) = platform.ready("t", &[]).await;
    let (status, body) =
        platform.call(Method::PATCH, "/v2/templates/t", Some(json!({"public": true}))).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"names": ["local/t"]})));
    let (status, _) = platform.call(Method::PATCH, "/v2/templates/t", Some(json!({}))).await;
    assert_eq!(status, StatusCode::OK);
    let (_, details) = platform.get(&format!("/templates/{id}")).await;
    assert_eq!(details["public"], true);
    assert_eq!(details["names"], json!(["local/t"]));
    assert_eq!(details["builds"][0]["buildID"], build);
    assert_eq!(details["builds"][0]["status"], "ready");
    assert_eq!(details["builds"][0]["recorded"], true);
    let by_name = platform.refusal(Method::GET, "/templates/t", None, 404).await;
    assert_eq!(by_name, "Template t not found");

    let running = platform.register("t", &["v2"]).await;
    platform.start_build(&running, json!({"fromImage": "debian:12"})).await;
    let (status, _) = platform.call(Method::DELETE, "/templates/local%2Ft", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    platform.idle().await;
    let path = "/templates/t";
    assert_eq!(platform.refusal(Method::DELETE, path, None, 404).await, "template 't' not found");
    assert_eq!(std::fs::read_dir(data.path().join("templates")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(data.path().join("logs")).unwrap().count(), 0);
    assert_ne!(platform.register("t", &[]).await.0, id, "a new template, not the old one again");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_listed_in_both_forms() {
    let (platform, _data) = Platform::fresh().await;
    let (id, build) = platform.ready("t0", &[]).await;
    for n in 1..5 {
        platform.register(&format!("t{n}"), &[]).await;
    }
    let first = platform.request(Method::GET, "/v2/templates?limit=3").send().await.unwrap();
    let token = first.headers()["x-next-token"].to_str().unwrap().to_owned();
    let first: Value = first.json().await.unwrap();
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|t| super::text(&t["aliases"][0])).collect()
    };
    assert_eq!(names(&first), ["t4", "t3", "t2"]);
    let path = format!("/v2/templates?limit=3&nextToken={token}");
    let second = platform.request(Method::GET, &path).send().await.unwrap();
    assert!(!second.headers().contains_key("x-next-token"));
    let second: Value = second.json().await.unwrap();
    assert_eq!(names(&second), ["t1", "t0"]);
    let oldest = &second[1];
    assert_eq!(oldest["templateID"], id);
    assert_eq!(oldest["buildID"], build);
    assert_eq!(oldest["buildStatus"], "ready");
    assert_eq!(oldest["recorded"], true);
    assert_eq!(oldest["cpuCount"], 2);
    assert_eq!(oldest["createdBy"], Value::Null);
    assert_eq!(first[0]["buildStatus"], "waiting");
    assert_eq!(first[0].get("recorded"), None);
    assert_eq!(first[0]["buildID"], "00000000-0000-0000-0000-000000000000");

    let (_, all) = platform.get("/templates").await;
    assert_eq!(names(&all), ["t4", "t3", "t2", "t1", "t0"]);

    let (_, page) = platform.get("/v2/templates?template_type=template_build&page=2&limit=2").await;
    assert_eq!(names(&page["templates"]), ["t2", "t1"]);
    assert_eq!((&page["total"], &page["totalPages"]), (&json!(5), &json!(3)));
    assert_eq!((&page["page"], &page["limit"]), (&json!(2), &json!(2)));
    let (_, page) = platform.get("/v2/templates?template_type=snapshot_template").await;
    assert_eq!((&page["total"], &page["limit"]), (&json!(0), &json!(20)));

    for (query, message) in [
        ("nextToken=x", "Invalid next token"),
        ("limit=0", "parameter \"limit\" in query has an error: number must be at least 1"),
        ("page=0", "parameter \"page\" in query has an error: number must be at least 1"),
    ] {
        let path = format!("/v2/templates?{query}");
        assert_eq!(platform.refusal(Method::GET, &path, None, 400).await, message);
    }
    platform.refusal(Method::GET, "/v2/templates?template_type=x", None, 400).await;
}
