//! What a rule on commands has to leave alone, beside what it has to find: the two differ by little.
//!
//! Each topic is a module with its rows; all rows of a code are in one.

mod environment;
mod files;
mod input;
mod packages;
mod permissions;
mod processes;
mod secrets;
mod shell;
mod tools;
mod users;

use libtest_mimic::Trial;
use sandbox_toml::platform::{Platform, ROOT};

use crate::support::Workspace;
use crate::trial;

/// The code of a rule, what it reports, and what it does not: instructions of a Dockerfile that
/// starts as `user`.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The same for a rule that depends on the base image: the code, the image, what it reports, and
/// what it does not. The instructions run as root.
type ImageCase = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// The cases of each topic.
const CASES: &[&[Case]] = &[
    files::CASES,
    input::CASES,
    packages::CASES,
    permissions::CASES,
    processes::CASES,
    secrets::CASES,
    shell::CASES,
    tools::CASES,
    users::CASES,
];

/// The cases of each topic that depend on the base image.
const ON_IMAGES: &[&[ImageCase]] = &[
    environment::ON_IMAGES,
    files::ON_IMAGES,
    packages::ON_IMAGES,
    permissions::ON_IMAGES,
    processes::ON_IMAGES,
    shell::ON_IMAGES,
    tools::ON_IMAGES,
    users::ON_IMAGES,
];

/// `near_misses::CODE::reported-N` and `near_misses::CODE::allowed-N`, counted from 1 as in their
/// row, and `near_misses::PLATFORM` for what depends on the platform.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (code, reported, allowed) in CASES.iter().copied().flatten() {
        for (kind, dockerfiles) in [("reported", reported), ("allowed", allowed)] {
            trials.extend(dockerfiles.iter().zip(1..).map(|(dockerfile, number)| {
                let name = format!("near_misses::{code}::{kind}-{number}");
                let dockerfile = format!("FROM node:22\nUSER user\n{dockerfile}");
                trial(name, move || test(code, &dockerfile, kind == "reported"))
            }));
        }
    }
    for (code, image, reported, allowed) in ON_IMAGES.iter().copied().flatten() {
        for (kind, dockerfiles) in [("reported", reported), ("allowed", allowed)] {
            trials.extend(dockerfiles.iter().zip(1..).map(|(dockerfile, number)| {
                let name = format!("near_misses::{code}::{image}::{kind}-{number}");
                let dockerfile = format!("FROM {image}\n{dockerfile}");
                trial(name, move || test(code, &dockerfile, kind == "reported"))
            }));
        }
    }
    trials.extend(ON_IMAGES.iter().copied().flatten().flat_map(opaque));
    trials.extend(Platform::ALL.iter().map(|platform| {
        trial(format!("near_misses::{platform}"), move || test_platform(*platform))
    }));
    trials
}

/// Codes of rules that know what commands before them have changed.
const FOLLOWING: &[&str] =
    &["missing-tool", "not-on-path", "path-lost-in-login-shell", "user-exists", "user-not-found"];

/// What is reported is not reported behind a command of which nothing is known:
/// `near_misses::CODE::IMAGE::behind-N`.
fn opaque(row: &ImageCase) -> Vec<Trial> {
    let (code, image, reported, _) = *row;
    if !FOLLOWING.contains(&code) {
        return Vec::new();
    }
    let trials = reported.iter().zip(1..).map(|(dockerfile, number)| {
        let name = format!("near_misses::{code}::{image}::behind-{number}");
        let (before, last) = dockerfile.rsplit_once('\n').unwrap_or(("", dockerfile));
        let dockerfile = format!("FROM {image}\n{before}\nRUN ./prepare.sh\n{last}");
        trial(name, move || test(code, &dockerfile, false))
    });
    trials.collect()
}

fn test(code: &str, dockerfile: &str, reported: bool) {
    let workspace = Workspace::fixture();
    workspace.write("app.py", "");
    workspace.write("src/main.py", "");
    let package = |scripts: &str| format!("{{\"scripts\": {scripts}}}");
    workspace.write("api/package.json", package(r#"{"start": "node server.js"}"#));
    let scripts = r#"{"start": "tsc -p .", "dev": "vite build", "serve": "vite preview"}"#;
    workspace.write("build/package.json", package(scripts));
    workspace.write("Dockerfile", format!("{dockerfile}\n"));
    let manifest = "name = \"a\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";
    workspace.write("sandbox.toml", manifest);
    let ran = workspace.run(&["check", "--format", "short"]);
    let found = ran.stdout.contains(&format!("[{code}]"));
    assert_eq!(found, reported, "{code}: {dockerfile}\n{}", ran.text());
}

/// What one platform does is no fault on another.
fn test_platform(platform: Platform) {
    let workspace = Workspace::fixture();
    let manifest = "name = \"a\"\n\n[from]\nimage = \"python:3.12\"\n\n[[steps]]\nrun = \"touch /tmp/a\"\n\n\
                    [[steps]]\nrun = \"cat /tmp/a && mkdir /opt/a && apt-get install -y a\"\n\n\
                    [[steps]]\nrun = \"server &\"\n\n[[steps]]\nrun = \"cat\"\n";
    workspace.write("sandbox.toml", manifest);
    let ran = workspace.run(&["check", "--format", "short", "--platform", platform.name()]);
    let facts = platform.facts();
    let starts_as_user = facts.default_user != ROOT;
    for (code, reported) in [
        ("held-output", facts.waits_for_output),
        ("waits-for-input", facts.keeps_input_open),
        ("lost-background-process", !facts.waits_for_output),
        ("tmp-not-preserved", facts.clears_tmp),
        ("write-needs-root", starts_as_user),
        ("apt-needs-root", starts_as_user),
    ] {
        let found = ran.stdout.contains(&format!("[{code}]"));
        assert_eq!(found, reported, "{platform} {code}\n{}", ran.text());
    }
}
