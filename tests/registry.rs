//! What an image's registry is asked, and what becomes of each answer and of none.

use std::time::{Duration, Instant};

use sandbox_toml::registry::RegistryHost;
use sandbox_toml::submit::registry::{LookupLimit, look_up};
use sandbox_toml::template::{ImageConfig, ImageFault, ImageLookup, ImageQuery, Login};
use serde_json::{Value, json};

use crate::support::process::PATIENCE;
use crate::support::registry::{Door, Fault, PASSWORD, Registry, USER, config};

mod commands;

const ONCE: LookupLimit = LookupLimit { overall: Duration::from_secs(10), attempts: 1 };

fn ask_as(reference: &str, login: Option<(&str, &str)>, patience: LookupLimit) -> ImageLookup {
    let hosts = reference.split('/').next().and_then(RegistryHost::parse).into_iter().collect();
    let login = login.map(|(username, password)| Login {
        username: username.into(),
        password: password.into(),
        hosts,
    });
    let question = ImageQuery { reference: reference.to_owned(), login };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(look_up(&question, patience))
}

fn ask(reference: &str) -> ImageLookup {
    ask_as(reference, None, ONCE)
}

fn known(answer: ImageLookup) -> ImageConfig {
    match answer {
        ImageLookup::Known(config) => *config,
        other => panic!("the image is there, but: {other:?}"),
    }
}

fn fault(answer: ImageLookup) -> ImageFault {
    match answer {
        ImageLookup::Fault(fault) => fault,
        other => panic!("a fault was expected: {other:?}"),
    }
}

/// Whether an answer says nothing about the image, for a reason that holds this word.
fn is_silence(answer: ImageLookup, word: &str) {
    match fault(answer) {
        ImageFault::Unknown(reason) => assert!(reason.contains(word), "{word}: {reason}"),
        other => panic!("{word}: this says too much: {other:?}"),
    }
}

fn of_arm() -> Value {
    let mut config = config();
    config["architecture"] = json!("arm64");
    config
}

fn registry(door: Door) -> Registry {
    let registry = Registry::start(door);
    registry.push("team/app", "1", &config());
    registry
}

#[test]
fn an_image_of_one_platform_is_read() {
    let registry = registry(Door::Open);
    let config = known(ask(&registry.image("team/app:1")));
    assert_eq!(config.workdir.as_deref(), Some("/srv/app"));
    assert_eq!(config.user.as_deref(), Some("app"));
    let words: Vec<_> = config.command().collect();
    assert_eq!(words, ["tini", "--", "serve", "--greeting", "it's on"]);
    let names: Vec<_> = config.env.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["PATH", "LANG", "PRICE", "TOOL_VERSION"]);
    let again = known(ask(&registry.image(&format!("team/app@{}", config.digest))));
    assert_eq!(again, config);
}

#[test]
fn the_variant_for_sandboxes_is_found_in_an_index() {
    let registry = Registry::start(Door::Open);
    let mut newer = registry.manifest("x", &json!({ "os": "linux", "architecture": "amd64" }));
    newer["platform"]["variant"] = json!("v3");
    let arm = registry.manifest("x", &of_arm());
    let plain = registry.manifest("x", &config());
    let mut attestation = arm.clone();
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    registry.index("x", "all", &[attestation.clone(), arm.clone(), newer, plain.clone()]);
    assert_eq!(known(ask(&registry.image("x:all"))).digest, plain["digest"].as_str().expect("one"));

    registry.index("x", "arm", &[attestation, arm]);
    let missing = fault(ask(&registry.image("x:arm")));
    assert_eq!(missing, ImageFault::WithoutAmd64(vec!["linux/arm64".to_owned()]));
    registry.push("x", "arm-alone", &of_arm());
    let missing = fault(ask(&registry.image("x:arm-alone")));
    assert_eq!(missing, ImageFault::WithoutAmd64(vec!["linux/arm64".to_owned()]));
    registry.index("x", "nothing", &[]);
    assert_eq!(fault(ask(&registry.image("x:nothing"))), ImageFault::WithoutAmd64(Vec::new()));

    let mut silent = plain.clone();
    silent.as_object_mut().expect("a table").remove("platform");
    registry.index("x", "silent", &[silent]);
    assert_eq!(known(ask(&registry.image("x:silent"))).workdir.as_deref(), Some("/srv/app"));
}

