use serde_json::json;

use super::*;

#[test]
fn an_image_has_the_layers_above_the_image_that_it_is_built_on() {
    let listed = r#"["python:3.12"] 100 ["a","b"]
["localhost/sbx-01234567/layer:x","localhost/sbx-01234567/t:y"] 130 ["a","b","c"]
["localhost/sbx-01234567/layer:z"] 150 ["a","b","c","d","e"]
["localhost/sbx-01234567/t:z"] 150 ["a","b","c","d","e"]
[] 40 ["q"]
[] 0 null
not a line"#;
    let shares: Vec<_> = shares(listed).iter().map(|image| image.own_bytes).collect();
    assert_eq!(shares, [100, 30, 20, 0, 40, 0]);
}

#[test]
fn docker_says_where_it_stores_images() {
    let info = json!({
        "ServerVersion": "20.10.24", "Driver": "vfs", "Architecture": "aarch64",
        "DockerRootDir": "/", "Name": "another-machine",
    });
    let report = docker(&info);
    assert_eq!(report.storage_driver.as_deref(), Some("vfs"));
    assert_eq!(report.architecture.as_deref(), Some("arm64"));
    assert_eq!(report.directory.as_deref(), Some(Path::new("/")));
    assert_eq!(report.free_bytes, None);
    let here = docker(&json!({ "DockerRootDir": "/", "Name": node_name() }));
    assert!(here.free_bytes.is_some());
    assert_eq!(docker(&json!({})), Report::default());
}

#[test]
fn podman_says_how_much_of_its_storage_is_used() {
    let info = json!({
        "host": { "arch": "amd64" },
        "store": {
            "graphDriverName": "overlay", "graphRoot": "/var/lib/containers/storage",
            "graphRootAllocated": 300, "graphRootUsed": 100,
        },
    });
    let report = podman(&info);
    assert_eq!(report.storage_driver.as_deref(), Some("overlay"));
    assert_eq!(report.architecture.as_deref(), Some("amd64"));
    assert_eq!(report.free_bytes, Some(200));
}
