//! `sbx lock` against a registry on this machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::registry::{Door, Fault, PASSWORD, Registry, config};
use crate::support::{Ran, Workspace};

/// A manifest of images at a registry, and its lock.
struct Project {
    workspace: Workspace,
    registry: Registry,
}

impl Project {
    fn new(door: Door) -> Self {
        let registry = Registry::start(door);
        let project = Self { workspace: Workspace::empty(), registry };
        project.push("app", "1", "1.2");
        project.manifest("app:1", "");
        project
    }

    /// Stores an image of two platforms under a tag, with a variable that tells its version.
    fn push(&self, repository: &str, tag: &str, version: &str) {
        let mut amd64 = config();
        amd64["config"]["Env"] = json!([format!("TOOL_VERSION={version}"), "GREETING=it's on"]);
        let mut arm = amd64.clone();
        arm["architecture"] = json!("arm64");
        let manifests = [&arm, &amd64].map(|config| self.registry.manifest(repository, config));
        self.registry.index(repository, tag, &manifests);
    }

    fn manifest(&self, image: &str, rest: &str) {
        let reference = self.registry.image(image);
        let text =
            format!("name = \"x\"\nplatform = \"local\"\n[from]\nimage = \"{reference}\"\n{rest}");
        self.workspace.write("sandbox.toml", text);
    }

    fn path(&self) -> PathBuf {
        self.workspace.path().join("sandbox.lock")
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.path()).expect("the lock is there")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.workspace.run(arguments)
    }

    /// The image that is sent.
    fn sent(&self) -> String {
        let ran = self.run(&["compile"]).ends(0);
        let body: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        body["fromImage"].as_str().expect("an image").to_owned()
    }

    /// What is beside the manifest and the lock.
    fn others(&self) -> Vec<String> {
        let entries = fs::read_dir(self.workspace.path()).expect("the directory is read");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
        let names = names.map(|name| name.expect("text"));
        names.filter(|name| !matches!(name.as_str(), "sandbox.toml" | "sandbox.lock")).collect()
    }
}

#[test]
fn a_moved_tag_is_seen_and_changes_nothing_until_it_is_updated() {
    let project = Project::new(Door::Open);
    let ran = project.run(&["lock"]).ends(0);
    assert!(ran.stdout.contains("app:1: sha256:"), "{}", ran.text());
    let (first, sent) = (project.lock(), project.sent());
    assert!(sent.contains("/app@sha256:"), "{sent}");
    assert!(first.contains("env.TOOL_VERSION = \"1.2\"\n"), "{first}");
    let ran = project.run(&["lock", "--check"]).ends(0);
    assert!(ran.everything().contains("is up to date"), "{}", ran.text());

    project.push("app", "1", "1.3");
    let ran = project.run(&["lock", "--check"]).ends(1);
    assert!(ran.stdout.starts_with("moved: image "), "{}", ran.text());
    project.run(&["lock"]).ends(0);
    assert_eq!((project.lock(), project.sent()), (first.clone(), sent.clone()), "it is kept");

    let ran = project.run(&["lock", "--update"]).ends(0);
    assert!(ran.stdout.contains("app:1: TOOL_VERSION 1.2 → 1.3, sha256:"), "{}", ran.text());
    assert_ne!(project.sent(), sent);
    project.run(&["lock", "--check"]).ends(0);
    let again = project.lock();
    project.push("app", "1", "1.2");
    project.run(&["lock", "--update", "ghcr.io/other"]).ends(2);
    assert_eq!(project.lock(), again);
    let name = project.registry.image("app");
    project.run(&["lock", "--update", &name]).ends(0);
    assert_eq!(project.lock(), first, "the lock is what the image is, and nothing else");
}

