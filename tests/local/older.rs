//! The calls of older clients.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Platform, messages};

#[tokio::test(flavor = "multi_thread")]
async fn the_second_registration_takes_an_alias() {
    let (platform, _data) = Platform::fresh().await;
    let body = json!({"alias": "T:V1", "cpuCount": 4, "memoryMB": 512, "teamID": "x"});
    let (status, answer) = platform.post("/v2/templates", body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    assert_eq!(answer["aliases"], json!(["t"]));
    assert_eq!(answer["public"], false);
    let ids = (super::text(&answer["templateID"]), super::text(&answer["buildID"]));
    platform.start_build(&ids, json!({"fromImage": "debian:12"})).await;
    platform.idle().await;
    assert_eq!(platform.status(&ids).await["status"], "ready");
    let (_, tags) = platform.get("/templates/t/tags").await;
    assert_eq!((&tags[0]["tag"], &tags[0]["buildID"]), (&json!("v1"), &json!(ids.1)));
    let (_, details) = platform.get(&format!("/templates/{}", ids.0)).await;
    assert_eq!(
        (&details["builds"][0]["cpuCount"], &details["builds"][0]["memoryMB"]),
        (&json!(4), &json!(512))
    );

    for (body, message) in [
        (
            json!({"name": "t"}),
            "request body has an error: doesn't match schema: property \"alias\" is missing",
        ),
        (json!({"alias": "a b"}), "Invalid name: invalid template ID: a b"),
        (json!({"alias": "you/t"}), "namespace 'you' must match your team 'local'"),
        (json!({"alias": "t", "cpuCount": 33}), "CPU count must be at most 32"),
    ] {
        let refusal = platform.refusal(Method::POST, "/v2/templates", Some(body), 400).await;
        assert_eq!(refusal, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_of_a_pushed_image_fails_in_its_base() {
    let (platform, _data) = Platform::fresh().await;
    let body = json!({"alias": "old", "dockerfile": "FROM debian:12", "startCmd": "x"});
    let (status, answer) = platform.post("/templates", body.clone()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    assert_eq!(answer["names"], json!(["local/old"]));
    let ids = (super::text(&answer["templateID"]), super::text(&answer["buildID"]));

    let path = format!("/templates/{}/builds/{}", ids.0, ids.1);
    let started = platform.request(Method::POST, &path).send().await.unwrap();
    assert_eq!(started.status(), StatusCode::ACCEPTED);
    platform.idle().await;
    let status = platform.status(&ids).await;
    assert_eq!(status["status"], "error");
    assert_eq!(status["reason"]["step"], "base");
    let reason = super::text(&status["reason"]["message"]);
    assert!(reason.starts_with("the local platform has no registry"), "{reason}");
    // The oldest clients know lines alone.
    let lines = status["logs"].as_array().unwrap();
    assert_eq!(lines.len(), messages(&status).len());
    let last = super::text(lines.last().unwrap());
    assert!(last.starts_with("[20") && last.ends_with(&format!("Z] Build failed: {reason}\n")));
    assert_eq!(
        platform.refusal(Method::POST, &path, None, 400).await,
        "build is not in waiting state"
    );

    // The same alias is another template's now; the template itself is built again by its ID.
    assert_eq!(
        platform.refusal(Method::POST, "/templates", Some(body.clone()), 403).await,
        "Alias 'old' already used"
    );
    let again = format!("/templates/{}", ids.0);
    let renamed = json!({"alias": "new", "dockerfile": ""});
    let (status, answer) = platform.post(&again, renamed).await;
    assert_eq!((status, &answer["templateID"]), (StatusCode::ACCEPTED, &json!(ids.0)));
    assert_eq!(answer["aliases"], json!(["new"]));
    platform.refusal(Method::GET, "/templates/aliases/old", None, 404).await;
    let unknown = platform.refusal(Method::POST, "/templates/none", Some(body), 404).await;
    assert_eq!(unknown, "Template 'none' not found");
    let nothing = platform.refusal(Method::POST, "/templates", Some(json!({})), 400).await;
    assert!(nothing.ends_with("property \"dockerfile\" is missing"), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_may_have_no_name() {
    let (platform, _data) = Platform::fresh().await;
    let (_, answer) = platform.post("/templates", json!({"dockerfile": ""})).await;
    let id = super::text(&answer["templateID"]);
    assert_eq!((&answer["names"], &answer["aliases"]), (&json!([]), &json!([])));
    let (status, _) = platform.get(&format!("/templates/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = platform.call(Method::DELETE, &format!("/templates/{id}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_update_answers_with_nothing() {
    let (platform, _data) = Platform::fresh().await;
    let (id, _) = platform.ready("t", &[]).await;
    let update = |public: Value| Some(json!({ "public": public }));
    let answer = platform.call(Method::PATCH, "/templates/t", update(json!(true))).await;
    assert_eq!(answer, (StatusCode::OK, Value::Null));
    let (_, details) = platform.get(&format!("/templates/{id}")).await;
    assert_eq!(details["public"], true);
    platform.refusal(Method::PATCH, "/templates/t", update(json!("yes")), 400).await;
    platform.refusal(Method::PATCH, "/templates/none", update(json!(true)), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_sdk_is_told_what_its_build_means() {
    let (mut platform, _data) = Platform::fresh().await;
    for (agent, told) in
        [("e2b-js-sdk/2.2.9", true), ("e2b-js-sdk/2.51.0", false), ("sbx/0.1.0", false)]
    {
        platform.agent = agent;
        let (_, status) = platform.build("t", &[], json!({"fromImage": "debian:12"})).await;
        assert_eq!(status["status"], "ready", "{status}");
        let warned =
            messages(&status).iter().any(|line| line.starts_with("This SDK is older than 2.3.0"));
        assert_eq!(warned, told, "{agent}");
    }
    platform.agent = "e2b-python-sdk/unknown";
    let ids = platform.register("t", &[]).await;
    let path = format!("/v2/templates/{}/builds/{}", ids.0, ids.1);
    let body = Some(json!({"fromImage": "debian:12"}));
    assert_eq!(
        platform.refusal(Method::POST, &path, body, 400).await,
        "Error when parsing user agent: parsing Python SDK version: invalid current version \
         format: vunknown"
    );
    assert_eq!(platform.status(&ids).await["status"], "waiting", "it may be started properly");
}
