//! What people see of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Secrets};
use serde_json::{Value, json};

use super::{config, of_arm, registry};
use crate::support::process::ToEnd as _;
use crate::support::registry::{Door, Fault, PASSWORD, Registry, USER};
use crate::support::server::{Script, Server};
use crate::support::{Ran, Workspace, snapshot};

const KEY: &str = "nvt_0123456789abcdef";

/// A workspace with a manifest whose `from` is this.
fn workspace(from: &str, rest: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", format!("name = \"x\"\n{rest}\n[from]\n{from}\n"));
    workspace.set("REGISTRY_PASSWORD", PASSWORD);
    // Platforms on this machine, which reach its registries; nothing listens there.
    workspace.set("NOVITA_API_URL", "http://127.0.0.1:9");
    workspace.set("E2B_API_URL", "http://127.0.0.1:9");
    workspace
}

fn image(registry: &Registry, name: &str) -> String {
    format!("image = \"{}\"", registry.image(name))
}

/// What is printed with the registry's port made the same for every run, as wide as it was.
fn text(ran: &Ran, registry: &Registry) -> String {
    let port = registry.address.port().to_string();
    ran.text()
        .replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{}", "5".repeat(port.len())))
}

fn check(workspace: &Workspace) -> Ran {
    let ran = workspace.run(&["check", "--online"]);
    assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
    ran
}

fn body(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{}", ran.text()))
}

const ALL: &str = "\ninherit = [\"env\", \"workdir\", \"command\"]";

#[test]
fn a_check_asks_only_when_it_is_told_to() {
    let registry = registry(Door::Open);
    let workspace = workspace(&format!("{}{ALL}", image(&registry, "team/none:1")), "");
    let ran = workspace.run(&["check", "--deny", "warnings"]).ends(0);
    assert_eq!(ran.stdout, "");
    assert!(registry.story().is_empty());
    check(&workspace).ends(1);
}

#[test]
fn what_is_wrong_with_an_image_is_told_at_its_place() {
    let registry = registry(Door::Open);
    registry.push("team/arm", "1", &of_arm());
    let absent = workspace(&image(&registry, "team/app:1.0"), "");
    snapshot("ui/image-not-found", "tag", &text(&check(&absent).ends(1), &registry));
    let arm = workspace(&image(&registry, "team/arm:1"), "");
    snapshot("ui/unsupported-architecture", "arm", &text(&check(&arm).ends(1), &registry));
    let lost = workspace(&image(&registry, "team/app:1"), "");
    snapshot("ui/image-config-lost", "everything", &text(&check(&lost).ends(0), &registry));
    registry.spoil("/v2/", Fault::Status(429, ""));
    let ran = check(&lost).ends(0);
    snapshot("ui/registry-unreachable", "too-many-requests", &text(&ran, &registry));
}

#[test]
fn a_private_image_is_asked_for_with_the_manifest_s_sign_in() {
    let auth = |password: &str| {
        format!(
            "inherit = [\"workdir\"]\nauth = {{ type = \"basic\", username = \"{USER}\", password = \
             {password} }}"
        )
    };
    let apply = |workspace: &Workspace| {
        let allow = "REGISTRY_PASSWORD,NOT_SET";
        let mut command = workspace.command(&["apply", "--platform", "local"]);
        let output = command.env("SBX_ALLOW_SECRETS", allow).to_end();
        let ran = Ran::of(output);
        assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
        ran
    };
    for door in [Door::Password, Door::UserToken] {
        let registry = registry(door);
        let of = |auth: &str| workspace(&format!("{}\n{auth}", image(&registry, "team/app:1")), "");
        apply(&of(&auth("{ env = \"REGISTRY_PASSWORD\" }"))).ends(0);
        check(&of("")).ends(1);
        let unset = apply(&of(&auth("{ env = \"NOT_SET\" }"))).ends(1);
        assert!(unset.stderr.contains("unset-secret"), "{}", unset.text());
        let mut wrong = of(&auth("{ env = \"REGISTRY_PASSWORD\" }"));
        wrong.set("REGISTRY_PASSWORD", "wrong-of-the-test");
        let refused = apply(&wrong).ends(1);
        if door == Door::Password {
            snapshot("ui/registry-auth-refused", "password", &text(&refused, &registry));
        }
        assert!(refused.stderr.contains("registry-auth-refused"), "{}", refused.text());
        assert!(!refused.everything().contains("wrong-of-the-test"), "{}", refused.text());
    }
}

#[test]
fn a_sign_in_that_only_platforms_can_do_is_left_to_them() {
    let registry = registry(Door::Password);
    let auth = "auth = { type = \"aws\", access_key_id = \"A\", region = \"r\", \
                secret_access_key = { env = \"REGISTRY_PASSWORD\" } }";
    let from = format!("{}\n{auth}", image(&registry, "team/app:1"));
    let ran = check(&workspace(&from, "")).ends(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("would send `REGISTRY_PASSWORD` to `127.0.0.1:"), "{}", ran.text());
    assert!(registry.story().is_empty());
    let inherits = workspace(&format!("{from}\ninherit = [\"env\"]"), "");
    let ran = inherits.run(&["check"]).ends(1);
    snapshot("ui/unsupported-on-platform", "inherit-aws", &text(&ran, &registry));
}

