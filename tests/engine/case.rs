//! One template of the table: applied, and its image examined.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;

use crate::engine::{Engine, store_of};
use crate::expected::{Expected, Failure, Log};
use crate::server::Server;
use crate::support::{Ran, Workspace, root};

/// The events of `sbx apply`.
struct Applied {
    ran: Ran,
    events: Vec<Value>,
}

/// Removes what a case leaves in the engine, however it ends.
pub struct Cleanup<'a> {
    pub workspace: &'a Workspace,
    pub engine: Engine,
}

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let data = self.workspace.path().join("home/data");
        if data.join("engine-id").is_file() {
            let prefix = format!("localhost/sbx-{}/", store_of(&data));
            self.engine.remove_images(&self.engine.names(&[prefix]));
        }
    }
}

/// Expects words in what a command printed.
pub fn says(ran: &Ran, words: &str) {
    assert!(ran.everything().contains(words), "`{words}`\n{}", ran.text());
}

pub fn run(name: &str, expected: &Expected, engine: Engine) {
    let mut workspace = Workspace::empty();
    copy(&root().join("tests/engine/table").join(name), workspace.path());
    // The root of the project.
    fs::create_dir(workspace.path().join(".git")).expect("the directory is made");
    Engine::pass_on(&mut workspace);
    let data = workspace.path().join("home/data");
    let server = expected.limits.as_ref().map(|limits| Server::start(&data, limits));
    if let Some(server) = &server {
        workspace.set("SBX_LOCAL_URL", &server.url);
    }
    let _cleanup = Cleanup { workspace: &workspace, engine };
    let applied = apply_all(&workspace, expected);
    applied.examine_log(&expected.log);
    match &expected.failure {
        Some(failure) => applied.examine_failure(failure),
        None => examine_image(&applied, &workspace, expected, engine),
    }
    // Nothing of a build that has ended is left but images.
    let store = store_of(&data);
    let left = engine.names(&[format!("sbx-{store}-")]);
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// The last of what is applied.
fn apply_all(workspace: &Workspace, expected: &Expected) -> Applied {
    let (last, parents) = expected.manifests.split_last().expect("a manifest is applied");
    for parent in parents {
        Applied::of(workspace, parent, expected, &[]).succeeds();
    }
    let applied = Applied::of(workspace, last, expected, &[]);
    match &expected.again {
        Some(arguments) => {
            applied.succeeds();
            // Nothing has changed, so nothing would be built without it.
            let arguments = [&["--rebuild".to_owned()], arguments.as_slice()].concat();
            Applied::of(workspace, last, expected, &arguments)
        }
        None => applied,
    }
}

fn examine_image(applied: &Applied, workspace: &Workspace, expected: &Expected, engine: Engine) {
    applied.succeeds();
    let finished = applied.last("finished");
    let part = |key: &str| finished[key].as_str().expect("a build has its IDs").to_owned();
    let store = store_of(&workspace.path().join("home/data"));
    let image = format!("localhost/sbx-{store}/{}:{}", part("templateId"), part("buildId"));
    let mut wrong = Vec::new();
    for check in &expected.checks {
        let (exit, output, error) = engine.check(&image, check);
        if exit != Some(check.exit) || output != check.prints.trim_end() {
            wrong.push(format!(
                "{}\n  expected {}: {:?}\n  saw {exit:?}: {output:?}\n  {error}",
                check.run, check.exit, check.prints
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n"), applied.log().join("\n"));
}

impl Applied {
    fn of(
        workspace: &Workspace,
        manifest: &str,
        expected: &Expected,
        arguments: &[String],
    ) -> Self {
        let mut command = vec!["apply", manifest, "--platform", "local", "--format", "json"];
        if let Some(rules) = &expected.rules {
            command.extend(["--as", rules]);
        }
        command.extend(arguments.iter().map(String::as_str));
        let ran = workspace.run(&command);
        let event =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}"));
        let events = ran.stdout.lines().map(event).collect();
        Self { ran, events }
    }

    fn succeeds(&self) {
        let log = self.log().join("\n");
        assert_eq!(self.ran.exit, 0, "the build failed\n{log}\n{}", self.ran.text());
    }

    /// The last event of a name.
    fn last(&self, name: &str) -> &Value {
        let last = self.events.iter().rev().find(|event| event["event"] == name);
        last.unwrap_or_else(|| panic!("no event `{name}`\n{}", self.ran.text()))
    }

    fn log(&self) -> Vec<&str> {
        let entries = self.events.iter().filter(|event| event["event"] == "log");
        entries.map(|event| event["message"].as_str().expect("an entry has a text")).collect()
    }

    fn examine_log(&self, expected: &Log) {
        let log = self.log().join("\n");
        for part in &expected.has {
            assert!(log.contains(part), "`{part}` is not in the log\n{log}\n{}", self.ran.text());
        }
        for part in &expected.lacks {
            assert!(!log.contains(part), "`{part}` is in the log\n{log}\n{}", self.ran.text());
        }
    }

    fn examine_failure(&self, expected: &Failure) {
        assert_eq!(self.ran.exit, 1, "{}", self.ran.text());
        let finished = self.last("finished");
        assert_eq!(finished["status"], "error", "{}", self.ran.text());
        let reason = finished["reason"].as_str().expect("a failed build has a reason");
        for part in &expected.reason {
            assert!(reason.contains(part), "`{part}` is not in the reason\n{reason}");
        }
        let diagnostic = self.last("diagnostic");
        let said = format!("{}\n{}", diagnostic["message"], diagnostic["help"]);
        for part in &expected.says {
            assert!(said.contains(part), "`{part}` is not in the diagnostic\n{said}");
        }
        let line = diagnostic["range"]["start"]["line"].as_u64().unwrap_or(0);
        assert_eq!(line, expected.line, "the line of the failure\n{}", self.ran.text());
    }
}

/// Copies a directory with links as links, and modes that do not depend on the umask of a checkout.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the directory is made");
    for entry in fs::read_dir(from).expect("the directory is read") {
        let entry = entry.expect("the directory is read");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("the entry has a type");
        if kind.is_dir() {
            copy(&source, &target);
        } else if kind.is_symlink() {
            let leads_to = fs::read_link(&source).expect("the link is read");
            symlink(leads_to, &target).expect("the link is made");
        } else {
            fs::copy(&source, &target).expect("the file is copied");
            let mode = fs::metadata(&source).expect("the file is there").permissions().mode();
            let settled = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
            let settled = fs::Permissions::from_mode(settled);
            fs::set_permissions(&target, settled).expect("the mode is set");
        }
    }
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).expect("the mode is set");
}
