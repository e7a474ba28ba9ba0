//! Pulling images, with credentials that are stored nowhere.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tempfile::TempDir;

use super::{Engine, EngineError, Kind, configuration as own};

/// How long a pull may take.
const LIMIT: Duration = Duration::from_hours(1);

/// The credentials of a registry.
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password or token.
    pub password: String,
}

/// The credentials are not printed.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Engine {
    /// Pulls an image for linux/amd64. Without credentials those are used that the engine's own
    /// configuration has for the registry.
    ///
    /// The client reads the credentials from a file that only its owner can read, in memory where
    /// the system has such a directory, and that is removed when the client has ended: on a command
    /// line other users of the machine could see them.
    ///
    /// # Errors
    /// When the engine refuses, when the file cannot be written, or when `stopped` says so.
    pub fn pull(
        &self,
        reference: &str,
        credentials: Option<&Credentials>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), EngineError> {
        let mut client = self.command();
        client.args(["pull", "--quiet", "--platform=linux/amd64"]);
        let directory = credentials
            .map(|credentials| configuration(self.client_kind, registry_of(reference), credentials))
            .transpose()
            .map_err(|error| self.failed("pull", error))?;
        match (&directory, self.client_kind) {
            (None, _) => {}
            (Some(directory), Kind::Docker) => {
                client.env("DOCKER_CONFIG", directory.path());
            }
            (Some(directory), Kind::Podman) => {
                client.arg("--authfile").arg(directory.path().join("config.json"));
            }
        }
        client.args(["--", reference]);
        self.finish("pull", &mut client, LIMIT, stopped).map(|_| ())
    }
}

/// A directory with a configuration that has these credentials alone, and the contexts of the
/// user's own configuration.
fn configuration(kind: Kind, registry: &str, credentials: &Credentials) -> io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let prefix = tempfile::Builder::new().prefix("sbx-").permissions(owner_only()).to_owned();
    let directory = match prefix.tempdir_in(memory) {
        Ok(directory) => directory,
        Err(_) => prefix.tempdir()?,
    };
    let Credentials { username, password } = credentials;
    let auth = BASE64_STANDARD.encode(format!("{username}:{password}"));
    let mut configuration = json!({"auths": {registry: {"auth": auth}}});
    if kind == Kind::Docker
        && let Some(path) = own::directory()
    {
        // The context says which engine the client talks to.
        if let Some(context) = own::read().get("currentContext") {
            configuration["currentContext"] = context.clone();
        }
        let contexts = path.join("contexts");
        if contexts.is_dir() {
            std::os::unix::fs::symlink(contexts, directory.path().join("contexts"))?;
        }
    }
    let mut file = fs::File::create(directory.path().join("config.json"))?;
    file.write_all(configuration.to_string().as_bytes())?;
    Ok(directory)
}

fn owner_only() -> fs::Permissions {
    fs::Permissions::from_mode(0o700)
}

/// The registry of a reference, by the key that engines look it up with.
fn registry_of(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => match host {
            "docker.io" | "index.docker.io" => DOCKER_HUB,
            host => host,
        },
        _ => DOCKER_HUB,
    }
}

/// The key of Docker Hub, which both engines know.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_of_a_reference_is_its_host() {
        for (reference, registry) in [
            ("python:3.12", DOCKER_HUB),
            ("team/app", DOCKER_HUB),
            ("docker.io/team/app", DOCKER_HUB),
            ("ghcr.io/team/app:1", "ghcr.io"),
            ("localhost:5000/app", "localhost:5000"),
            ("localhost/app", "localhost"),
        ] {
            assert_eq!(registry_of(reference), registry, "{reference}");
        }
    }

    #[test]
    fn only_the_owner_can_read_the_credentials() {
        let credentials = Credentials { username: "u".into(), password: "p".into() };
        let directory = configuration(Kind::Podman, "r.example", &credentials).unwrap();
        let mode = fs::metadata(directory.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let text = fs::read_to_string(directory.path().join("config.json")).unwrap();
        assert_eq!(text, r#"{"auths":{"r.example":{"auth":"dTpw"}}}"#);
        let path = directory.path().to_owned();
        drop(directory);
        assert!(!path.exists());
    }
}
