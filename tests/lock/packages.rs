//! Packages in a lock, from an index on this machine. `tests/packages.rs` has the indexes themselves.

use std::fs;

use axum::Router;
use axum::http::header;
use serde_json::{Value, json};

use crate::support::registry::{Door, Registry, config};
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

/// An index page with two releases, of which the newer one needs a newer Python.
fn two_releases(name: &str) -> String {
    let release = |version: &str, python: &str| {
        json!({
            "filename": format!("{name}-{version}-py3-none-any.whl"), "url": "x", "hashes": {},
            "requires-python": python,
        })
    };
    let files = [release("1.0", ">=3.8"), release("2.0", ">=3.13")];
    let page = json!({ "meta": { "api-version": "1.0" }, "name": name, "files": files });
    page.to_string()
}

#[test]
fn the_first_lock_knows_the_python_that_the_image_states() {
    let registry = Registry::start(Door::Open);
    let mut workspace = Workspace::empty();
    let answer = async |uri: axum::http::Uri| {
        let name = uri.path().trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        ([(header::CONTENT_TYPE, "application/vnd.pypi.simple.v1+json")], two_releases(&name))
    };
    let (address, _runtime) = serve(Router::new().fallback(answer));
    workspace.set("PIP_INDEX_URL", &format!("http://{address}/simple"));
    let push = |python: &str| {
        let mut image = config();
        image["config"]["Env"] = json!([format!("PYTHON_VERSION={python}")]);
        let manifest = registry.manifest("app", &image);
        registry.index("app", "1", &[manifest]);
    };
    let image = registry.image("app:1");
    let head = "name = \"x\"\nplatform = \"local\"";
    let text = format!("{head}\nfrom = {{ image = \"{image}\" }}\n[[steps]]\npip = [\"demo\"]\n");
    workspace.write("sandbox.toml", text);
    push("3.11.4");
    let ran = workspace.run(&["lock"]).ends(0);
    assert!(ran.stdout.contains("demo==1.0"), "{}", ran.text());
    assert!(!ran.stderr.contains("is not known"), "{}", ran.text());
    // An update of both is one of the packages for the new image.
    push("3.13.1");
    let ran = workspace.run(&["lock", "--update"]).ends(0);
    assert!(ran.stdout.contains("demo 1.0 → 2.0"), "{}", ran.text());
}

#[test]
fn plan_and_verify_name_what_the_lock_lacks() {
    let mut workspace = Workspace::empty();
    let two = MANIFEST.replace("fastapi\", \"", "fastapi\", \"x\", \"");
    workspace.write("sandbox.toml", two.replace("e2b", "local"));
    let value = |words: &[&str]| -> Value {
        let ran = workspace.run(&[words, &["--format", "json"]].concat());
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    assert_eq!(value(&["verify"])["lock"], Value::Null);
    workspace.write("sandbox.lock", "version = 1\n");
    let stale =
        "`sandbox.lock` does not lock a version of `fastapi` and 1 more: `sbx lock` adds it";
    let lock = &value(&["verify"])["lock"];
    assert_eq!(*lock, json!({ "file": "sandbox.lock", "stale": [stale] }));
    assert_eq!(value(&["plan"])["notes"], json!([stale]));
    let ran = workspace.run(&["verify"]).ends(1);
    assert!(ran.stderr.contains(stale), "{}", ran.text());
    let ran = workspace.run(&["plan"]).ends(0);
    assert!(ran.stdout.contains("does not lock a version"), "{}", ran.text());
    with_index(&mut workspace, "1.0", |workspace| workspace.run(&["lock"]).ends(0));
    let ran = workspace.run(&["verify", "--format", "json"]);
    let verified: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(verified["lock"], json!({ "file": "sandbox.lock", "stale": [] }));
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
