//! Registering a build.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Platform, SLOW};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_holds_what_the_server_understood() {
    let (platform, _data) = Platform::fresh().await;
    let body = json!({"name": " Local/My-App_1:V2 ", "tags": ["v2", " LATEST "]});
    let (status, answer) = platform.post("/v3/templates", body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(answer["names"], json!(["local/my-app_1"]));
    assert_eq!(answer["aliases"], json!(["my-app_1"]));
    assert_eq!(answer["tags"], json!(["v2", "latest"]));
    assert_eq!(answer["public"], false);
    let id = answer["templateID"].as_str().unwrap();
    assert_eq!(id.len(), 20);
    assert!(uuid::Uuid::parse_str(answer["buildID"].as_str().unwrap()).is_ok());

    let (_, details) = platform.get(&format!("/templates/{id}")).await;
    assert_eq!(details["builds"][0]["cpuCount"], 2);
    assert_eq!(details["builds"][0]["memoryMB"], 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_tag_is_given_only_to_builds_without_tags() {
    let (platform, _data) = Platform::fresh().await;
    for (body, tags) in [
        (json!({"name": "t"}), json!(["default"])),
        (json!({"name": "t:default"}), json!(["default"])),
        (json!({"name": "t:default", "tags": ["v1"]}), json!(["v1"])),
        (json!({"name": "t", "tags": ["v1", "default"]}), json!(["v1", "default"])),
        (json!({"alias": "t", "tags": null, "cpuCount": null}), json!(["default"])),
    ] {
        let (_, answer) = platform.post("/v3/templates", body).await;
        assert_eq!(answer["tags"], tags);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_leads_to_one_template() {
    let (platform, _data) = Platform::fresh().await;
    let (first, _) = platform.register("same", &[]).await;
    assert_eq!(platform.register("local/SAME:v2", &[]).await.0, first);
    assert_ne!(platform.register("other", &[]).await.0, first);
    let message =
        platform.refusal(Method::POST, "/v3/templates", Some(json!({"name": first})), 409).await;
    assert_eq!(message, format!("Alias '{first}' is already used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_message() {
    let (platform, _data) = Platform::with(|config| {
        config.max_cpu = 8;
        config.max_memory_mb = 8192;
    })
    .await;
    let cases: [(Value, &str); 16] = [
        (json!({}), "Name is required"),
        (json!({"name": ""}), "Invalid name: invalid template ID: "),
        (json!({"name": "a b"}), "Invalid name: invalid template ID: a b"),
        (json!({"name": "a/b/c"}), "Invalid name: invalid template ID: b/c"),
        (json!({"name": "ä/b"}), "Invalid name: invalid namespace: ä"),
        (json!({"name": "a:b/c"}), "Invalid name: invalid tag: b/c"),
        (json!({"name": "a".repeat(129)}), "Invalid name: it must have at most 128 characters"),
        (json!({"name": "you/a"}), "namespace 'you' must match your team 'local'"),
        (json!({"name": "a", "tags": ["x y"]}), "Invalid tag: invalid tag 'x y': invalid tag: x y"),
        (
            json!({"name": "a", "tags": ["0123456789abcdef0123456789ABCDEF"]}),
            "Invalid tag: invalid tag '0123456789abcdef0123456789ABCDEF': tag cannot be a UUID",
        ),
        (json!({"name": "a", "cpuCount": 0}), "CPU count must be at least 1"),
        (json!({"name": "a", "cpuCount": 34}), "CPU count must be at most 32"),
        (json!({"name": "a", "cpuCount": 10}), "CPU count can't be higher than 8"),
        (json!({"name": "a", "memoryMB": 64}), "Memory must be at least 128 MiB"),
        (json!({"name": "a", "memoryMB": 8194}), "Memory can't be higher than 8192 MiB"),
        (json!([]), "Invalid request body: it must be an object"),
    ];
    for (body, message) in cases {
        let refusal = platform.refusal(Method::POST, "/v3/templates", Some(body), 400).await;
        assert_eq!(refusal, message);
    }
    for body in [json!({"name": 1}), json!({"name": "a", "cpuCount": "2"})] {
        let refusal = platform.refusal(Method::POST, "/v3/templates", Some(body), 400).await;
        assert!(refusal.starts_with("Invalid request body: invalid type"), "{refusal}");
    }
    let (_, list) = platform.get("/v2/templates").await;
    assert_eq!(list, json!([]), "a refused registration leaves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_replaces_unstarted_builds_that_share_a_tag() {
    let (platform, _data) = Platform::fresh().await;
    let old = platform.register("t", &["a", "b"]).await;
    let apart = platform.register("t", &["c"]).await;
    let other = platform.register("u", &["a"]).await;
    platform.register("t", &["b"]).await;
    let status = platform.status(&old).await;
    assert_eq!(status["status"], "error");
    let message = "The build was canceled because it was superseded by a newer one.";
    assert_eq!(status["reason"]["message"], message);
    assert_eq!(platform.status(&apart).await["status"], "waiting");
    assert_eq!(platform.status(&other).await["status"], "waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_builds_are_limited() {
    let (platform, _data) = Platform::with(|config| {
        config.concurrent_builds = 2;
        config.step_pause = SLOW;
    })
    .await;
    let running = platform.register("a", &[]).await;
    platform.start_build(&running, json!({"fromImage": "debian:12"})).await;
    platform.register("b", &[]).await;
    let body = || Some(json!({"name": "c"}));
    let message = platform.refusal(Method::POST, "/v3/templates", body(), 429).await;
    assert!(message.contains("maximum number of concurrent template builds (2)"), "{message}");
    platform.register("b", &[]).await;
    let (status, _) = platform.call(Method::DELETE, "/templates/a", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    platform.idle().await;
    platform.register("c", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_must_be_started_in_time() {
    let (platform, _data) =
        Platform::with(|config| config.start_within = Duration::from_millis(50)).await;
    let ids = platform.register("t", &[]).await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    let status = platform.status(&ids).await;
    assert_eq!(status["status"], "error");
    assert_eq!(status["reason"]["message"], "build is in waiting state for too long");
}
