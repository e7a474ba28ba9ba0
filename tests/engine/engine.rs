//! The engine's own command line, as a person would use it to look at an image.

use std::env;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::expected::Check;
use crate::support::Workspace;

/// The variables that say where the engine is, and what steps may use.
const VARIABLES: [&str; 10] = [
    "PATH",
    "SBX_ENGINE",
    "SBX_ENGINE_ARGS",
    "SBX_ENGINE_NETWORK",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "XDG_RUNTIME_DIR",
];

/// A container engine on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Docker,
    Podman,
}

impl Engine {
    /// The engine that `SBX_ENGINE` names.
    pub fn from_environment() -> Self {
        match env::var("SBX_ENGINE").as_deref() {
            Ok("docker") => Self::Docker,
            Ok("podman") => Self::Podman,
            other => panic!("SBX_ENGINE is not `docker` or `podman`, but {other:?}"),
        }
    }

    pub fn is_docker(self) -> bool {
        self == Self::Docker
    }

    fn program(self) -> &'static str {
        if self.is_docker() { "docker" } else { "podman" }
    }

    /// Lets `sbx` use the engine that this process uses.
    pub fn pass_on(workspace: &mut Workspace) {
        for name in VARIABLES {
            if let Ok(value) = env::var(name) {
                workspace.set(name, &value);
            }
        }
    }

    /// Runs a command in a container of the image that is gone at its end.
    ///
    /// Returns its exit code, its output without spaces at the end, and its standard error.
    pub fn check(self, image: &str, check: &Check) -> (Option<i32>, String, String) {
        let flags = if check.login { "-lc" } else { "-c" };
        let output = Command::new(self.program())
            .args(["run", "--rm", "--network", "none", "--user", &check.user])
            .args([image, "/bin/bash", flags, &check.run])
            .stdin(Stdio::null())
            .output()
            .expect("the engine's client runs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// The images and containers whose names begin with one of the prefixes.
    pub fn names(self, prefixes: &[String]) -> Vec<String> {
        let images = self.lines(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
        let containers = self.lines(&["ps", "--all", "--format", "{{.Names}}"]);
        let volumes = self.lines(&["volume", "ls", "--format", "{{.Name}}"]);
        let is_theirs = |name: &String| prefixes.iter().any(|prefix| name.starts_with(prefix));
        images.into_iter().chain(containers).chain(volumes).filter(is_theirs).collect()
    }

    /// All that the engine says of an image, and how it was made.
    pub fn describe(self, image: &str) -> String {
        let known = self.lines(&["image", "inspect", image]);
        let made = self.lines(&["history", "--no-trunc", image]);
        [known, made].concat().join("\n")
    }

    /// Removes the images with these names, as far as the engine lets it.
    pub fn remove_images(self, names: &[String]) {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            self.ask(&[&["rmi", "--force"], names.as_slice()].concat());
        }
    }

    /// The lines of an answer. Podman 4.3 cannot list its images, containers or volumes while one of
    /// them is removed, which another test may do: then it is asked again.
    fn lines(self, arguments: &[&str]) -> Vec<String> {
        for _ in 0..20 {
            let output = self.ask(arguments);
            if output.status.success() {
                let said = String::from_utf8_lossy(&output.stdout);
                return said.lines().map(str::to_owned).collect();
            }
            let error = String::from_utf8_lossy(&output.stderr);
            let gone = ["image not known", "no such container", "no such volume"];
            let is_gone = gone.iter().any(|words| error.contains(words));
            assert!(is_gone, "{arguments:?}: {error}");
        }
        panic!("{arguments:?}: something went at each of 20 attempts");
    }

    fn ask(self, arguments: &[&str]) -> Output {
        let output = Command::new(self.program()).args(arguments).stdin(Stdio::null()).output();
        output.expect("the engine's client runs")
    }
}

/// The name of a data directory in the names of what belongs to it.
pub fn store_of(data: &Path) -> String {
    let id = std::fs::read_to_string(data.join("engine-id"));
    id.expect("the data directory has an engine ID").trim().to_owned()
}
