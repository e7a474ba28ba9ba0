//! Secrets of a manifest, and the hosts that get them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{Listener, assert_silence, run_all};
use crate::support::registry::{Door, Fault, PASSWORD, Registry, USER, config};
use crate::support::server::{Script, Server};
use crate::support::terminal::at_a_terminal;
use crate::support::{Ran, Workspace, files};

const KEY: &str = "nvt_0123456789abcdef";

/// Applies to the platform within the process, so that only the registry is asked.
const APPLY: &[&str] = &["apply", "--platform", "local"];

/// A workspace whose image needs `REGISTRY_PASSWORD`, and what its registry declares.
fn workspace(image: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    write(&workspace, "sandbox.toml", image, "{ env = \"REGISTRY_PASSWORD\" }");
    workspace.set("REGISTRY_PASSWORD", PASSWORD);
    // A platform on this machine, which reaches its registries; nothing listens there.
    workspace.set("NOVITA_API_URL", "http://127.0.0.1:9");
    workspace
}

fn write(workspace: &Workspace, file: &str, image: &str, password: &str) {
    let auth = format!("type = \"basic\", username = \"{USER}\", password = {password}");
    let from = format!("image = \"{image}\"\ninherit = [\"env\"]\nauth = {{ {auth} }}");
    workspace.write(file, format!("name = \"x\"\n[from]\n{from}\n"));
}

fn registry(door: Door) -> Registry {
    let registry = Registry::start(door);
    registry.push("team/app", "1", &config());
    registry
}

fn apply(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let ran = workspace.run(&[APPLY, arguments].concat());
    assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
    ran
}

/// An apply without a terminal that is refused before anyone is asked.
fn is_refused(workspace: &Workspace, registry: &Registry, arguments: &[&str]) {
    let before = registry.story();
    let ran = apply(workspace, arguments).ends(1);
    assert!(ran.stderr.contains("secret-needs-consent"), "{}", ran.text());
    assert_eq!(registry.story(), before, "nothing was asked");
}

fn sign_ins(registry: &Registry) -> usize {
    registry.story().iter().filter(|line| line.ends_with(" Basic")).count()
}

#[test]
fn without_consent_nothing_is_sent_by_any_command() {
    let (registry, platform) = (Listener::new(), Listener::new());
    for inherit in ["inherit = [\"env\"]\n", ""] {
        let from = format!(
            "image = \"{}/x/y:1\"\n{inherit}auth = {{ type = \"basic\", username = {{ file = \
             \"user\" }}, password = {{ env = \"GITHUB_TOKEN\" }} }}",
            registry.address
        );
        let mut workspace = super::workspace(&from, &platform);
        workspace.write("user", "user-in-a-file\n");
        workspace.set("GITHUB_TOKEN", "ghp_of-the-test");
        workspace.run(&["check"]).ends(0);
        let secrets = ["ghp_of-the-test", "user-in-a-file", super::KEY];
        run_all(&workspace, &secrets, |command| assert_silence(command, &registry, &platform));
        assert!(!consents(&workspace).exists());
        let ran = workspace.run(&["apply"]).ends(1);
        let text: String = ran.stderr.split_whitespace().collect();
        for option in ["user", "GITHUB_TOKEN"] {
            let option = format!("--allow-secret{option}@{}", registry.address);
            assert!(text.contains(&option), "{}", ran.text());
        }
    }
}

#[test]
fn with_consent_a_secret_goes_to_its_host_alone() {
    let (registry, other) = (registry(Door::Password), registry(Door::Password));
    let workspace = workspace(&registry.image("team/app:1"));
    let at = |host: &Registry| format!("REGISTRY_PASSWORD@{}", host.address);
    for not_enough in [at(&other), "REGISTRY_PASS".to_owned(), "registry_password".to_owned()] {
        is_refused(&workspace, &registry, &["--allow-secret", &not_enough]);
    }
    for enough in [at(&registry), "REGISTRY_PASSWORD".to_owned()] {
        let before = sign_ins(&registry);
        apply(&workspace, &["--allow-secret", &enough]).ends(0);
        assert!(sign_ins(&registry) > before, "{enough}");
    }
    let mut workspace = workspace;
    workspace.set("SBX_ALLOW_SECRETS", &format!("OTHER, {}", at(&registry)));
    apply(&workspace, &[]).ends(0);
    assert!(other.story().is_empty(), "{:?}", other.story());
    assert!(!consents(&workspace).exists(), "what a command allows is not remembered");
}

