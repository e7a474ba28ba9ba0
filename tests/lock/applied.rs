//! What a lock changes: what is sent, what needs no registry, and what is not reported.

use sandbox_toml::diagnostic::{Code, Diagnostic};
use sandbox_toml::digest::Digest;
use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Analysis, Options, Secrets};
use sandbox_toml::platform::Platform;
use serde_json::{Value, json};

use crate::support::Workspace;

const ONE: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// A lock of one image, whose configuration is `rest`.
fn lock_of(reference: &str, rest: &str) -> String {
    let host = "docker.io/library";
    format!(
        "version = 1\n\n[[image]]\nreference = \"{host}/{reference}@{ONE}\"\namd64 = \"{TWO}\"\n{rest}"
    )
}

/// A manifest beside its files.
fn analyze(files: &[(&str, &str)], options: impl Into<Options>) -> (Workspace, Analysis) {
    let workspace = Workspace::empty();
    for (name, text) in files {
        workspace.write(name, text);
    }
    let manifest = workspace.path().join("sandbox.toml");
    let analysis = pipeline::analyze(&System, &manifest, options);
    (workspace, analysis)
}

fn body(analysis: &Analysis) -> Value {
    let plan = analysis.plan(&Secrets::Hidden).expect("it is lowered");
    plan.body()
}

