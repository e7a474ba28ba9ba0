//! The workflow of docs/lock.md, as far as a shell runs it: in a clone of a repository, with a
//! registry on this machine and a stand-in for `gh`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::support::process::ToEnd as _;
use crate::support::registry::{Door, Registry, config};
use crate::support::{Workspace, root};

/// What the stand-in for `gh` does: it keeps its arguments and the text of the pull request.
const GH: &str =
    "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/gh\"\ncat changes.txt >> \"$HOME/gh\"\n";

/// The scripts of the steps, and the variables of the last one.
fn workflow() -> (Vec<String>, Vec<(String, String)>) {
    let page = fs::read_to_string(root().join("docs/lock.md")).expect("the page is read");
    let yaml = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let yaml = yaml.expect("the page has a workflow");
    let (mut scripts, mut variables) = (Vec::new(), Vec::new());
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(script) = line.trim().strip_prefix("- run: ") {
            if script != "|" {
                scripts.push(script.to_owned());
                continue;
            }
            let indent = line.len() - line.trim_start().len() + 4;
            let mut script = String::new();
            while let Some(line) = lines.next_if(|line| line.starts_with(&" ".repeat(indent))) {
                script += &line[indent..];
                script.push('\n');
            }
            scripts.push(script);
        } else if let Some((_, table)) = line.split_once("env: { ") {
            for pair in table.trim_end_matches(" }").split(", ") {
                let (name, value) = pair.split_once(": ").expect("a variable");
                variables.push((name.to_owned(), value.trim_matches('"').to_owned()));
            }
        }
    }
    (scripts, variables)
}

struct Project {
    workspace: Workspace,
    registry: Registry,
}

impl Project {
    fn push(&self, version: &str) {
        let mut image = config();
        image["config"]["Env"] = json!([format!("TOOL_VERSION={version}")]);
        let manifest = self.registry.manifest("app", &image);
        self.registry.index("app", "1", &[manifest]);
    }

    /// Runs a command with git's and the runner's variables.
    fn run(&self, directory: &Path, program: &str, arguments: &[&str]) -> Output {
        let home = self.workspace.path();
        let sbx = Path::new(env!("CARGO_BIN_EXE_sbx")).parent().expect("a directory").to_owned();
        let path = std::env::var("PATH").expect("there are programs");
        let path = format!("{}:{}:{path}", home.join("bin").display(), sbx.display());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory).env("HOME", home).env("PATH", path);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("SBX_STATE", home.join("state"));
        command.envs(workflow().1);
        command.to_end()
    }

    fn succeed(&self, directory: &Path, program: &str, arguments: &[&str]) -> String {
        let output = self.run(directory, program, arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {text}\n{said}");
        text
    }

    /// What the runner does: a clone, and each step by `bash -e`.
    fn job(&self, name: &str) {
        let home = self.workspace.path();
        self.succeed(home, "git", &["clone", "-q", "origin.git", name]);
        let clone = home.join(name);
        for script in workflow().0 {
            self.succeed(&clone, "bash", &["--noprofile", "--norc", "-e", "-c", &script]);
        }
    }
}

#[test]
fn the_workflow_of_the_page_opens_a_pull_request_if_something_has_changed() {
    let registry = Registry::start(Door::Open);
    let project = Project { workspace: Workspace::empty(), registry };
    project.push("1.2");
    let home = project.workspace.path().to_owned();
    let gh = project.workspace.write("bin/gh", GH);
    fs::set_permissions(gh, fs::Permissions::from_mode(0o755)).expect("the mode is set");
    let image = project.registry.image("app:1");
    let text = format!("name = \"x\"\nplatform = \"local\"\n[from]\nimage = \"{image}\"\n");
    project.workspace.write("first/sandbox.toml", text);
    let first = home.join("first");
    project.succeed(&first, "sbx", &["lock"]);
    project.succeed(&first, "git", &["init", "-q", "-b", "main"]);
    project.succeed(&first, "git", &["add", "."]);
    project.succeed(&first, "git", &["commit", "-q", "-m", "Begin"]);
    project.succeed(&home, "git", &["clone", "-q", "--bare", "first", "origin.git"]);
    let origin = home.join("origin.git");

    project.job("unchanged");
    assert!(!home.join("gh").exists(), "nothing has changed");
    assert_eq!(project.succeed(&origin, "git", &["branch", "--list"]).lines().count(), 1);

    project.push("1.3");
    project.job("changed");
    let request = fs::read_to_string(home.join("gh")).expect("a pull request was opened");
    assert!(request.contains("Update sandbox.lock"), "{request}");
    assert!(request.contains("TOOL_VERSION 1.2 → 1.3"), "{request}");
    let changed =
        project.succeed(&origin, "git", &["diff", "--name-only", "main", "update-sandbox-lock"]);
    assert_eq!(changed, "sandbox.lock\n");
    // The branch of the week before is replaced.
    project.push("1.4");
    project.job("again");
    let diff = project.succeed(&origin, "git", &["diff", "main", "update-sandbox-lock"]);
    assert!(diff.contains("+env.TOOL_VERSION = \"1.4\""), "{diff}");
}
