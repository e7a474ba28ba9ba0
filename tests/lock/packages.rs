//! Packages in a lock, from an index on this machine. `tests/packages.rs` has the indexes themselves.

use std::fs;

use axum::Router;
use axum::http::header;
use serde_json::{Value, json};

use crate::support::{Workspace, serve};

const MANIFEST: &str = "name = \"x\"\nplatform = \"e2b\"\nfrom = { base = true }\n\
                        [[steps]]\npip = [\"fastapi\", \"httpx==0.28.1\"]\n\
                        [[steps]]\napt = [\"git\"]\n";

/// Runs `work` with an index that has one release of each package.
fn with_index<T>(
    workspace: &mut Workspace,
    version: &'static str,
    work: impl FnOnce(&Workspace) -> T,
) -> T {
    let answer = async move |uri: axum::http::Uri| {
        let name = uri.path().trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let file = json!({ "filename": format!("{name}-{version}-py3-none-any.whl"), "url": "x", "hashes": {} });
        let page = json!({ "meta": { "api-version": "1.0" }, "name": name, "files": [file] });
        ([(header::CONTENT_TYPE, "application/vnd.pypi.simple.v1+json")], page.to_string())
    };
    let (address, _runtime) = serve(Router::new().fallback(answer));
    workspace.set("PIP_INDEX_URL", &format!("http://{address}/simple"));
    work(workspace)
}

fn lock(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.path().join("sandbox.lock")).expect("the lock is there")
}

#[test]
fn versions_are_locked_kept_and_updated() {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    let first = with_index(&mut workspace, "0.115.0", |workspace| {
        let ran = workspace.run(&["lock"]).ends(0);
        assert!(ran.stdout.contains("fastapi==0.115.0"), "{}", ran.text());
        assert!(ran.stderr.contains("`apt` packages are resolved by each build"), "{}", ran.text());
        lock(workspace)
    });
    assert!(first.contains("\nresolved = [\n  \"fastapi==0.115.0\",\n]\n"), "{first}");
    let ran = workspace.run(&["compile", "--locked"]).ends(0);
    assert!(ran.stdout.contains("fastapi==0.115.0"), "{}", ran.text());
    with_index(&mut workspace, "0.116.1", |workspace| {
        workspace.run(&["lock"]).ends(0);
        assert_eq!(lock(workspace), first, "it is kept");
        let ran = workspace.run(&["lock", "--update", "FastAPI", "--format", "json"]).ends(0);
        let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(report["changes"][0]["details"], json!(["fastapi 0.115.0 → 0.116.1"]));
        assert_ne!(lock(workspace), first);
    });
}

#[test]
fn an_index_that_does_not_answer_leaves_no_lock() {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.set("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.run(&["lock"]).ends(3);
    assert!(fs::metadata(workspace.path().join("sandbox.lock")).is_err());
}