fn codes(analysis: &Analysis) -> Vec<Code> {
    analysis.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

const MANIFEST: &str = "name = \"locked\"\nfrom = { image = \"python:3.12\" }\nuser = \"root\"\n";

#[test]
fn an_image_is_sent_by_the_digest_of_its_index() {
    let lock = lock_of("python:3.12", "");
    for platform in Platform::ALL {
        let files = [("sandbox.toml", MANIFEST), ("sandbox.lock", &lock)];
        let (_workspace, analysis) = analyze(&files, Some(*platform));
        let text = body(&analysis).to_string();
        assert!(text.contains(&format!("\"python@{ONE}\"")), "{platform}: {text}");
        assert!(!text.contains("3.12"), "{platform}: {text}");
    }
}

#[test]
fn all_spellings_of_a_reference_are_locked() {
    let lock = lock_of("python:3.12", "");
    for (from, sent) in [
        ("{ python = \"3.12\" }", "python"),
        ("{ image = \"docker.io/python:3.12\" }", "docker.io/python"),
        ("{ dockerfile = \"Dockerfile\" }", "python"),
    ] {
        let manifest = MANIFEST.replace("{ image = \"python:3.12\" }", from);
        let dockerfile = "ARG VERSION=3.12\nFROM python:${VERSION} AS base\nFROM base\nRUN true\n";
        let files =
            [("sandbox.toml", &*manifest), ("sandbox.lock", &lock), ("Dockerfile", dockerfile)];
        let (_workspace, analysis) = analyze(&files, Some(Platform::E2b));
        assert_eq!(body(&analysis)["fromImage"], format!("{sent}@{ONE}"), "{from}");
    }
}

#[test]
fn a_dockerfile_that_a_platform_builds_itself_names_the_digest() {
    let manifest = "name = \"locked\"\nfrom = { dockerfile = \"Dockerfile\" }\n";
    let lock = lock_of("python:3.12", "");
    let dockerfile = "ARG VERSION=3.12\nFROM python:${VERSION} AS base\n# python:3.12\nRUN true\n";
    let files = [("sandbox.toml", manifest), ("sandbox.lock", &lock), ("Dockerfile", dockerfile)];
    let (_workspace, analysis) = analyze(&files, Some(Platform::Declaw));
    let sent = dockerfile.replace("python:${VERSION}", &format!("python@{ONE}"));
    assert_eq!(body(&analysis)["template"]["dockerfile"], sent, "{:#}", body(&analysis));
}

#[test]
fn a_digest_of_the_manifest_itself_is_sent_as_written() {
    let manifest = MANIFEST.replace("python:3.12", &format!("python:3.12@{TWO}"));
    let lock = lock_of("python:3.12", "");
    let files = [("sandbox.toml", &*manifest), ("sandbox.lock", &lock)];
    let (_workspace, analysis) = analyze(&files, Some(Platform::E2b));
    assert_eq!(body(&analysis)["fromImage"], format!("python:3.12@{TWO}"));
    assert!(!codes(&analysis).contains(&Code::StaleLock));
}

#[test]
fn what_is_inherited_comes_from_the_lock() {
    let manifest = "name = \"locked\"\n\
                    from = { image = \"python:3.12\", inherit = [\"env\", \"workdir\", \"command\"] }\n\
                    ready = { port = 80 }\n";
    let rest = "env.GREETING = \"a $b\"\nworkdir = \"/srv\"\nentrypoint = [\"run it\"]\ncommand = [\"-p\", \"80\"]\n";
    let lock = lock_of("python:3.12", rest);
    let files = [("sandbox.toml", manifest), ("sandbox.lock", &lock)];
    let (workspace, analysis) = analyze(&files, Some(Platform::E2b));
    let sent = body(&analysis);
    assert_eq!(sent["startCmd"], "'run it' -p 80");
    let steps = sent["steps"].as_array().expect("steps");
    let workdir = json!({ "type": "WORKDIR", "args": ["/srv"], "force": false });
    assert!(steps.contains(&workdir), "{sent:#}");
    assert!(sent.to_string().contains("GREETING"), "{sent:#}");

    // The command sends no request: this machine has no such registry, and an answer would be waited for.
    let ran = workspace.run(&["compile", "--platform", "e2b"]);
    assert_eq!(ran.exit, 0, "{}", ran.text());
    std::fs::remove_file(workspace.path().join("sandbox.lock")).expect("it is removed");
    let (_, analysis) = (
        workspace.path(),
        pipeline::analyze(&System, &workspace.path().join("sandbox.toml"), None),
    );
    assert!(analysis.plan(&Secrets::Hidden).is_err(), "without a lock nothing is known");
}

#[test]
fn a_parent_template_is_sent_by_the_tag_of_its_build_on_its_platform() {
    let manifest = "name = \"child\"\nfrom = { template = \"agent:stable\" }\n";
    let lock = "version = 1\n\n[[template]]\nreference = \"agent:stable\"\nplatform = \"e2b\"\n\
                build = \"sbx-0123456789abcdef\"\n";
    let files = [("sandbox.toml", manifest), ("sandbox.lock", lock)];
    let (_workspace, analysis) = analyze(&files, Some(Platform::E2b));
    assert_eq!(body(&analysis)["fromTemplate"], "agent:sbx-0123456789abcdef");
    let elsewhere = analysis.on(Platform::Novita);
    assert_eq!(body(&elsewhere)["fromTemplate"], "agent:stable");
    assert!(codes(&elsewhere).contains(&Code::StaleLock));
}

#[test]
fn packages_get_their_locked_versions() {
    let manifest = format!("{MANIFEST}\n[[steps]]\npip = [\"fastapi\", \"httpx==0.28.1\"]\n");
    let lock = format!(
        "{}\n[[package]]\nstep = \"pip install fastapi httpx==0.28.1\"\nresolved = [\"fastapi==0.116.1\"]\n",
        lock_of("python:3.12", "")
    );
    let files = [("sandbox.toml", &*manifest), ("sandbox.lock", &lock)];
    let (_workspace, analysis) = analyze(&files, Some(Platform::E2b));
    assert!(body(&analysis).to_string().contains("fastapi==0.116.1"), "{:#}", body(&analysis));
    assert!(!codes(&analysis).contains(&Code::UnpinnedPackage), "{:?}", analysis.diagnostics);
}

#[test]
fn a_lock_is_part_of_the_digest_of_a_template() {
    let digest = |lock: Option<&str>| {
        let mut files = vec![("sandbox.toml", MANIFEST)];
        files.extend(lock.map(|lock| ("sandbox.lock", lock)));
        let (_workspace, analysis) = analyze(&files, Some(Platform::E2b));
        Digest::of(&analysis.plan(&Secrets::Hidden).expect("it is lowered")).to_string()
    };
    let (one, two) = (lock_of("python:3.12", ""), lock_of("python:3.12", "").replace(ONE, TWO));
    let digests = [digest(None), digest(Some(&one)), digest(Some(&two))];
    assert!(digests[0] != digests[1] && digests[1] != digests[2], "{digests:?}");
    let unused =
        format!("{one}\n[[template]]\nreference = \"a\"\nplatform = \"e2b\"\nbuild = \"b\"\n");
    assert_eq!(digest(Some(&unused)), digests[1], "what is not used decides nothing");
}

#[test]
fn what_is_locked_is_not_reported_as_unpinned() {
    let manifest = MANIFEST.replace("python:3.12", "python");
    let lock = lock_of("python:latest", "");
    let (_workspace, analysis) = analyze(&[("sandbox.toml", &manifest)], None);
    assert!(codes(&analysis).contains(&Code::UnpinnedImage));
    let files = [("sandbox.toml", &*manifest), ("sandbox.lock", &lock)];
    let (_workspace, analysis) = analyze(&files, None);
    assert!(!codes(&analysis).contains(&Code::UnpinnedImage), "{:?}", analysis.diagnostics);
}

#[test]
fn a_complete_lock_can_be_demanded() {
    let locked = || Options { locked: true, ..Options::default() };
    let stale = |analysis: &Analysis| {
        let found = analysis.diagnostics.iter().filter(|it| it.code == Code::StaleLock);
        found.cloned().collect::<Vec<Diagnostic>>()
    };
    let (_workspace, analysis) = analyze(&[("sandbox.toml", MANIFEST)], Options::default());
    assert!(stale(&analysis).is_empty(), "without a lock everything is as before");
    let (_workspace, analysis) = analyze(&[("sandbox.toml", MANIFEST)], locked());
    assert!(stale(&analysis)[0].message.contains("there is no"), "{:?}", stale(&analysis));
    assert!(stale(&analysis)[0].stops());

    // No comment silences it.
    let manifest = MANIFEST.replace(" }\n", " } # sbx: allow(stale-lock)\n");
    let lock = lock_of("python:3.11", "");
    let files = [("sandbox.toml", &*manifest), ("sandbox.lock", &*lock)];
    let (_workspace, analysis) = analyze(&files, Options::default());
    assert!(stale(&analysis).is_empty());
    let (_workspace, analysis) = analyze(&files, locked());
    assert!(stale(&analysis)[0].message.contains("does not lock the image `python:3.12`"));
    assert!(analysis.plan(&Secrets::Hidden).is_err());

    let lock = lock_of("python:3.12", "");
    let files = [("sandbox.toml", MANIFEST), ("sandbox.lock", &*lock)];
    let (_workspace, analysis) = analyze(&files, locked());
    assert!(stale(&analysis).is_empty());
    let nothing = "name = \"x\"\nfrom = { base = true }\n";
    let (_workspace, analysis) = analyze(&[("sandbox.toml", nothing)], locked());
    assert!(stale(&analysis).is_empty(), "nothing has to be locked");
}

#[test]
fn nothing_of_a_wrong_lock_is_used() {
    let lock = format!("{}size = 1\n", lock_of("python:3.12", ""));
    let files = [("sandbox.toml", MANIFEST), ("sandbox.lock", &*lock)];
    let (workspace, analysis) = analyze(&files, None);
    let fault = analysis.diagnostics.iter().find(|it| it.code == Code::InvalidLock);
    let span = fault.and_then(|fault| fault.span).expect("a place");
    let source = analysis.sources.get(span.file);
    assert_eq!(source.path(), workspace.path().join("sandbox.lock"));
    assert_eq!(&source.text()[span.start..span.end], "size");
    assert!(analysis.plan(&Secrets::Hidden).is_err());
}