#[test]
fn neither_a_redirect_nor_a_token_server_elsewhere_gets_a_secret() {
    let (registry, other) = (registry(Door::Password), registry(Door::UserToken));
    let workspace = workspace(&registry.image("team/app:1"));
    let allow = format!("REGISTRY_PASSWORD@{}", registry.address);
    let elsewhere = |path: &str| format!("http://{}{path}", other.address);
    for path in ["/v2/team", "/v2/"] {
        registry.spoil(path, Fault::Redirect(elsewhere("/v2/team/app/manifests/1")));
        apply(&workspace, &["--allow-secret", &allow]);
        registry.repair();
        assert!(!other.story().is_empty(), "the redirect was followed");
        assert_eq!(sign_ins(&other), 0, "{:?}", other.story());
    }
    let asked = other.story().len();
    registry.spoil("/v2/", Fault::Challenge(elsewhere("/token")));
    for allow in ["REGISTRY_PASSWORD", &allow] {
        let ran = apply(&workspace, &["--allow-secret", allow]).ends(3);
        let help = format!("`--allow-secret NAME@{}`", other.address);
        assert!(ran.stderr.contains(&help), "{}", ran.text());
        assert_eq!(other.story().len(), asked, "the token server was not asked");
    }
    let both = format!("REGISTRY_PASSWORD@{}", other.address);
    apply(&workspace, &["--allow-secret", &allow, "--allow-secret", &both]);
    assert!(sign_ins(&other) > 0, "{:?}", other.story());
}

/// The file of answers.
fn consents(workspace: &Workspace) -> PathBuf {
    workspace.path().join("home/.local/state/sbx/builds/consents")
}

#[test]
fn a_yes_at_the_terminal_is_remembered_for_manifest_secret_and_host() {
    let registry = registry(Door::Password);
    let image = registry.image("team/app:1");
    let workspace = workspace(&image);
    for no in ["n\n", "\n", "maybe\n"] {
        let (screen, exit) = at_a_terminal(&workspace, APPLY, 200, no);
        assert_eq!(exit, 1, "{screen}");
        assert!(registry.story().is_empty() && !consents(&workspace).exists());
    }
    let (screen, exit) = at_a_terminal(&workspace, APPLY, 200, "y\n");
    assert_eq!(exit, 0, "{screen}");
    for said in ["the variable `REGISTRY_PASSWORD`", &registry.address.to_string(), "[y/N]"] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    let file = consents(&workspace);
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).expect("it is read").contains(PASSWORD));
    apply(&workspace, &[]).ends(0);
    let (screen, exit) = at_a_terminal(&workspace, APPLY, 200, "");
    assert!(exit == 0 && !screen.contains("[y/N]"), "{screen}");

    write(&workspace, "other.toml", &image, "{ env = \"REGISTRY_PASSWORD\" }");
    is_refused(&workspace, &registry, &["other.toml"]);
    let mut workspace = workspace;
    workspace.set("OTHER_SECRET", "another-secret");
    workspace.write("REGISTRY_PASSWORD", "a file of this name");
    for password in ["{ env = \"OTHER_SECRET\" }", "{ file = \"REGISTRY_PASSWORD\" }"] {
        write(&workspace, "sandbox.toml", &image, password);
        is_refused(&workspace, &registry, &[]);
    }
    let elsewhere = self::registry(Door::Password);
    write(
        &workspace,
        "sandbox.toml",
        &elsewhere.image("team/app:1"),
        "{ env = \"REGISTRY_PASSWORD\" }",
    );
    is_refused(&workspace, &elsewhere, &[]);
}

#[test]
fn a_question_shows_its_host_whatever_a_manifest_names() {
    let registry = registry(Door::Password);
    let workspace = workspace(&registry.image("team/app:1"));
    let name = format!("{}a\\n[y/N] \\u001b[2J\\u202e", "./".repeat(1500));
    let file = "a\n[y/N] \u{1b}[2J\u{202e}";
    workspace.write(file, "secret-in-a-file");
    write(
        &workspace,
        "sandbox.toml",
        &registry.image("team/app:1"),
        &format!("{{ file = \"{name}\" }}"),
    );
    let (screen, exit) = at_a_terminal(&workspace, APPLY, 200, "n\n");
    assert_eq!(exit, 1, "{screen}");
    let host = format!("\nSend them to {}? [y/N] ", registry.address);
    let (question, _) = screen.split_once(&host).expect("a question");
    assert!(question.chars().count() < 400 && question.lines().count() < 6, "{question}");
    assert!(!question.contains(['\u{1b}', '\u{202e}']), "{question}");
    assert!(registry.story().is_empty());
}

#[test]
fn a_file_of_answers_that_is_not_usable_grants_nothing() {
    let registry = registry(Door::Password);
    let workspace = workspace(&registry.image("team/app:1"));
    let (_, exit) = at_a_terminal(&workspace, APPLY, 200, "y\n");
    assert_eq!(exit, 0);
    let file = consents(&workspace);
    fs::set_permissions(&file, Permissions::from_mode(0o622)).expect("set");
    is_refused(&workspace, &registry, &[]);
    fs::write(&file, "{ this is no JSON").expect("written");
    let ran = apply(&workspace, &[]).ends(1);
    assert!(ran.stderr.contains("warning: "), "{}", ran.text());
    let (screen, exit) = at_a_terminal(&workspace, APPLY, 200, "y\n");
    assert_eq!(exit, 0, "{screen}");
    apply(&workspace, &[]).ends(0);
}