#[test]
fn who_may_know_is_told_and_nobody_else() {
    let user = Some((USER, PASSWORD));
    let wrong = Some((USER, "wrong"));
    for door in [Door::Open, Door::Token, Door::LateToken] {
        known(ask(&registry(door).image("team/app:1")));
    }
    for door in [Door::Open, Door::Token, Door::UserToken, Door::Password] {
        known(ask_as(&registry(door).image("team/app:1"), user, ONCE));
    }
    for door in [Door::UserToken, Door::Password] {
        let registry = registry(door);
        let image = registry.image("team/app:1");
        assert_eq!(fault(ask_as(&image, wrong, ONCE)), ImageFault::SignInRefused, "{door:?}");
        assert!(matches!(fault(ask(&image)), ImageFault::Absent(_)), "{door:?}");
    }
    for login in [None, user] {
        let registry = registry(Door::Nobody);
        let image = registry.image("team/app:1");
        assert!(matches!(fault(ask_as(&image, login, ONCE)), ImageFault::Absent(_)));
    }
}

#[test]
fn a_token_is_asked_for_as_the_challenge_says() {
    let registry = registry(Door::Token);
    known(ask_as(&registry.image("team/app:1"), Some((USER, PASSWORD)), ONCE));
    let story = registry.story();
    assert_eq!(story[0], "/v2/ nobody");
    assert_eq!(
        story[1],
        "/token?service=the+%22test%22&scope=repository%3Ateam%2Fapp%3Apull Basic"
    );
    assert_eq!(story[2], "/v2/team/app/manifests/1 Bearer");
    assert!(story[3].starts_with("/v2/team/app/blobs/sha256:"), "{story:?}");
    assert_eq!(story.len(), 4);
}

#[test]
fn a_clear_no_is_one() {
    let registry = registry(Door::Open);
    for image in ["team/app:2", "team/other:1", &format!("team/app@sha256:{}", "0".repeat(64))] {
        let ImageFault::Absent(reason) = fault(ask(&registry.image(image))) else {
            panic!("{image}");
        };
        assert!(reason.contains("404: manifest_unknown"), "{reason}");
    }
    let chart = json!({ "config": {
        "mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "sha256:0", "size": 1,
    }});
    registry.put("team/chart/manifests/1", chart.to_string());
    let chart = fault(ask(&registry.image("team/chart:1")));
    assert!(matches!(chart, ImageFault::Absent(reason) if reason.contains("helm")));
}

#[test]
fn whatever_else_comes_says_nothing_about_the_image() {
    let manifest = "/v2/team/app/manifests/";
    let blob = "/v2/team/app/blobs/";
    let table = [
        ("/v2/", Fault::Status(429, ""), "too many requests"),
        ("/v2/", Fault::Status(503, "<html>"), "503"),
        ("/v2/", Fault::Status(404, "no such page"), "404"),
        ("/v2/", Fault::Status(403, "blocked by a proxy"), "403"),
        ("/v2/", Fault::Status(401, "no challenge"), "sign-in of a kind"),
        ("/v2/", Fault::BrokenOff, "cannot be reached"),
        ("/token", Fault::Status(429, ""), "too many requests"),
        ("/token", Fault::Status(500, ""), "500"),
        ("/token", Fault::Status(403, "blocked by a proxy"), "403"),
        ("/token", Fault::Body("garbage"), "does not send a token"),
        ("/token", Fault::Body("{}"), "does not send a token"),
        ("/token", Fault::Body("{\"token\": \"two\\r\\nlines\"}"), "does not send a token"),
        ("/token", Fault::Redirect("/elsewhere".to_owned()), "307"),
        (manifest, Fault::Status(429, "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\"}]}"), "too many"),
        (manifest, Fault::Status(500, "{\"errors\":[{\"code\":\"UNKNOWN\"}]}"), "500: UNKNOWN"),
        (
            manifest,
            Fault::Status(500, "{\"errors\":[{\"message\":\"\\u001b[31mred\"}]}"),
            "[31mred",
        ),
        (manifest, Fault::Status(406, ""), "406"),
        (manifest, Fault::Body("garbage"), "expected value"),
        (manifest, Fault::Body("{\"schemaVersion\": 1}"), "names no configuration"),
        (manifest, Fault::Body("{\"manifests\": 7}"), "invalid type"),
        (manifest, Fault::Huge(5 * 1024 * 1024), "larger than"),
        (manifest, Fault::BrokenOff, "cannot be reached"),
        (manifest, Fault::Redirect("http://192.0.2.1/x".to_owned()), "can be trusted"),
        (manifest, Fault::Redirect("file:///etc/passwd".to_owned()), "can be trusted"),
        (manifest, Fault::Redirect(manifest.to_owned()), "again and again"),
        (blob, Fault::Body("{}"), "is not what `sha256:"),
        (blob, Fault::Huge(5 * 1024 * 1024), "larger than"),
        (blob, Fault::Status(502, ""), "502"),
    ];
    for (path, fault, word) in table {
        let registry = registry(Door::Token);
        registry.spoil(path, fault);
        let answer = ask(&registry.image("team/app:1"));
        if let ImageLookup::Fault(ImageFault::Unknown(reason)) = &answer {
            assert!(!reason.contains('\u{1b}'), "{reason}");
        }
        is_silence(answer, word);
    }
    is_silence(ask("127.0.0.1:1/x"), "cannot be reached");
}