#[test]
fn what_the_image_declares_comes_under_what_the_manifest_says() {
    let registry = registry(Door::Token);
    let from = format!("{}{ALL}", image(&registry, "team/app:1"));
    let ran = workspace(&from, "").run(&["compile"]).ends(0);
    assert!(ran.stderr.contains("start-without-ready"), "{}", ran.text());
    let start = body(&ran);
    assert_eq!(start["startCmd"], "tini -- serve --greeting 'it'\"'\"'s on'");
    assert_eq!(start.get("readyCmd"), None);
    let steps = start["steps"].as_array().expect("steps");
    assert_eq!(steps[0]["type"], "ENV");
    let dollar = "${SBX_UNSET:-$}";
    assert_eq!(
        steps[0]["args"],
        json!([
            "PATH",
            "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG",
            "C.UTF-8",
            "PRICE",
            format!("{dollar}5 for {dollar}USER"),
            "TOOL_VERSION",
            "1.2",
        ])
    );
    assert_eq!(steps[1]["args"], json!(["/srv/app"]));

    let rest = "workdir = \"/mine\"\nstart = \"mine\"\nready = \"true\"\n\
                build_env = { LANG = \"de\" }\nenv = { PATH = \"/mine:$PATH\" }";
    let ran = workspace(&from, rest).run(&["compile"]).ends(0);
    assert_eq!(ran.stderr, "");
    let start = body(&ran);
    assert_eq!(start["startCmd"], "mine");
    let told: Vec<_> = start["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (step["type"].as_str().expect("a type"), step["args"].clone()))
        .collect();
    assert_eq!(told[1], ("ENV", json!(["LANG", "de"])));
    let path = "/mine:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin";
    assert_eq!(told[2], ("ENV", json!(["PATH", path])));
    assert_eq!(told[3], ("WORKDIR", json!(["/mine"])));
}

#[test]
fn what_the_image_may_set_is_not_called_undefined_until_it_is_known() {
    let registry = registry(Door::Open);
    let from = format!("{}\ninherit = [\"env\"]", image(&registry, "team/app:1"));
    let rest = "env = { A = \"$TOOL_VERSION\", B = \"$NOBODY\" }";
    let workspace = workspace(&from, rest);
    assert_eq!(workspace.run(&["check"]).ends(0).stdout, "");
    let ran = workspace.run(&["compile"]).ends(0);
    assert_eq!(ran.stderr.matches("undefined-reference").count(), 1, "{}", ran.text());
    assert_eq!(body(&ran)["steps"][1]["args"], json!(["A", "1.2", "B", "$NOBODY"]));
}

#[test]
fn without_an_answer_nothing_is_compiled_and_nothing_applied() {
    let registry = registry(Door::Open);
    registry.spoil("/v2/", Fault::Status(503, ""));
    let mut workspace = workspace(&format!("{}{ALL}", image(&registry, "team/app:1")), "");
    let server = Server::start(Script { api_key: KEY.to_owned(), ..Script::default() });
    workspace.set("NOVITA_API_URL", &server.url());
    workspace.set("NOVITA_API_KEY", KEY);
    let ran = workspace.run(&["compile"]).ends(3);
    snapshot("snapshots/cli", "inherit-unreachable", &text(&ran, &registry));
    for arguments in [&["apply"][..], &["apply", "--dry-run"], &["apply", "--platform", "local"]] {
        let applied = workspace.run(arguments).ends(3);
        assert_eq!(applied.stderr, ran.stderr);
    }
    assert_eq!(server.story(), "\n");
    let warned = check(&workspace).ends(0);
    assert!(warned.stdout.contains("registry-unreachable"), "{}", warned.text());
}

#[test]
fn a_working_directory_that_no_platform_takes_is_not_inherited() {
    let registry = Registry::start(Door::Open);
    let mut config = config();
    config["config"]["WorkingDir"] = json!("/srv/$(reboot)");
    registry.push("x", "1", &config);
    let workspace = workspace(&format!("{}{ALL}", image(&registry, "x:1")), "");
    let ran = workspace.run(&["compile"]).ends(1);
    snapshot("ui/unsafe-copy-path", "inherited-workdir", &text(&ran, &registry));
}

#[test]
fn an_image_that_shows_what_it_is_made_of_is_refused_where_it_cannot_start() {
    let registry = Registry::start(Door::Open);
    let mut config = config();
    config["history"] = json!([{ "created_by": "ADD alpine-minirootfs-3.22.0-x86_64.tar.gz /" }]);
    registry.push("x", "1", &config);
    let workspace = workspace(&image(&registry, "x:1"), "");
    let ran = check(&workspace).ends(1);
    snapshot("ui/unsupported-on-platform", "image-of-alpine", &text(&ran, &registry));
    workspace.run(&["check", "--online", "--platform", "e2b"]).ends(0);
}

#[test]
fn what_an_image_declares_is_known_to_the_rules() {
    let registry = Registry::start(Door::Open);
    let mut config = config();
    config["history"] = json!([{ "created_by": "RUN # debian.sh --arch 'amd64' out/ 'trixie'" }]);
    registry.push("x", "1", &config);
    let rest = "env = { PATH = \"/opt/venv/bin:/usr/bin:/bin\" }\nsteps = [{ run = \"pip -V\" }]";
    let workspace = workspace(&image(&registry, "x:1"), rest);
    let code = "path-lost-in-login-shell";
    let offline = workspace.run(&["check"]).ends(0);
    assert!(!offline.stdout.contains(code), "{}", offline.text());
    let online = check(&workspace).ends(0);
    assert!(online.stdout.contains(code), "Debian resets `PATH`: {}", online.text());
}

#[test]
fn what_an_image_is_made_of_counts_more_than_its_tag() {
    let registry = Registry::start(Door::Open);
    let mut config = config();
    config["history"] = json!([{ "created_by": "RUN # debian.sh --arch 'amd64' out/ 'trixie'" }]);
    registry.push("x", "1-alpine", &config);
    let workspace = workspace(&image(&registry, "x:1-alpine"), "");
    let offline = workspace.run(&["check"]).ends(1);
    assert!(offline.stdout.contains("unsupported-on-platform"), "{}", offline.text());
    let online = check(&workspace).ends(0);
    assert!(!online.stdout.contains("unsupported-on-platform"), "{}", online.text());
}

#[test]
fn an_apply_asks_before_it_pays_and_goes_on_where_nothing_is_known() {
    let registry = registry(Door::Open);
    let server = Server::start(Script { api_key: KEY.to_owned(), ..Script::default() });
    let of = |name: &str| {
        let mut workspace = workspace(&image(&registry, name), "");
        workspace.set("NOVITA_API_URL", &server.url());
        workspace.set("NOVITA_API_KEY", KEY);
        workspace.set("SBX_NO_IMAGE_CHECK", "0");
        workspace
    };
    let absent = of("team/none:1");
    let ran = absent.run(&["apply"]).ends(1);
    assert!(ran.stderr.contains("image-not-found"), "{}", ran.text());
    let events = absent.run(&["apply", "--format", "json"]).ends(1);
    assert!(events.stdout.contains("\"image-not-found\""), "{}", events.text());
    let mut kept_in_file = workspace(&image(&registry, "team/none:1"), "");
    let key = kept_in_file.write("key", KEY);
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("set");
    kept_in_file.set("NOVITA_API_URL", &server.url());
    kept_in_file.set("NOVITA_API_KEY_FILE", "key");
    kept_in_file.set("SBX_NO_IMAGE_CHECK", "0");
    let ran = kept_in_file.run(&["apply"]).ends(1);
    assert!(ran.stderr.contains("image-not-found"), "{}", ran.text());
    assert_eq!(server.story(), "\n", "nothing was registered");

    let asked = registry.story().len();
    absent.run(&["apply", "--dry-run"]).ends(0);
    absent.run(&["apply", "--platform", "local"]).ends(0);
    absent.run(&["apply", "--platform", "e2b"]).ends(3);
    assert_eq!(registry.story().len(), asked, "who sends nothing asks nothing");
    absent.run(&["apply", "--no-image-check"]).ends(0);
    assert_eq!(registry.story().len(), asked);

    let server = Server::start(Script { api_key: KEY.to_owned(), ..Script::default() });
    let mut unknown = of("team/app:1");
    unknown.set("NOVITA_API_URL", &server.url());
    let ran = unknown.run(&["apply"]).ends(0);
    assert!(ran.stderr.contains("image-config-lost"), "{}", ran.text());
    registry.spoil("/v2/", Fault::Status(500, ""));
    let server = Server::start(Script { api_key: KEY.to_owned(), ..Script::default() });
    unknown.set("NOVITA_API_URL", &server.url());
    let ran = unknown.run(&["apply"]).ends(0);
    assert!(ran.stderr.contains("registry-unreachable"), "{}", ran.text());
}

#[test]
fn nobody_gets_requests_before_somebody_has_asked() {
    let workspace = workspace("python = \"3.12\"\ninherit = [\"env\"]", "");
    let analysis = pipeline::analyze(&System, &workspace.path().join("sandbox.toml"), None);
    assert!(!analysis.diagnostics.has_errors());
    let faults = analysis.plan(&Secrets::Hidden).expect_err("nothing is known");
    assert!(faults.has_errors());
}