#[test]
fn what_is_missing_is_added_and_what_is_unused_is_removed() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    project.push("other", "2", "2");
    project.manifest("other:2", "");
    let ran = project.run(&["lock", "--check", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let states: Vec<_> = report["differences"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|difference| difference["state"].as_str().expect("a word"))
        .collect();
    assert_eq!((report["upToDate"].as_bool(), states), (Some(false), vec!["stale", "unused"]));
    let ran = project.run(&["lock", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["written"], true);
    let changes = report["changes"].as_array().expect("an array");
    assert_eq!(changes.len(), 2, "{report:#}");
    let lock = project.lock();
    assert!(lock.contains("/other:2@sha256:") && !lock.contains("/app:1"), "{lock}");
    let ran = project.run(&["lock", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((report["written"].as_bool(), &report["changes"]), (Some(false), &json!([])));
}

#[test]
fn a_registry_that_does_not_answer_leaves_the_lock_as_it_was() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    let before = project.lock();
    project.push("other", "2", "2");
    project.registry.spoil("/v2/other", Fault::Status(503, "busy"));
    project.manifest("other:2", "");
    for arguments in [&["lock"][..], &["lock", "--update"]] {
        let ran = project.run(arguments).ends(3);
        assert!(ran.stderr.contains("cannot look up"), "{}", ran.text());
        assert_eq!(project.lock(), before);
    }
    project.registry.spoil("/v2/app", Fault::Status(503, "busy"));
    project.manifest("app:1", "");
    project.run(&["lock", "--check"]).ends(3);
    project.run(&["lock"]).ends(0);
    assert_eq!(project.lock(), before, "what is kept needs no registry");
    project.registry.repair();
    project.manifest("none:1", "");
    let ran = project.run(&["lock"]).ends(1);
    assert!(ran.stderr.contains("does not have"), "{}", ran.text());
    assert_eq!((project.lock(), project.others()), (before, Vec::new()));
}

#[test]
fn a_conflict_is_solved_by_locking() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    let lock = project.lock();
    let conflict = lock.lines().map(|line| match line.strip_prefix("reference = ") {
        Some(_) => format!(
            "<<<<<<< ours\n{line}\n=======\n{}\n>>>>>>> theirs",
            line.replace("@sha256:", "@sha256:0").replace("0\"", "\"")
        ),
        None => line.to_owned(),
    });
    let conflict = conflict.collect::<Vec<_>>().join("\n");
    project.workspace.write("sandbox.lock", &conflict);
    let ran = project.run(&["check"]).ends(1);
    assert!(ran.everything().contains("invalid-lock"), "{}", ran.text());
    project.run(&["lock", "--check"]);
    project.run(&["lock"]).ends(0);
    assert_eq!(project.lock(), lock);

    project.workspace.write("sandbox.lock", format!("{lock}size = 1\n"));
    let ran = project.run(&["lock"]).ends(1);
    assert!(ran.stderr.contains("only `sbx lock` writes this file"), "{}", ran.text());
}

#[test]
fn an_entry_whose_digest_was_edited_is_completed() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    let old = project.lock();
    project.push("app", "1", "1.3");
    project.run(&["lock", "--update"]).ends(0);
    let new = project.lock();
    let reference = |lock: &str| {
        let line = lock.lines().find(|line| line.starts_with("reference = "));
        line.expect("a reference").to_owned()
    };
    // As a bot does it, which knows the digest alone.
    project.workspace.write("sandbox.lock", old.replace(&reference(&old), &reference(&new)));
    let ran = project.run(&["lock", "--check"]).ends(1);
    assert!(ran.stdout.starts_with("stale: image "), "{}", ran.text());
    project.run(&["lock"]).ends(0);
    assert_eq!(project.lock(), new);
}

#[test]
fn a_lock_keeps_its_permissions_and_a_link_is_not_followed() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    let text = project.lock();
    project.workspace.write("sandbox.lock", "version = 1\n");
    fs::set_permissions(project.path(), fs::Permissions::from_mode(0o640)).expect("they are set");
    project.run(&["lock"]).ends(0);
    let mode = fs::metadata(project.path()).expect("it is there").permissions().mode();
    assert_eq!((project.lock(), mode & 0o777), (text.clone(), 0o640));

    fs::remove_file(project.path()).expect("it is removed");
    project.workspace.write("elsewhere", "version = 1\n");
    symlink("elsewhere", project.path()).expect("a link");
    project.run(&["lock"]).ends(0);
    assert_eq!(project.lock(), text);
    let elsewhere = fs::read_to_string(project.workspace.path().join("elsewhere"));
    assert_eq!(elsewhere.expect("it is there"), "version = 1\n");
}