#[test]
fn a_manifest_of_another_digest_is_not_taken() {
    let registry = registry(Door::Open);
    let wrong = format!("sha256:{}", "0".repeat(64));
    registry.put(&format!("team/app/manifests/{wrong}"), "{}");
    is_silence(ask(&registry.image(&format!("team/app@{wrong}"))), "is not what `sha256:");
    let weak = "md5:d41d8cd98f00b204e9800998ecf8427e";
    registry.put(&format!("team/app/manifests/{weak}"), "{}");
    is_silence(ask(&registry.image(&format!("team/app@{weak}"))), "algorithm");
}

#[test]
fn an_index_that_holds_itself_comes_to_an_end() {
    let registry = Registry::start(Door::Open);
    let inner = json!({ "manifests": [] });
    let mut digest = registry.put_by_digest("x/manifests", &inner);
    for _ in 0..5 {
        let next = json!({ "manifests": [{ "digest": digest }] });
        digest = registry.put_by_digest("x/manifests", &next);
    }
    is_silence(ask(&registry.image(&format!("x@{digest}"))), "nothing but each other");
}

#[test]
fn credentials_stay_with_the_registry_that_asked_for_them() {
    let elsewhere = Registry::start(Door::Open);
    let registry = registry(Door::Password);
    let blob = known(ask_as(&registry.image("team/app:1"), Some((USER, PASSWORD)), ONCE));
    let story = registry.story();
    let path = story.last().and_then(|line| line.split(' ').next()).expect("a request").to_owned();
    elsewhere.put(path.trim_start_matches("/v2/"), config().to_string());
    registry.spoil(
        "/v2/team/app/blobs/",
        Fault::Redirect(format!("http://{}{path}", elsewhere.address)),
    );
    let again = known(ask_as(&registry.image("team/app:1"), Some((USER, PASSWORD)), ONCE));
    assert_eq!(again, blob);
    assert_eq!(elsewhere.story(), [format!("{path} nobody")]);
}

#[test]
fn a_slow_registry_is_waited_for_only_so_long() {
    let registry = registry(Door::Open);
    registry.spoil("/v2/team/app/manifests/", Fault::Slow(Duration::from_secs(30)));
    let patience = LookupLimit { overall: Duration::from_millis(300), attempts: 3 };
    let begun = Instant::now();
    is_silence(ask_as(&registry.image("team/app:1"), None, patience), "did not answer within");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn who_needs_an_answer_asks_again() {
    let registry = registry(Door::Open);
    registry.spoil("/v2/", Fault::Status(503, ""));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let deadline = Instant::now() + PATIENCE;
            while registry.story().is_empty() {
                assert!(Instant::now() < deadline, "it is asked");
                std::thread::sleep(Duration::from_millis(10));
            }
            registry.repair();
        });
        known(ask_as(&registry.image("team/app:1"), None, LookupLimit::LONG));
    });
    assert!(registry.story().len() > 2, "{:?}", registry.story());
}
