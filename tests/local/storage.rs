//! What survives, and who may hold it.

use std::fs;
use std::path::Path;

use reqwest::{Method, StatusCode};
use sandbox_toml::local::{LocalError, bind};
use serde_json::json;
use tempfile::TempDir;

use super::{Item, Platform, SLOW, config, copy, files_hash, messages, pack};

#[tokio::test(flavor = "multi_thread")]
async fn templates_logs_and_archives_survive_a_restart() {
    let (platform, data) = Platform::fresh().await;
    let items = [Item::File("f", 0o600, "content")];
    let hash = files_hash("f", "/f", &items);
    let waiting = platform.register("w", &["v1"]).await;
    platform.upload(&waiting.0, &hash, pack(&items)).await;
    let steps = json!({"fromImage": "debian:12", "steps": [copy("f", "/f", &hash)]});
    let (ids, before) = platform.build("t", &["v1"], steps.clone()).await;
    assert_eq!(before["status"], "ready", "{before}");
    platform.shut_down().await;

    let platform = Platform::start(config(data.path())).await;
    assert_eq!(platform.status(&ids).await, before);
    assert_eq!(platform.link(&ids.0, &hash).await["present"], true);
    assert_eq!(platform.status(&waiting).await["status"], "waiting");
    platform.start_build(&waiting, steps).await;
    platform.idle().await;
    assert_eq!(platform.status(&waiting).await["status"], "ready");
    assert_eq!(platform.register("t", &[]).await.0, ids.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_fails_the_running_builds() {
    let (platform, data) = Platform::with(|config| config.step_pause = SLOW).await;
    let ids = platform.register("t", &[]).await;
    platform.start_build(&ids, json!({"fromImage": "debian:12"})).await;
    platform.shut_down().await;
    let platform = Platform::start(config(data.path())).await;
    let status = platform.status(&ids).await;
    assert_eq!(status["status"], "error");
    let message = "the local platform was stopped while the build was running";
    assert_eq!(status["reason"]["message"], message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_fails_the_running_builds_and_leaves_nothing_behind() {
    let (platform, data) = Platform::with(|config| config.step_pause = SLOW).await;
    let ids = platform.register("t", &[]).await;
    platform.start_build(&ids, json!({"fromImage": "debian:12"})).await;
    while messages(&platform.status(&ids).await).len() < 2 {
        tokio::task::yield_now().await;
    }
    // A copy of the directory is what a kill at this moment would leave.
    let killed = TempDir::new().unwrap();
    copy_tree(data.path(), killed.path());
    let log = killed.path().join("logs").join(format!("{}.jsonl", ids.1));
    let mut torn = fs::read(&log).unwrap();
    torn.extend(b"{\"timestamp\":\"2026-01-01T0");
    fs::write(&log, torn).unwrap();
    fs::write(killed.path().join("tmp/half"), "half").unwrap();
    fs::write(killed.path().join("logs/0b6b3a3e-0000-0000-0000-000000000000.jsonl"), "").unwrap();

    let platform = Platform::start(config(killed.path())).await;
    let status = platform.status(&ids).await;
    assert_eq!(status["status"], "error");
    let reason = "the local platform ended while the build was running; apply it again";
    assert_eq!(status["reason"], json!({"message": reason}));
    let messages = messages(&status);
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!(messages[2], format!("Build failed: {reason}"));
    assert_eq!(fs::read_dir(killed.path().join("tmp")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(killed.path().join("logs")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_holds_the_directory() {
    let (platform, data) = Platform::fresh().await;
    let error = bind(config(data.path())).await.expect_err("the directory is held");
    assert!(matches!(error, LocalError::Held { by: None, .. }), "{error}");
    assert!(error.to_string().contains("is in use by another process"), "{error}");
    platform.shut_down().await;
    bind(config(data.path())).await.expect("the directory is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_not_understood_is_left_alone() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("VERSION"), "2\n").unwrap();
    let error = bind(config(data.path())).await.expect_err("another version");
    assert!(error.to_string().contains("has the layout `2`"), "{error}");

    let (platform, data) = Platform::fresh().await;
    platform.shut_down().await;
    fs::write(data.path().join("templates/x.json"), "{").unwrap();
    let error = bind(config(data.path())).await.expect_err("a broken file");
    assert!(error.to_string().contains("templates/x.json` is invalid"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_an_error() {
    let (platform, _data) = Platform::fresh().await;
    let data = TempDir::new().unwrap();
    let mut config = config(data.path());
    config.listen = platform.url.strip_prefix("http://").unwrap().parse().unwrap();
    let error = bind(config).await.expect_err("the port is taken");
    assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
}

#[test]
fn a_configuration_does_not_print_its_key() {
    let mut config = config(Path::new("data"));
    config.api_key = Some("k3y".to_owned());
    let printed = format!("{config:?}");
    assert!(printed.contains("data") && !printed.contains("k3y"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_template_takes_its_archives_along() {
    let (platform, data) = Platform::fresh().await;
    let files = || fs::read_dir(data.path().join("files")).unwrap().count();
    let hashes = ["1", "2", "3"].map(|digit| digit.repeat(64));
    let [own, shared, later] = &hashes;
    let (first, _) = platform.register("first", &[]).await;
    let (second, _) = platform.register("second", &[]).await;
    for hash in [own, shared] {
        platform.upload(&first, hash, b"x".to_vec()).await;
    }
    assert_eq!(platform.link(&second, shared).await["present"], true);
    let late = platform.link(&first, later).await;
    assert_eq!(files(), 2);

    platform.call(Method::DELETE, "/templates/first", None).await;
    assert_eq!(files(), 1, "the one that the second template was told to be present stays");
    assert_eq!(platform.link(&second, shared).await["present"], true);
    assert_eq!(platform.link(&second, own).await["present"], false);
    let put = platform.client.put(late["url"].as_str().unwrap()).body("late").send().await.unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    assert_eq!(files(), 1, "nobody can copy from it");
    platform.shut_down().await;

    // What a kill between an upload and its answer leaves.
    fs::write(data.path().join(format!("files/{later}.tar.gz")), "late").unwrap();
    let platform = Platform::start(config(data.path())).await;
    assert_eq!(files(), 1);
    assert_eq!(platform.link(&second, shared).await["present"], true);
    platform.call(Method::DELETE, "/templates/second", None).await;
    assert_eq!(files(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = TempDir::new().unwrap();
    let data = parent.path().join("a/b");
    let platform = Platform::start(config(&data)).await;
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    platform.shut_down().await;
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
