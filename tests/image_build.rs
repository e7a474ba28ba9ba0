//! `from.build` without an engine: what its image's tag depends on, what a lock has of it, and what is
//! refused. `tests/build/run.sh` builds and pushes for real.

use crate::support::{Ran, Workspace};

const MANIFEST: &str = r#"name = "agent"
tags = ["v1"]

[from]
dockerfile = "Dockerfile"
build = "127.0.0.1:9/team/base"
target = "runtime"

[build_env]
VERSION = "1"
UNUSED = "2"
"#;

const DOCKERFILE: &str = "ARG VERSION
FROM debian:12 AS build
ARG VERSION
RUN --mount=type=secret,id=npm echo $VERSION >/version
FROM debian:12 AS runtime
COPY --from=build /version /version
FROM runtime AS other
";

fn workspace() -> Workspace {
    let mut workspace = Workspace::empty();
    // The platform is on this machine, and so it reaches the registry; neither is there.
    workspace.set("E2B_API_URL", "http://127.0.0.1:9");
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("Dockerfile", DOCKERFILE);
    workspace.write("src/main.py", "print()\n");
    // What the commands themselves write is in `home`.
    workspace.write(".dockerignore", "*.log\nhome\n");
    workspace
}

/// The reference of the image that a dry run says would be built.
fn image(workspace: &Workspace) -> String {
    let ran = workspace.run(&["apply", "--dry-run", "--platform", "e2b"]).ends(0);
    let (_, rest) = ran.stderr.split_once("the image `").expect("an image is named");
    rest.split('`').next().expect("a reference").to_owned()
}

#[test]
fn the_tag_is_that_of_what_the_image_is_built_from() {
    let workspace = workspace();
    let first = image(&workspace);
    assert!(first.starts_with("127.0.0.1:9/team/base:sbx-"), "{first}");
    for (file, text) in [
        ("notes.log", "ignored".to_owned()),
        ("sandbox.lock", "version = 1\n".to_owned()),
        ("sandbox.toml", MANIFEST.replace("agent", "other").replace("UNUSED = \"2\"", "")),
        ("sandbox.toml", format!("{MANIFEST}[env]\nMODE = \"x\"\n")),
        (
            "sandbox.toml",
            MANIFEST.replace("target =", "secrets = { npm = { env = \"NPM\" } }\ntarget ="),
        ),
    ] {
        workspace.write(file, &text);
        assert_eq!(image(&workspace), first, "{file}: {text}");
    }
    let mut seen = vec![first];
    for (file, text) in [
        ("sandbox.toml", MANIFEST.replace("VERSION = \"1\"", "VERSION = \"2\"")),
        ("sandbox.toml", MANIFEST.replace("\"runtime\"", "\"other\"")),
        (
            "sandbox.toml",
            MANIFEST.replace("base\"", "base\"\n").replace("target = \"runtime\"", ""),
        ),
        ("src/main.py", "print(1)\n".to_owned()),
        ("src/other.py", String::new()),
        ("Dockerfile", format!("{DOCKERFILE}# more\n")),
        (".dockerignore", "*.log\nhome\nsrc\n".to_owned()),
    ] {
        workspace.write(file, &text);
        let now = image(&workspace);
        assert!(!seen.contains(&now), "{file}: {text}");
        seen.push(now);
    }
}

/// A lock with an image of these inputs.
fn lock(image: &str) -> String {
    let (repository, tag) = image.rsplit_once(':').expect("a tag");
    let digest = format!("sha256:{}", "1".repeat(64));
    format!(
        "version = 1\n\n[[image]]\nreference = \"{repository}@{digest}\"\namd64 = \"{digest}\"\n\
         env.APP_MODE = \"production\"\nworkdir = \"/srv/app\"\ncommand = [\"serve\", \"--all\"]\n\n\
         [[build]]\ninputs = \"{tag}\"\nreference = \"{repository}@{digest}\"\n"
    )
}

