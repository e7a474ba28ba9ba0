//! A build from its start to its end, and its log.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Item, Platform, SLOW, copy, files_hash, messages, pack, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_build_with_an_archive_becomes_ready() {
    let (platform, _data) = Platform::fresh().await;
    let items = [
        Item::Directory("app", 0o755),
        Item::File("app/main.py", 0o644, "print('hello')\n"),
        Item::Link("app/start", "main.py"),
    ];
    let hash = files_hash("app", "/srv/", &items);
    let ids = platform.register("agent", &["v1"]).await;
    assert_eq!(platform.status(&ids).await["status"], "waiting");
    assert_eq!(platform.link(&ids.0, &hash).await["present"], false);
    platform.upload(&ids.0, &hash, pack(&items)).await;
    assert_eq!(platform.link(&ids.0, &hash).await["present"], true);

    let body = json!({
        "fromImage": "python:3.12",
        "startCmd": "python app/main.py",
        "readyCmd": "sleep 1",
        "force": false,
        "steps": [
            run("pip install numpy"),
            {"type": "ENV", "args": ["A", "1", "B", "two"], "force": false},
            copy("app", "/srv/", &hash),
            {"type": "RUN", "args": ["make\nmake install", "root"], "force": true},
        ],
    });
    platform.start_build(&ids, body).await;
    platform.idle().await;
    let status = platform.status(&ids).await;
    assert_eq!(status["status"], "ready", "{status}");
    assert_eq!(status["recorded"], true, "no step was run");
    assert_eq!(status["reason"], Value::Null);
    assert_eq!(status["logs"], json!([]));
    let messages = messages(&status);
    let expected = [
        format!("Building template {}/{}", ids.0, ids.1),
        "recorded only: the selected engine is `none`".to_owned(),
        "[base] FROM python:3.12".to_owned(),
        "[builder 1/4] RUN pip install numpy".to_owned(),
        "[builder 2/4] ENV A=1 B=two".to_owned(),
        "[builder 3/4] COPY app /srv/".to_owned(),
        "archive: 1 file, 1 directory, 1 link, 15 bytes; agrees with its hash".to_owned(),
        "[builder 4/4] RUN (no cache) (as root) make".to_owned(),
        "make install".to_owned(),
        "[finalize] START python app/main.py".to_owned(),
        "[finalize] READY sleep 1".to_owned(),
        "Sandboxes will have 2 CPU and 1024 MiB".to_owned(),
        "Build finished, took 0s".to_owned(),
    ];
    assert_eq!(messages, expected);
    let steps: Vec<&Value> =
        status["logEntries"].as_array().unwrap().iter().map(|entry| &entry["step"]).collect();
    let (none, base, finalize) = (&Value::Null, &json!("base"), &json!("finalize"));
    let (one, two, three, four) = (&json!("1"), &json!("2"), &json!("3"), &json!("4"));
    let expected =
        [none, none, base, one, two, three, three, four, four, finalize, finalize, none, none];
    assert_eq!(steps, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_copy_names_its_step() {
    let (platform, _data) = Platform::fresh().await;
    let file = [Item::File("app.py", 0o644, "one")];
    let changed = [Item::File("app.py", 0o644, "two")];
    let hash = files_hash("app.py", "/srv/", &file);
    let other = files_hash("gone.py", "/srv/", &file);
    let template = platform.register("seed", &[]).await.0;
    platform.upload(&template, &hash, pack(&changed)).await;
    platform.upload(&template, &other, pack(&file)).await;

    let missing = "0".repeat(64);
    let cases = [
        (
            copy("app.py", "/srv/", &missing),
            format!("failed to open files object from storage: nothing was uploaded for {missing}"),
        ),
        (
            copy("app.py", "/srv/", &hash),
            "the archive does not agree with its filesHash: the files were changed between \
             hashing and packing, or something else was stored under this hash before"
                .to_owned(),
        ),
        (
            copy("gone.py", "/srv/", &other),
            "failed to move files in sandbox: source path does not exist: gone.py".to_owned(),
        ),
        (
            copy("app.py", "/srv/", "ABC"),
            "COPY requires a files hash of 64 lower-case hexadecimal digits".to_owned(),
        ),
        (
            json!({"type": "COPY", "args": ["app.py", "/srv/"], "force": false}),
            "COPY requires files hash to be set".to_owned(),
        ),
        (
            json!({"type": "COPY", "args": ["app.py"], "force": false}),
            "COPY requires a local path and a container path argument".to_owned(),
        ),
        (json!({"type": "RUN", "args": []}), "RUN requires command argument".to_owned()),
        (
            json!({"type": "ENV", "args": []}),
            "ENV does not support passing no arguments".to_owned(),
        ),
        (
            json!({"type": "ENV", "args": ["A"]}),
            "ENV requires both a key and value arguments".to_owned(),
        ),
        (json!({"type": "WORKDIR", "args": []}), "WORKDIR requires a path argument".to_owned()),
        (json!({"type": "USER", "args": []}), "USER requires a username argument".to_owned()),
    ];
    for (step, message) in cases {
        let body = json!({"fromImage": "debian:12", "steps": [run("true"), step, run("true")]});
        let (_, status) = platform.build("failing", &[], body).await;
        assert_eq!(status["status"], "error", "{status}");
        assert_eq!(status["reason"]["message"], message);
        assert_eq!(status["reason"]["step"], "2");
        let complaints = status["reason"]["logEntries"].as_array().unwrap();
        assert_eq!(complaints.len(), 1, "{status}");
        assert_eq!(complaints[0]["message"], format!("Build failed: {message}"));
        assert_eq!(complaints[0]["level"], "error");
        let log = messages(&status);
        assert!(
            !log.iter().any(|line| line.contains("[builder 3/3]")),
            "nothing follows a failure: {log:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_some_clients_hash_directories_exactly() {
    let (mut platform, _data) = Platform::fresh().await;
    let items = [Item::Directory("d", 0o755), Item::File("d/f", 0o644, "x")];
    let hash = "a".repeat(64);
    let template = platform.register("seed", &[]).await.0;
    platform.upload(&template, &hash, pack(&items)).await;
    let body = json!({"fromImage": "debian:12", "steps": [copy("d", "/srv/", &hash)]});
    let (_, status) = platform.build("t", &[], body.clone()).await;
    assert_eq!(status["status"], "error", "sbx hashes exactly: {status}");
    platform.agent = "e2b-js-sdk/2.51.0";
    let (_, status) = platform.build("t", &[], body).await;
    assert_eq!(status["status"], "ready", "{status}");
    let log = messages(&status);
    assert!(log.iter().any(|line| line.contains("not checked against its hash")), "{log:?}");

    let body = json!({"fromImage": "debian:12", "steps": [copy("f", "/srv/", &hash)]});
    platform.upload(&template, &hash, pack(&[Item::File("f", 0o644, "x")])).await;
    let (_, status) = platform.build("t", &[], body).await;
    assert_eq!(status["status"], "error", "files alone everyone hashes the same: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_comes_in_pages() {
    let (platform, _data) = Platform::fresh().await;
    let steps: Vec<Value> = (1..=250).map(|n| run(&format!("echo {n}"))).collect();
    let (ids, first) =
        platform.build("long", &[], json!({"fromImage": "debian:12", "steps": steps})).await;
    assert_eq!(first["status"], "ready");
    assert_eq!(messages(&first).len(), 100, "the last answer too holds a page only");
    let base = format!("/templates/{}/builds/{}", ids.0, ids.1);
    let mut all = messages(&first);
    loop {
        let (_, page) = platform.get(&format!("{base}/status?logsOffset={}", all.len())).await;
        let page = messages(&page);
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert_eq!(all.len(), 255);
    assert_eq!(all[252], "[builder 250/250] RUN echo 250");

    let (_, few) = platform.get(&format!("{base}/status?logsOffset=3&limit=2")).await;
    assert_eq!(messages(&few), all[3..5]);
    let (_, errors) = platform.get(&format!("{base}/status?level=error")).await;
    assert_eq!(messages(&errors), [""; 0]);

    let (_, newest) = platform.get(&format!("{base}/logs?direction=backward&limit=1")).await;
    assert_eq!(newest["logs"][0]["message"], "Build finished, took 0s");
    let (_, oldest) = platform.get(&format!("{base}/logs?limit=1&cursor=0")).await;
    assert_eq!(oldest["logs"][0]["message"], all[0]);
    let later = 1000
        + oldest["logs"][0]["timestamp"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond()
        + 600_000;
    let (_, none) = platform.get(&format!("{base}/logs?cursor={later}")).await;
    assert_eq!(none["logs"], json!([]));

    for (query, message) in [
        ("limit=101", "parameter \"limit\" in query has an error: number must be at most 100"),
        (
            "logsOffset=-1",
            "parameter \"logsOffset\" in query has an error: number must be at least 0",
        ),
        (
            "level=loud",
            "parameter \"level\" in query has an error: `loud` is not one of `debug`, `info`, \
             `warn`, `error`",
        ),
    ] {
        let path = format!("{base}/status?{query}");
        assert_eq!(platform.refusal(Method::GET, &path, None, 400).await, message);
    }
    platform.refusal(Method::GET, &format!("{base}/logs?limit=many"), None, 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_starts_once_and_from_one_base() {
    let (platform, _data) = Platform::fresh().await;
    let (template, build) = platform.ready("once", &[]).await;
    let path = format!("/v2/templates/{template}/builds/{build}");
    let image = json!({"fromImage": "debian:12"});
    let replayed = platform.refusal(Method::POST, &path, Some(image.clone()), 400).await;
    assert_eq!(replayed, "build is not in waiting state");

    for (body, message) in [
        (json!({}), "must specify either fromImage or fromTemplate"),
        (
            json!({"fromImage": "a", "fromTemplate": "b"}),
            "cannot specify both fromImage and fromTemplate",
        ),
    ] {
        let ids = platform.register("once", &[]).await;
        let path = format!("/v2/templates/{}/builds/{}", ids.0, ids.1);
        let refusal = platform.refusal(Method::POST, &path, Some(body), 500).await;
        let why = format!("failed to set template source: {message}");
        assert_eq!(refusal, format!("Error when starting template build: {why}"));
        let status = platform.status(&ids).await;
        assert_eq!(status["status"], "error");
        let reason = json!({"message": format!("error when building env: {why}")});
        assert_eq!(status["reason"], reason, "no step has failed");
    }

    let bad = format!("/v2/templates/{template}/builds/nonsense");
    let message = platform.refusal(Method::POST, &bad, Some(image.clone()), 400).await;
    assert_eq!(message, "Invalid build ID: nonsense");
    let unknown = format!("/v2/templates/{template}/builds/{}", uuid::Uuid::new_v4());
    platform.refusal(Method::POST, &unknown, Some(image), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_build_is_a_bad_request() {
    let (platform, _data) = Platform::fresh().await;
    let (template, _) = platform.ready("known", &[]).await;
    let unknown = uuid::Uuid::new_v4();
    for call in ["status", "logs"] {
        let path = format!("/templates/{template}/builds/{unknown}/{call}");
        let message = platform.refusal(Method::GET, &path, None, 400).await;
        assert_eq!(message, format!("Build '{unknown}' not found"));
        let path = format!("/templates/{template}/builds/nonsense/{call}");
        let message = platform.refusal(Method::GET, &path, None, 400).await;
        assert_eq!(message, "Invalid build id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_can_be_the_base() {
    let (platform, _data) = Platform::fresh().await;
    let (id, _) = platform.ready("base", &["v1"]).await;
    for from in ["base:v1", "local/base:v1", &format!("{id}:v1")] {
        let (_, status) = platform.build("child", &[], json!({"fromTemplate": from})).await;
        assert_eq!(status["status"], "ready", "{from}: {status}");
    }
    for (from, message) in [
        ("base", "tag 'default' does not exist for template 'base'"),
        ("base:v2", "tag 'v2' does not exist for template 'base'"),
        ("none", "template 'none' not found"),
        ("other/base", "template 'other/base' not found"),
        ("no such", "invalid template reference: invalid template ID: no such"),
    ] {
        let (_, status) = platform.build("child", &[], json!({"fromTemplate": from})).await;
        assert_eq!(status["status"], "error");
        assert_eq!(status["reason"]["step"], "base", "{status}");
        assert_eq!(status["reason"]["message"], message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_stops_running_builds_that_share_a_tag() {
    let (platform, _data) = Platform::with(|config| config.step_pause = SLOW).await;
    let image = json!({"fromImage": "debian:12"});
    let old = platform.register("t", &["v1", "a"]).await;
    let apart = platform.register("t", &["v2"]).await;
    platform.start_build(&old, image.clone()).await;
    platform.start_build(&apart, image.clone()).await;
    let new = platform.register("t", &["a"]).await;
    assert_eq!(platform.status(&old).await["status"], "building", "registering stops nothing");
    platform.start_build(&new, image).await;
    let status = platform.status(&old).await;
    assert_eq!(status["status"], "error");
    assert_eq!(status["reason"], json!({"message": "build was cancelled"}));
    assert_eq!(messages(&status).last().unwrap(), "Build failed: build was cancelled");
    assert_eq!(platform.status(&apart).await["status"], "building");
    assert_eq!(platform.status(&new).await["status"], "building");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_takes_too_long_fails() {
    let (platform, _data) = Platform::with(|config| {
        config.step_pause = std::time::Duration::from_millis(30);
        config.build_within = std::time::Duration::from_millis(10);
    })
    .await;
    let (_, status) = platform.build("slow", &[], json!({"fromImage": "debian:12"})).await;
    assert_eq!(status["status"], "error");
    assert!(status["reason"]["message"].as_str().unwrap().starts_with("build timed out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_dropped_on_receipt() {
    let (platform, data) = Platform::fresh().await;
    let registry = json!({"type": "registry", "username": "somebody", "password": "hunter2"});
    let body = json!({"fromImage": "private/image", "fromImageRegistry": registry});
    let (_, status) = platform.build("private", &[], body).await;
    assert_eq!(status["status"], "ready");
    let mut read = 0;
    for directory in ["templates", "logs"] {
        for file in std::fs::read_dir(data.path().join(directory)).unwrap() {
            let content = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!content.contains("hunter2") && !content.contains("somebody"), "{content}");
            read += 1;
        }
    }
    assert_eq!(read, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_start_stops_running_builds_all_the_same() {
    let (platform, _data) = Platform::with(|config| config.step_pause = SLOW).await;
    let (failed, _) = platform.build("t", &["a"], json!({"fromTemplate": "none"})).await;
    let newer = platform.register("t", &["a"]).await;
    let image = json!({"fromImage": "debian:12"});
    platform.start_build(&newer, image.clone()).await;
    let path = format!("/v2/templates/{}/builds/{}", failed.0, failed.1);
    let message = platform.refusal(Method::POST, &path, Some(image), 400).await;
    assert_eq!(message, "build is not in waiting state");
    let status = platform.status(&newer).await;
    assert_eq!(status["reason"], json!({"message": "build was cancelled"}));
}
