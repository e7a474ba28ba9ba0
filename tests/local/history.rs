//! The histories of tags, of which only builds that are ready are part.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Platform, text};

/// The builds of assignments.
fn builds(assignments: &Value) -> Vec<String> {
    let assignments = assignments.as_array().expect("assignments").iter();
    assignments.map(|assignment| text(&assignment["buildId"])).collect()
}

async fn read(platform: &Platform, path: &str) -> Value {
    let (status, answer) = platform.get(path).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn assign(platform: &Platform, target: &str, tags: &[&str]) {
    let body = json!({ "target": target, "tags": tags });
    let (status, answer) = platform.post("/templates/tags", body).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_has_a_history_of_ready_builds() {
    let (platform, _data) = Platform::fresh().await;
    let (id, first) = platform.ready("t", &["v1"]).await;
    let (_, second) = platform.ready("t", &["v1", "v2"]).await;
    platform.build("t", &["v1", "bad"], json!({"fromTemplate": "none"})).await;
    platform.register("t", &["v1"]).await;
    assign(&platform, &format!("{id}:{first}"), &["v1"]).await;

    let path = format!("/templates/{id}/tags/%20V1/assignments");
    let history = read(&platform, &path).await;
    let expected = [first.clone(), second.clone(), first.clone()];
    assert_eq!(builds(&history["data"]), expected, "newest first, failed and waiting ones not");
    assert_eq!(history["nextCursor"], Value::Null);
    for assignment in history["data"].as_array().unwrap() {
        let mut keys: Vec<_> = assignment.as_object().unwrap().keys().collect();
        keys.sort_unstable();
        let known = ["assignedAt", "assignmentId", "buildCreatedAt", "buildFinishedAt", "buildId"];
        assert_eq!(keys, known);
        assert!(uuid::Uuid::parse_str(&text(&assignment["assignmentId"])).is_ok());
    }

    // The same, a page at a time.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = read(&platform, &format!("{path}?limit=1&cursor={cursor}")).await;
        paged.extend(builds(&page["data"]));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.replace('|', "%7C").replace('+', "%2B"),
            None => break,
        }
    }
    assert_eq!(paged, expected);

    let body = json!({"name": "t", "tags": ["v1"]});
    platform.call(Method::DELETE, "/templates/tags", Some(body)).await;
    assert_eq!(builds(&read(&platform, &path).await["data"]), [""; 0], "it went with the tag");
    let other = read(&platform, &format!("/templates/{id}/tags/v2/assignments")).await;
    assert_eq!(builds(&other["data"]), [second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_grouped_with_their_newest_builds() {
    let (platform, _data) = Platform::fresh().await;
    let (id, first) = platform.ready("t", &["v1"]).await;
    let (_, second) = platform.ready("t", &["v2"]).await;
    assign(&platform, "t:v1", &["old"]).await;
    assign(&platform, "t:v2", &["v1"]).await;
    platform.build("t", &["bad"], json!({"fromTemplate": "none"})).await;

    let names = |groups: &Value| -> Vec<String> {
        groups["tags"].as_array().expect("groups").iter().map(|group| text(&group["tag"])).collect()
    };
    let path = format!("/templates/{id}/tags/groups");
    let groups = read(&platform, &path).await;
    assert_eq!(names(&groups), ["v1", "old", "v2"], "the tag that was assigned last is first");
    assert_eq!(builds(&groups["tags"][0]["assignments"]), [second.clone(), first]);
    assert_eq!(groups["tags"][0]["hasMore"], false);
    assert_eq!(read(&platform, &format!("/templates/{id}/tags/count")).await, json!({"total": 3}));

    let newest = read(&platform, &format!("{path}?assignmentLimit=1&search=V1")).await;
    assert_eq!(builds(&newest["tags"][0]["assignments"]), [second]);
    assert_eq!(newest["tags"][0]["hasMore"], true);
    assert_eq!(names(&newest), ["v1"]);
    for (sort, expected) in [
        ("latest_desc", ["v1", "old", "v2"]),
        ("latest_asc", ["v2", "old", "v1"]),
        ("name_asc", ["old", "v1", "v2"]),
        ("name_desc", ["v2", "v1", "old"]),
    ] {
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = format!("{path}?sort={sort}&tagsLimit=2&tagsCursor={cursor}");
            let page = read(&platform, &page).await;
            paged.extend(names(&page));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.replace('|', "%7C").replace('+', "%2B");
        }
        assert_eq!(paged, expected, "{sort}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_of_ids_and_of_known_parameters() {
    let (platform, _data) = Platform::fresh().await;
    let (id, build) = platform.ready("t", &["v1"]).await;
    for (path, status, message) in [
        ("/templates/t/tags/v1/assignments".to_owned(), 404, "Template 't' not found"),
        ("/templates/t/tags/groups".to_owned(), 404, "Template 't' not found"),
        ("/templates/t/tags/count".to_owned(), 404, "Template 't' not found"),
        (format!("/templates/{id}/tags/v1/assignments?cursor=x"), 400, "invalid cursor"),
        (
            format!("/templates/{id}/tags/v1/assignments?limit=101"),
            400,
            "parameter \"limit\" in query has an error: number must be at most 100",
        ),
        (
            format!("/templates/{id}/tags/{build}/assignments"),
            400,
            &format!("Invalid tag: invalid tag '{build}': tag cannot be a UUID"),
        ),
        (format!("/templates/{id}/tags/groups?sort=x"), 400, "Invalid sort parameter"),
        (format!("/templates/{id}/tags/groups?search=a%20b"), 400, "Invalid search parameter"),
        (format!("/templates/{id}/tags/groups?tagsCursor=x"), 400, "Invalid cursor"),
        (
            format!("/templates/{id}/tags/groups?tagsCursor=name_asc%7Cx%7Cv1"),
            400,
            "Cursor was issued for a different sort; clear the cursor and restart",
        ),
    ] {
        assert_eq!(platform.refusal(Method::GET, &path, None, status).await, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_names_a_tag_or_a_build() {
    let (platform, _data) = Platform::fresh().await;
    let (id, first) = platform.ready("t", &["v1"]).await;
    let (_, second) = platform.ready("t", &["v2"]).await;
    for (target, build) in [
        ("t:v1".to_owned(), &first),
        ("local/t:v2".to_owned(), &second),
        (format!("t:{first}"), &first),
        (format!("{id}:{second}"), &second),
        (format!("{id}:v1"), &first),
    ] {
        let body = json!({ "target": target, "tags": ["checked"] });
        let (status, answer) = platform.post("/templates/tags", body).await;
        assert_eq!((status.as_u16(), &text(&answer["buildID"])), (201, build), "{target}");
        let alias = target.replace('/', "%2F");
        let (status, answer) = platform.get(&format!("/templates/aliases/{alias}")).await;
        assert_eq!((status.as_u16(), text(&answer["templateID"])), (200, id.clone()), "{target}");
        let (_, child) = platform.build("child", &[], json!({ "fromTemplate": target })).await;
        assert_eq!(child["status"], "ready", "{target}: {child}");
    }
    let (_, orphan) = platform.build("child", &[], json!({ "fromTemplate": "t" })).await;
    assert_eq!(orphan["status"], "error", "no build has the tag `default`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_carries_its_newest_ready_build() {
    let (platform, _data) = Platform::fresh().await;
    let (id, ready) = platform.ready("t", &[]).await;
    platform.build("t", &[], json!({"fromTemplate": "none"})).await;
    let details = read(&platform, &format!("/templates/{id}")).await;
    assert_eq!(details["buildID"], ready.as_str());
    assert_eq!(details["buildStatus"], "error", "of the last build");
    assert_eq!(details["buildCount"], 2);
    for key in ["cpuCount", "memoryMB", "diskSizeMB"] {
        assert!(details[key].is_u64(), "{key}: {details}");
    }
    assert_eq!(details["builds"].as_array().unwrap().len(), 2);
}
