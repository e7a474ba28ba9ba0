//! The laws of tags.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Platform;

/// The build that each tag stands on.
async fn tags(platform: &Platform, reference: &str) -> Vec<(String, String)> {
    let (status, body) = platform.get(&format!("/templates/{reference}/tags")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let tags = body.as_array().unwrap().iter();
    tags.map(|tag| (super::text(&tag["tag"]), super::text(&tag["buildID"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_move_with_the_builds() {
    let (platform, _data) = Platform::fresh().await;
    let (id, first) = platform.ready("t", &[]).await;
    let (_, second) = platform.ready("t", &["v2"]).await;
    let expected = [("default".to_owned(), first.clone()), ("v2".to_owned(), second.clone())];
    assert_eq!(tags(&platform, "t").await, expected, "the bare name keeps the older build");
    assert_eq!(tags(&platform, &id).await, expected);
    assert_eq!(tags(&platform, "local%2Ft").await, expected);

    let body = json!({"target": "t:v2", "tags": ["Stable", "stable", "default"]});
    let (status, answer) = platform.post("/templates/tags", body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(answer, json!({"buildID": second, "tags": ["stable", "default"]}));
    let body = json!({"name": "t", "tags": ["v2", "unknown"]});
    let (status, _) = platform.call(Method::DELETE, "/templates/tags", Some(body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let expected = [("default".to_owned(), second.clone()), ("stable".to_owned(), second)];
    assert_eq!(tags(&platform, "t").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_build_does_not_hide_the_ready_one() {
    let (platform, _data) = Platform::fresh().await;
    let (_, ready) = platform.ready("t", &["v1"]).await;
    let (_, failed) = platform.build("t", &["v1"], json!({"fromTemplate": "none"})).await;
    assert_eq!(failed["status"], "error");
    assert_eq!(tags(&platform, "t").await[0].1, failed["buildID"].as_str().unwrap());
    let body = json!({"target": "t:v1", "tags": ["good"]});
    let (_, answer) = platform.post("/templates/tags", body).await;
    assert_eq!(answer["buildID"], ready.as_str());
    let body = json!({"target": format!("t:{ready}"), "tags": ["by-id"]});
    let (_, answer) = platform.post("/templates/tags", body).await;
    assert_eq!(answer["buildID"], ready.as_str(), "a build's ID may stand for a tag");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_message() {
    let (platform, _data) = Platform::fresh().await;
    platform.ready("t", &["v1"]).await;
    let assign: [(Value, u16, &str); 7] = [
        (json!({"target": "t:v1", "tags": []}), 400, "At least one tag is required"),
        (
            json!({"target": "t u", "tags": ["a"]}),
            400,
            "Invalid target template format: invalid template ID: t u",
        ),
        (
            json!({"target": "you/t", "tags": ["a"]}),
            400,
            "namespace 'you' must match your team 'local'",
        ),
        (json!({"target": "u:v1", "tags": ["a"]}), 404, "template 'u' not found"),
        (json!({"target": "t", "tags": ["a"]}), 404, "Template 't' with tag 'default' not found"),
        (
            json!({"target": "t:v1", "tags": ["a b"]}),
            400,
            "Invalid tag: invalid tag 'a b': invalid tag: a b",
        ),
        (
            json!({"tags": ["a"]}),
            400,
            "Invalid request body: missing field `target` at line 1 column 14",
        ),
    ];
    for (body, status, message) in assign {
        let refusal = platform.refusal(Method::POST, "/templates/tags", Some(body), status).await;
        assert_eq!(refusal, message);
    }
    let delete: [(Value, u16, &str); 5] = [
        (json!({"name": "t", "tags": []}), 400, "At least one tag is required"),
        (json!({"name": "t", "tags": ["Default"]}), 400, "Cannot delete the 'default' tag"),
        (
            json!({"name": "t:v1", "tags": ["v1"]}),
            400,
            "Template name should not contain a tag, use the 'tags' field instead",
        ),
        (
            json!({"name": "", "tags": ["v1"]}),
            400,
            "Invalid template name format: invalid template ID: ",
        ),
        (json!({"name": "local/u", "tags": ["v1"]}), 404, "template 'local/u' not found"),
    ];
    for (body, status, message) in delete {
        let refusal = platform.refusal(Method::DELETE, "/templates/tags", Some(body), status).await;
        assert_eq!(refusal, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_exists_once_a_build_of_it_is_ready() {
    let (platform, _data) = Platform::fresh().await;
    let (id, build) = platform.ready("t", &["v1"]).await;
    platform.build("t", &["v1", "bad"], json!({"fromTemplate": "none"})).await;
    platform.register("t", &["new"]).await;
    for (tag, exists, normalized) in [
        ("%20V1%20", true, "v1"),
        ("bad", false, "bad"),
        ("new", false, "new"),
        ("none", false, "none"),
        ("default", false, "default"),
    ] {
        let (status, answer) =
            platform.get(&format!("/templates/{id}/tags/exists?tag={tag}")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer, json!({"exists": exists, "normalizedTag": normalized}));
        let (status, _) = platform.get(&format!("/templates/aliases/t:{normalized}")).await;
        assert_eq!(status == StatusCode::OK, exists, "an alias says the same of {tag}");
    }
    for build in [build.clone(), build.replace('-', "")] {
        let (status, _) = platform.get(&format!("/templates/aliases/t:{build}")).await;
        assert_eq!(status, StatusCode::OK, "a build's ID may stand for a tag");
    }
    let calls = [
        (format!("/templates/{id}/tags/exists?tag=a%20b"), 400),
        (format!("/templates/{id}/tags/exists?tag={build}"), 400),
        (format!("/templates/{id}/tags/exists"), 400),
        ("/templates/t/tags/exists?tag=v1".to_owned(), 404),
    ];
    for (call, status) in calls {
        platform.refusal(Method::GET, &call, None, status).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_tags_are_assigned_or_none() {
    let (platform, _data) = Platform::fresh().await;
    let (_, build) = platform.ready("t", &["v1"]).await;
    let body = json!({"target": "t:v1", "tags": ["good", "a b"]});
    platform.refusal(Method::POST, "/templates/tags", Some(body), 400).await;
    assert_eq!(tags(&platform, "t").await, [("v1".to_owned(), build)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_loses_its_last_tag_is_out_of_reach() {
    let (platform, _data) = Platform::fresh().await;
    let first = platform.ready("t", &["v1"]).await;
    let second = platform.ready("t", &["v1", "v2"]).await;
    let body = json!({"name": "t", "tags": ["v1"]});
    let (status, _) = platform.call(Method::DELETE, "/templates/tags", Some(body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, details) = platform.get(&format!("/templates/{}", first.0)).await;
    let builds = details["builds"].as_array().unwrap().iter().map(|build| &build["buildID"]);
    assert_eq!(builds.collect::<Vec<_>>(), [&json!(second.1)], "the history went with the tag");
    let (template, build) = &first;
    for call in ["status", "logs"] {
        let path = format!("/templates/{template}/builds/{build}/{call}");
        platform.refusal(Method::GET, &path, None, 400).await;
    }
    let path = format!("/v2/templates/{template}/builds/{build}");
    let image = json!({"fromImage": "debian:12"});
    platform.refusal(Method::POST, &path, Some(image), 404).await;
    assert_eq!(platform.status(&second).await["status"], "ready");
}