#[test]
fn a_lock_has_the_image_and_what_it_declares() {
    let workspace = workspace();
    workspace.write("sandbox.lock", lock(&image(&workspace)));
    let ran = workspace.run(&["compile", "--platform", "e2b", "--locked"]).ends(0);
    let digest = "1".repeat(64);
    for part in [
        &format!("\"fromImage\": \"127.0.0.1:9/team/base@sha256:{digest}\""),
        "\"startCmd\": \"serve --all\"",
        "\"APP_MODE\"",
        "\"/srv/app\"",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.text());
    }
    assert!(!ran.stderr.contains("stale-lock"), "{}", ran.text());
    // Only what is not written is inherited as a whole.
    let fewer = MANIFEST.replace("target =", "inherit = [\"env\"]\ntarget =");
    workspace.write("sandbox.toml", fewer);
    let ran = workspace.run(&["compile", "--platform", "e2b"]).ends(0);
    assert!(
        ran.stdout.contains("APP_MODE") && !ran.stdout.contains("serve --all"),
        "{}",
        ran.text()
    );
    workspace.write("src/main.py", "print(2)\n");
    let ran = workspace.run(&["compile", "--platform", "e2b", "--locked"]).ends(1);
    assert!(ran.stderr.contains("stale-lock"), "{}", ran.text());
    let ran = workspace.run(&["compile", "--platform", "e2b"]).ends(1);
    assert!(ran.stderr.contains("image-not-built"), "{}", ran.text());
}

#[test]
fn a_shell_of_the_base_is_not_the_start_command() {
    let workspace = workspace();
    let shell = lock(&image(&workspace)).replace("[\"serve\", \"--all\"]", "[\"bash\"]");
    workspace.write("sandbox.lock", shell);
    let ran = workspace.run(&["compile", "--platform", "e2b"]).ends(0);
    assert!(!ran.stdout.contains("startCmd"), "{}", ran.text());
    let asked = MANIFEST.replace("target =", "inherit = [\"command\"]\ntarget =");
    workspace.write("sandbox.toml", asked);
    let ran = workspace.run(&["compile", "--platform", "e2b"]).ends(0);
    assert!(ran.stdout.contains("\"startCmd\": \"bash\""), "{}", ran.text());
}

fn apply(workspace: &Workspace, arguments: &[&str]) -> Ran {
    workspace.run(&[&["apply", "--platform", "e2b"], arguments].concat())
}

#[test]
fn nothing_is_pushed_without_consent_and_nothing_is_sent_without_an_engine() {
    let workspace = workspace();
    let ran = apply(&workspace, &[]).ends(1);
    assert!(ran.stderr.contains("push-needs-consent"), "{}", ran.text());
    let ran = apply(&workspace, &["--allow-push"]).ends(3);
    for words in ["without a container engine", "install Docker or Podman"] {
        assert!(ran.stderr.contains(words), "{}", ran.text());
    }
    let secrets = MANIFEST.replace("target =", "secrets = { npm = { env = \"NPM\" } }\ntarget =");
    workspace.write("sandbox.toml", secrets);
    let ran = apply(&workspace, &["--allow-push"]).ends(1);
    assert!(ran.stderr.contains("--allow-secret NPM@127.0.0.1:9"), "{}", ran.text());
    let ran = workspace.run(&["apply", "--platform", "local", "--allow-secret", "NPM"]).ends(1);
    assert!(ran.stderr.contains("unset-secret"), "{}", ran.text());
    workspace.write("sandbox.toml", MANIFEST);
    let ran = workspace.run(&["apply", "--platform", "local"]).ends(3);
    assert!(ran.stderr.contains("without a container engine"), "{}", ran.text());
}

#[test]
fn nothing_is_built_where_the_dockerfile_is_wrong() {
    let workspace = workspace();
    for (text, words) in [
        (DOCKERFILE.replace("AS runtime", "AS run-time"), "has no stage `runtime`"),
        ("RUN echo\n".to_owned(), "has no `FROM`"),
        (DOCKERFILE.replace("FROM debian:12 AS build", "FORM debian:12"), "FORM"),
    ] {
        workspace.write("Dockerfile", &text);
        let ran = apply(&workspace, &["--allow-push"]).ends(1);
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.text());
        assert!(!ran.stderr.contains("container engine"), "{}", ran.text());
    }
}
