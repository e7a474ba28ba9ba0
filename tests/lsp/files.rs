//! Files beside the manifest: Dockerfiles and ignore files, saved or not, and files that change.

use serde_json::{Value, json};

use super::client::{Abilities, Client, uri};
use crate::support::Workspace;

/// A manifest of the Dockerfile beside it.
const OF_DOCKERFILE: &str = "name = \"x\"\n[from]\ndockerfile = \"Dockerfile\"\n";

/// A Dockerfile with one mistake, in its second line.
const WRONG: &str = "FROM debian:12\nONBUILD RUN true\n";

const RIGHT: &str = "FROM debian:12\nRUN true\n";

#[test]
fn a_dockerfile_has_its_diagnostics_in_its_own_file() {
    let workspace = Workspace::empty();
    let dockerfile = uri(&workspace.write("Dockerfile", WRONG));
    let manifest = uri(&workspace.write("sandbox.toml", OF_DOCKERFILE));
    let second = uri(&workspace.path().join("second.sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", OF_DOCKERFILE);
    assert_eq!(server.settled(&manifest), Vec::<Value>::new());
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"]);
    assert_eq!(server.shown(&dockerfile)[0]["range"]["start"]["line"], 1);

    // Two manifests of one Dockerfile do not double them, and the last one clears them.
    server.open(&second, "toml", OF_DOCKERFILE);
    server.settled(&second);
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"]);
    server.close(&manifest);
    server.settled(&second);
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"]);
    server.change(&second, "name = \"x\"\n[from]\nimage = \"debian:12\"\n");
    server.settled(&second);
    assert_eq!(server.codes(&dockerfile), Vec::<String>::new());
    assert!(server.end().success());
}

#[test]
fn an_unsaved_dockerfile_counts_and_a_closed_one_is_that_of_the_disk() {
    let workspace = Workspace::empty();
    let dockerfile = uri(&workspace.write("Dockerfile", RIGHT));
    let manifest = uri(&workspace.write("sandbox.toml", OF_DOCKERFILE));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", OF_DOCKERFILE);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), Vec::<String>::new());
    server.open(&dockerfile, "dockerfile", WRONG);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"]);
    assert_eq!(server.published[&dockerfile].0, 1, "with the version that it is about");
    server.change(&dockerfile, RIGHT);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), Vec::<String>::new());
    server.change(&dockerfile, &format!("\n{WRONG}"));
    server.settled(&manifest);
    assert_eq!(server.shown(&dockerfile)[0]["range"]["start"]["line"], 2);
    server.close(&dockerfile);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), Vec::<String>::new());
    assert!(server.end().success());
}

#[test]
fn a_dockerfile_is_found_behind_links_and_dots_in_its_path() {
    let workspace = Workspace::empty();
    workspace.write("real/docker/Dockerfile", RIGHT);
    workspace.write("real/.git/HEAD", "");
    std::os::unix::fs::symlink("real", workspace.path().join("link")).expect("a link");
    let text = OF_DOCKERFILE.replace("Dockerfile", "../docker/./Dockerfile");
    workspace.write("real/app/sandbox.toml", &text);
    let manifest = uri(&workspace.path().join("link/app/sandbox.toml"));
    let dockerfile = uri(&workspace.path().join("link/docker/Dockerfile"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", &text);
    server.open(&dockerfile, "dockerfile", WRONG);
    server.settled(&manifest);
    assert_eq!(server.codes(&dockerfile), ["dockerfile-ignored"], "{:?}", server.published);
    assert!(server.end().success());
}

#[test]
fn files_that_change_are_seen_on_save_by_watching_or_after_a_pause() {
    let text =
        "name = \"x\"\n[from]\nimage = \"debian:12\"\n[[steps]]\ncopy = \"new\"\nto = \"/\"\n";
    for watches in [true, false] {
        let workspace = Workspace::empty();
        let manifest = uri(&workspace.write("sandbox.toml", text));
        let abilities = Abilities { watches, ..Abilities::default() };
        let mut server = Client::start(&workspace, abilities);
        server.open(&manifest, "toml", text);
        server.settled(&manifest);
        assert_eq!(server.codes(&manifest), ["source-not-found"]);
        let new = workspace.write("new", "");
        if watches {
            let changes = json!({ "changes": [{ "uri": uri(&new), "type": 1 }] });
            server.notify("workspace/didChangeWatchedFiles", changes);
        }
        server.wait_until(|server| server.codes(&manifest).is_empty());
        std::fs::remove_file(&new).expect("it was written");
        server.save(&manifest);
        server.settled(&manifest);
        assert_eq!(server.codes(&manifest), ["source-not-found"]);
        assert!(server.end().success());
    }
}

#[test]
fn an_ignore_file_has_its_diagnostics_in_its_own_file() {
    let workspace = Workspace::empty();
    let text = "name = \"x\"\n[from]\nimage = \"debian:12\"\n[[steps]]\ncopy = \"sandbox.toml\"\nto = \"/\"\n";
    let manifest = uri(&workspace.write("sandbox.toml", text));
    let ignore = uri(&workspace.write(".dockerignore", "fine\n"));
    let mut server = Client::start(&workspace, Abilities::default());
    server.open(&manifest, "toml", text);
    server.open(&ignore, "ignore", "fine\n[z-a]\n");
    server.settled(&manifest);
    assert_eq!(server.codes(&ignore), ["invalid-value"]);
    assert!(server.end().success());
}