#[test]
fn commands_that_send_no_secrets_say_what_apply_would_send() {
    let registry = registry(Door::Password);
    let workspace = workspace(&registry.image("team/app:1"));
    let would = format!("would send `REGISTRY_PASSWORD` to `{}`", registry.address);
    for (command, exit) in [(&["check"][..], 0), (&["check", "--online"], 0)] {
        let ran = workspace.run(command).ends(exit);
        assert_eq!(ran.stderr.contains(&would), command.len() > 1, "{}", ran.text());
    }
    for command in [&["compile"][..], &["apply", "--dry-run"]] {
        let ran = workspace.run(&[command, &["--platform", "local"]].concat()).ends(1);
        assert!(ran.stderr.contains("only `sbx apply` sends the secrets"), "{}", ran.text());
    }
    let text = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("it is read");
    workspace.write("sandbox.toml", text.replace("inherit = [\"env\"]\n", ""));
    let ran = workspace.run(&["apply", "--dry-run"]).ends(0);
    assert!(ran.stderr.contains(&would), "{}", ran.text());
    let ran = workspace.run(&["apply", "--dry-run", "--platform", "local"]).ends(0);
    assert!(!ran.stderr.contains("would send `"), "{}", ran.text());
    assert!(registry.story().is_empty());
}

#[test]
fn a_platform_gets_a_secret_with_consent_and_the_recorder_gets_none() {
    let registry = registry(Door::Password);
    let workspace = |inherit: &str, server: &Server| {
        let mut workspace = workspace(&registry.image("team/app:1"));
        let file = workspace.path().join("sandbox.toml");
        let text = fs::read_to_string(file).expect("it is read");
        workspace.write("sandbox.toml", text.replace("inherit = [\"env\"]\n", inherit));
        workspace.set("NOVITA_API_URL", &server.url());
        workspace.set("NOVITA_API_KEY", KEY);
        workspace
    };
    let script = || Script { api_key: KEY.to_owned(), ..Script::default() };
    let server = Server::start(script());
    let plain = workspace("", &server);
    plain.run(&["apply"]).ends(1);
    assert_eq!(server.story(), "\n", "nothing was registered");
    plain.run(&["apply", "--allow-secret", "REGISTRY_PASSWORD"]).ends(0);
    assert!(server.story().contains(PASSWORD));
    // Without an engine that could pull the image, there is nothing to agree to.
    plain.run(APPLY).ends(0);
    assert!(registry.story().is_empty());

    // Coming back to a failed build asks the registry with earlier consent only.
    let failure = Some(("1".to_owned(), "failed to run command".to_owned()));
    let server = Server::start(Script { failure, ..script() });
    let inherits = workspace("inherit = [\"env\"]\n", &server);
    inherits.run(&["apply", "--allow-secret", "REGISTRY_PASSWORD"]).ends(1);
    let asked = registry.story().len();
    let (screen, _) = at_a_terminal(&inherits, &["status"], 200, "y\n");
    assert!(screen.contains("would send `REGISTRY_PASSWORD` without consent"), "{screen}");
    assert_eq!(registry.story().len(), asked);
    inherits.run(&["status", "--allow-secret", "REGISTRY_PASSWORD"]).ends(1);
    assert!(registry.story().len() > asked);
}

#[test]
fn the_local_platform_gets_a_secret_for_its_engine_with_consent_and_keeps_it_nowhere() {
    let registry = registry(Door::Password);
    let mut workspace = workspace(&registry.image("team/app:1"));
    let file = workspace.path().join("sandbox.toml");
    let text = fs::read_to_string(file).expect("it is read");
    workspace.write("sandbox.toml", text.replace("inherit = [\"env\"]\n", ""));
    // Whether an engine answers changes nothing about what is sent.
    workspace.set("SBX_ENGINE", "auto");
    workspace.set("PATH", &workspace.path().join("no-programs").to_string_lossy());
    let ran = workspace.run(APPLY).ends(1);
    assert!(ran.stderr.contains("secret-needs-consent"), "{}", ran.text());
    let ran = workspace.run(&["apply", "--platform", "local", "--dry-run"]).ends(0);
    assert!(ran.stderr.contains("would send `REGISTRY_PASSWORD`"), "{}", ran.text());
    workspace.run(&[APPLY, &["--engine", "none"]].concat()).ends(0);
    let ran = workspace.run(&[APPLY, &["--allow-secret", "REGISTRY_PASSWORD"]].concat()).ends(0);
    let line = "[base] credentials for a registry of type `registry`: not kept";
    assert!(ran.stderr.contains(line), "{}", ran.text());
    assert!(registry.story().is_empty());
    let kept: Vec<_> = files(&workspace.path().join("home").to_string_lossy(), "")
        .into_iter()
        .filter(|path| {
            let content = fs::read(path).expect("it is read");
            String::from_utf8_lossy(&content).contains(PASSWORD)
        })
        .collect();
    assert!(kept.is_empty(), "{kept:?}");
}