#[test]
fn a_password_is_sent_with_consent_and_written_nowhere() {
    let mut project = Project::new(Door::Password);
    let auth = "auth = { type = \"basic\", username = \"robot\", password = { env = \"REGISTRY_PASSWORD\" } }\n";
    project.manifest("app:1", auth);
    project.workspace.set("REGISTRY_PASSWORD", PASSWORD);
    let ran = project.run(&["lock"]).ends(1);
    assert!(ran.everything().contains("secret-needs-consent"), "{}", ran.text());
    assert_eq!(project.registry.story(), Vec::<String>::new());
    let ran = project.run(&["lock", "--allow-secret", "REGISTRY_PASSWORD"]).ends(0);
    assert!(!ran.everything().contains(PASSWORD), "{}", ran.text());
    assert!(project.lock().contains("/app:1@sha256:") && !project.lock().contains(PASSWORD));
}

#[test]
fn each_command_can_demand_a_complete_lock() {
    let project = Project::new(Door::Open);
    let commands: [&[&str]; 6] =
        [&["check"], &["compile"], &["plan"], &["apply", "--dry-run"], &["verify"], &["test"]];
    let demand = |what: &str| {
        for command in commands {
            let ran = project.run(&[command, &["--locked"]].concat()).ends(1);
            assert!(ran.everything().contains("stale-lock"), "{}", ran.text());
            assert!(ran.everything().contains(what), "{}", ran.text());
        }
    };
    demand("there is no");
    project.run(&["lock"]).ends(0);
    for command in [&["check", "--locked"][..], &["compile", "--locked"]] {
        project.run(command).ends(0);
    }
    project.manifest("other:2", "");
    demand("does not lock the image");
}

#[test]
fn without_needs_there_is_no_lock() {
    let project = Project::new(Door::Open);
    project.workspace.write("sandbox.toml", "name = \"x\"\nfrom = { base = true }\n");
    let ran = project.run(&["lock"]).ends(0);
    assert!(ran.stderr.contains("nothing to lock"), "{}", ran.text());
    assert!(!project.path().exists());
    project.run(&["check", "--locked"]).ends(0);
}

#[test]
fn a_plan_says_that_a_tag_has_moved_since_it_was_locked() {
    let project = Project::new(Door::Open);
    project.run(&["lock"]).ends(0);
    let said = "has moved since it was locked: sha256:";
    let ran = project.run(&["plan", "--online"]).ends(0);
    assert!(!ran.everything().contains(said), "{}", ran.text());
    project.push("app", "1", "1.3");
    let ran = project.run(&["plan", "--online"]).ends(0);
    assert!(ran.everything().contains(said), "{}", ran.text());
    let ran = project.run(&["plan"]).ends(0);
    assert!(!ran.everything().contains(said), "it is not asked for: {}", ran.text());
}

#[test]
fn one_lock_is_for_all_profiles() {
    let project = Project::new(Door::Open);
    project.push("other", "2", "2");
    let other = project.registry.image("other:2");
    project.manifest("app:1", &format!("[profiles.dev]\nfrom = {{ image = \"{other}\" }}\n"));
    project.run(&["lock"]).ends(0);
    let lock = project.lock();
    assert!(lock.contains("/app:1@sha256:") && lock.contains("/other:2@sha256:"), "{lock}");
    project.run(&["check", "--locked"]).ends(0);
    project.run(&["lock", "--check"]).ends(0);
}
