//! Asks an engine for its version.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::client::{Client, Output};
use super::{Choice, Engine, Found, Kind, Reason, Selection, Unavailable, limits};

/// The longest text of an engine's own that is repeated, in characters.
const MAX_WORDS: usize = 300;

/// Where engines are looked for, and how long.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The directories of programs; `None` are those of this process.
    pub(super) path: Option<OsString>,
    /// How long an engine may take to answer, in place of its own limit.
    pub(super) limit: Option<Duration>,
}

pub(super) fn find(selection: &Selection, search: &Search) -> Result<Found, Unavailable> {
    let kind = match selection.choice {
        Choice::None => return Ok(Found::Nothing("the selected engine is `none`".to_owned())),
        Choice::Docker => Kind::Docker,
        Choice::Podman => Kind::Podman,
        Choice::Auto => return Ok(find_any(selection, search)),
    };
    search.probe(kind, selection).map(Found::Engine)
}

/// The first engine that answers.
fn find_any(selection: &Selection, search: &Search) -> Found {
    let docker = match search.probe(Kind::Docker, selection) {
        Ok(engine) => return Found::Engine(engine),
        Err(unavailable) => unavailable,
    };
    match search.probe(Kind::Podman, selection) {
        Ok(engine) => Found::Engine(engine),
        // `docker` is Podman's own.
        Err(podman) if podman == docker => Found::Nothing(podman.to_string()),
        Err(podman) => Found::Nothing(format!("{docker}, {podman}")),
    }
}

impl Search {
    fn probe(&self, kind: Kind, selection: &Selection) -> Result<Engine, Unavailable> {
        match kind {
            Kind::Docker => self.probe_docker(selection),
            Kind::Podman => self.probe_podman(Kind::Podman.program(), selection),
        }
    }

    fn probe_docker(&self, selection: &Selection) -> Result<Engine, Unavailable> {
        let client = self.client(Kind::Docker.program());
        let arguments = ["version", "--format", "{{json .}}"];
        let answer = self.ask(&client, Kind::Docker, &arguments)?;
        if is_podman_client(&answer) {
            // Podman's `docker` writes a warning into the output of each command; `podman` does not.
            let podman = self.probe_podman(Kind::Podman.program(), selection);
            return match podman {
                Err(Unavailable { reason: Reason::NotInstalled, .. }) => {
                    self.probe_podman(Kind::Docker.program(), selection)
                }
                known => known,
            };
        }
        let kinds = Kinds {
            engine: if is_podman_server(&answer) { Kind::Podman } else { Kind::Docker },
            client: Kind::Docker,
        };
        engine(kinds, text_at(&answer, "/Server/Version"), client, selection)
    }

    /// `podman version` succeeds where Podman cannot run a container, so it is not asked.
    fn probe_podman(
        &self,
        program: &'static str,
        selection: &Selection,
    ) -> Result<Engine, Unavailable> {
        let client = self.client(program);
        let answer = self.ask(&client, Kind::Podman, &["info", "--format", "{{json .}}"])?;
        let kinds = Kinds { engine: Kind::Podman, client: Kind::Podman };
        engine(kinds, text_at(&answer, "/version/Version"), client, selection)
    }

    fn client(&self, program: &'static str) -> Client {
        Client::new(program, self.path.clone())
    }

    fn ask(&self, client: &Client, kind: Kind, arguments: &[&str]) -> Result<Value, Unavailable> {
        let unavailable = |reason| Unavailable { engine: kind, reason };
        let limit = self.limit.unwrap_or_else(|| limits::answer(kind));
        let output = client.query(arguments, limit).map_err(|error| {
            unavailable(match error.kind() {
                io::ErrorKind::NotFound => Reason::NotInstalled,
                io::ErrorKind::TimedOut => Reason::TimedOut(limit),
                _ => Reason::Other(error.to_string()),
            })
        })?;
        if !output.status.success() {
            return Err(unavailable(reason_of(&output)));
        }
        let wrong = |_| unavailable(Reason::Other("its answer is not JSON".to_owned()));
        serde_json::from_str(&output.stdout).map_err(wrong)
    }
}

/// The kinds of an engine and of its client.
#[derive(Clone, Copy)]
struct Kinds {
    engine: Kind,
    client: Kind,
}

fn engine(
    kinds: Kinds,
    version: Option<String>,
    client: Client,
    selection: &Selection,
) -> Result<Engine, Unavailable> {
    let Some(version) = version else {
        let reason = Reason::Other("its answer has no version".to_owned());
        return Err(Unavailable { engine: kinds.engine, reason });
    };
    let Selection { network, arguments, .. } = selection.clone();
    let Kinds { engine: kind, client: client_kind } = kinds;
    Ok(Engine { kind, client_kind, version, client, network, arguments })
}

fn text_at(answer: &Value, pointer: &str) -> Option<String> {
    answer.pointer(pointer)?.as_str().map(str::to_owned)
}

/// Whether the program is Podman, whose `APIVersion` Docker writes as `ApiVersion`.
fn is_podman_client(answer: &Value) -> bool {
    answer.pointer("/Client/APIVersion").is_some()
}

/// Whether Docker's program speaks to Podman's API.
fn is_podman_server(answer: &Value) -> bool {
    let components = answer.pointer("/Server/Components").and_then(Value::as_array);
    let mut names = components.into_iter().flatten().filter_map(|part| part["Name"].as_str());
    names.any(|name| name.starts_with("Podman"))
}

/// What comes before the address of a daemon that does not answer: up to Docker 28, after it,
/// Podman.
const NO_ANSWER: [&str; 3] = [
    "Cannot connect to the Docker daemon",
    "failed to connect to the docker API",
    "Cannot connect to Podman",
];

/// What comes before the address of a socket without permission, in lower case.
const NO_PERMISSION: &str = "permission denied while trying to connect to the docker";

fn reason_of(output: &Output) -> Reason {
    let line = words(&output.stderr);
    if line.to_lowercase().contains(NO_PERMISSION) {
        return Reason::NoPermission(address(&line));
    }
    // Podman's words may quote a connection that was refused for want of permission.
    if NO_ANSWER.iter().any(|start| line.to_lowercase().contains(&start.to_lowercase())) {
        return Reason::NoAnswer(address(&line));
    }
    if line.is_empty() {
        return Reason::Other(format!("its program ended with {}", output.status));
    }
    Reason::Other(line)
}

/// The line that says what is wrong, not those of warnings.
fn words(stderr: &str) -> String {
    let is_noise = |line: &&str| {
        line.is_empty()
            || line.starts_with("time=")
            || line.starts_with("WARN")
            || line.starts_with("Emulate Docker CLI")
    };
    let line = stderr.lines().map(str::trim).find(|line| !is_noise(line)).unwrap_or_default();
    let line = line.strip_prefix("Error: ").unwrap_or(line);
    line.chars().take(MAX_WORDS).collect()
}

/// The address in a message such as `… at unix:///var/run/docker.sock: Get …`.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(" at ")?;
    let word = rest.split_whitespace().next()?;
    let address = word.trim_end_matches(['.', ':', ';', ',']);
    address.contains("://").then(|| address.to_owned())
}
