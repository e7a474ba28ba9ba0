//! Containers: started idle, with commands executed in them.

use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};

use super::variables::{Arguments, Variables};
use super::{Engine, EngineError, Kind};

/// PID 1 of a container: it waits, reaps what is orphaned, and ends at once when it is asked to.
const IDLE: &str = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";

/// The command of an image that is kept: a person who runs it gets a shell.
const COMMAND: &str = "--change=CMD [\"/bin/bash\"]";

/// What a container is started from, and with.
#[derive(Debug, Clone)]
pub struct ContainerSpec<'a> {
    /// Its name, by which it can be found after a crash.
    pub name: &'a str,
    /// The image: a reference that the engine holds.
    pub image: &'a str,
    /// Its network.
    pub network: Network,
    /// A volume that is mounted at `/tmp`. The engine creates it with the content of the image's
    /// `/tmp` if it does not exist.
    pub tmp: Option<&'a str>,
    /// Its resources, as far as the engine can limit them.
    pub limits: Option<Limits>,
    /// The variables of this machine, which it does not get.
    pub withheld: &'a Variables,
}

/// The network of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The one that is chosen for build steps, with the additional arguments for them.
    Steps,
    /// The engine's default network, never the host's: what listens there is the container's own.
    Own,
    /// None but the loopback interface.
    Loopback,
}

/// The resources of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// CPUs.
    pub cpus: u64,
    /// Memory in MiB, swap included.
    pub memory_mb: u64,
}

/// A running container, which is removed when it is dropped.
#[derive(Debug)]
pub struct Container {
    engine: Engine,
    name: String,
    is_removed: bool,
}

/// A command that runs in a container, with its streams. Dropping it closes its input; the process
/// in the container ends with the container.
#[derive(Debug)]
pub struct Exec {
    /// Its standard input.
    pub stdin: Option<ChildStdin>,
    /// Its standard output.
    pub stdout: Option<ChildStdout>,
    /// Its standard error.
    pub stderr: Option<ChildStderr>,
    child: Child,
}

impl Engine {
    /// Starts a container that does nothing by itself.
    ///
    /// # Errors
    /// When the engine refuses, which includes an image without `/bin/sh`.
    pub fn start(&self, spec: &ContainerSpec<'_>) -> Result<Container, EngineError> {
        Self::on_terms(spec, |terms| {
            let mut arguments = self.arguments_of(spec, terms, "--detach");
            arguments.extend(["/bin/sh", "-c", IDLE].map(str::to_owned));
            // A container that was created but did not start is removed by the drop.
            let container = Container::of(self, spec.name);
            self.output(&arguments).map(|_| container)
        })
    }

    /// Starts a container on the best terms that the engine can give it.
    pub(super) fn on_terms<T>(
        spec: &ContainerSpec<'_>,
        start: impl Fn(Terms) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut terms = Terms { network: None, limits: spec.limits, has_cpus: true };
        loop {
            match start(terms) {
                Err(error) => terms = terms.without(&error.message, spec).ok_or(error)?,
                started => return started,
            }
        }
    }

    /// The arguments of the client for a container, up to its command. `mode` says whether the
    /// client waits for it.
    pub(super) fn arguments_of(
        &self,
        spec: &ContainerSpec<'_>,
        terms: Terms,
        mode: &str,
    ) -> Vec<String> {
        let mut arguments = vec!["run".to_owned(), mode.to_owned()];
        arguments.extend([format!("--name={}", spec.name), "--user=0".to_owned()]);
        // Empty, since a commit keeps the entry point.
        arguments.extend(["--workdir=/".to_owned(), "--entrypoint=".to_owned()]);
        arguments.push("--pull=never".to_owned());
        if let Some(volume) = spec.tmp {
            arguments.push(format!("--volume={volume}:/tmp"));
        }
        if let Some(Limits { cpus, memory_mb }) = terms.limits {
            arguments.extend(terms.has_cpus.then(|| format!("--cpus={cpus}")));
            arguments.push(format!("--memory={memory_mb}m"));
            arguments.push(format!("--memory-swap={memory_mb}m"));
        }
        let network = match spec.network {
            Network::Steps => self.network(),
            Network::Own => terms.network,
            Network::Loopback => Some("none"),
        };
        arguments.extend(network.map(|network| format!("--network={network}")));
        arguments.extend(spec.withheld.withheld());
        arguments.extend(self.additional(spec.network));
        arguments.push(spec.image.to_owned());
        arguments
    }

    /// The additional arguments of the user without variables. Those that choose a network are for
    /// steps alone.
    fn additional(&self, network: Network) -> Vec<String> {
        let mut kept = Vec::new();
        let mut words = Arguments::of(self.arguments()).others.into_iter();
        while let Some(word) = words.next() {
            match word {
                word if network == Network::Steps => kept.push(word.to_owned()),
                "--network" | "--net" => {
                    words.next();
                }
                word if word.starts_with("--network=") || word.starts_with("--net=") => {}
                word => kept.push(word.to_owned()),
            }
        }
        kept
    }
}

/// What an engine may be unable to give to a container.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Another network than the engine's own.
    network: Option<&'static str>,
    limits: Option<Limits>,
    has_cpus: bool,
}

impl Terms {
    /// The terms without what the engine has refused, if that can be left out.
    fn without(mut self, message: &str, spec: &ContainerSpec<'_>) -> Option<Self> {
        let message = message.to_lowercase();
        let is_about = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if self.limits.is_some() && self.has_cpus && is_about(&["range of cpus", "cpu.max"]) {
            // The machine has fewer than the template: it runs more slowly.
            self.has_cpus = false;
        } else if self.limits.is_some() && is_about(&["cgroup"]) {
            // Some systems let only root limit resources.
            self.limits = None;
        } else if spec.network == Network::Own
            && self.network.is_none()
            && is_about(&["network", "bridge", "netavark"])
        {
            // An engine without a bridge has no default network; its loopback works.
            self.network = Some("none");
        } else {
            return None;
        }
        Some(self)
    }
}

impl Container {
    /// The container of this name, which is there.
    pub(super) fn of(engine: &Engine, name: &str) -> Self {
        Self { engine: engine.clone(), name: name.to_owned(), is_removed: false }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts a command as a user, by name or number, in `/` and with the image's variables. Its
    /// standard input is open until it is dropped.
    ///
    /// # Errors
    /// When the client of the engine cannot be started. What the engine refuses, such as an unknown
    /// user, ends the command with exit code 126 and the engine's words on its standard error.
    pub fn exec(&self, user: &str, command: &[&str]) -> Result<Exec, EngineError> {
        let mut client = self.engine.command();
        client.args(["exec", "--interactive", &format!("--user={user}"), "--workdir=/"]);
        client.arg(&self.name);
        client.args(command);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = client.spawn().map_err(|error| self.engine.failed("exec", error))?;
        Ok(Exec {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            child,
        })
    }

    /// The variables of its configuration: those of its image, and those that the client has added.
    pub(super) fn variables(&self) -> Result<Vec<String>, EngineError> {
        let format = "--format={{json .Config.Env}}";
        let json = self.engine.output(&["container", "inspect", format, &self.name])?;
        let variables: Option<Vec<String>> =
            serde_json::from_str(&json).map_err(|error| self.engine.failed("inspect", error))?;
        Ok(variables.unwrap_or_default())
    }

    /// Whether it runs. If not, something else than a command in it has ended it.
    ///
    /// # Errors
    /// When the engine does not say.
    pub fn is_running(&self) -> Result<bool, EngineError> {
        let format = "--format={{.State.Running}}";
        let state = self.engine.output(&["container", "inspect", format, &self.name])?;
        Ok(state == "true")
    }

    /// Keeps its files as an image. Volumes are not part of it.
    ///
    /// # Errors
    /// When the engine refuses, for example because the disk is full.
    pub fn commit(&self, image: &str) -> Result<(), EngineError> {
        let arguments: &[&str] = match self.engine.kind() {
            // Podman's default format has no place for what Docker's keeps.
            Kind::Podman => &["commit", "--quiet", "--format=docker", COMMAND, &self.name, image],
            Kind::Docker => &["commit", COMMAND, &self.name, image],
        };
        self.engine.output(arguments).map(|_| ())
    }

    /// Keeps its files as an image of one layer.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn flatten(&self, image: &str) -> Result<(), EngineError> {
        let mut export = self.engine.command();
        export.args(["export", &self.name]).stdout(Stdio::piped());
        let mut export = export.spawn().map_err(|error| self.engine.failed("export", error))?;
        let files = export.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let imported = self.engine.output_of(&["import", COMMAND, "-", image], files);
        if imported.is_err() {
            let _ = export.kill();
        }
        let exported = export.wait().map_err(|error| self.engine.failed("export", error))?;
        if imported.is_ok() && !exported.success() {
            return Err(self.engine.failed("export", exported));
        }
        imported.map(|_| ())
    }

    /// Kills what runs in it and removes it, once; whether that was possible.
    pub fn remove(&mut self) -> bool {
        self.is_removed || {
            self.is_removed = true;
            self.engine.remove_container(&self.name).is_ok()
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Exec {
    /// The exit code of the client once the command has ended.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn try_wait(&mut self) -> std::io::Result<Option<i32>> {
        Ok(self.child.try_wait()?.map(|status| status.code().unwrap_or(137)))
    }

    /// Ends the client. The process in the container goes on until the container ends.
    pub fn abandon(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.abandon();
        }
    }
}

impl Engine {
    /// Kills and removes a container by its name, if it exists.
    ///
    /// # Errors
    /// When the engine cannot remove it.
    pub fn remove_container(&self, name: &str) -> Result<(), EngineError> {
        if self.kind() == Kind::Podman {
            // Its removal waits ten seconds for a process that ignores SIGTERM.
            let _ = self.output(&["kill", "--signal=KILL", name]);
        }
        match self.output(&["rm", "--force", "--volumes", name]) {
            Err(error) if !is_missing(&error.message) => Err(error),
            _ => Ok(()),
        }
    }

    /// Stops the processes of a container, which keep their memory.
    ///
    /// # Errors
    /// When the engine cannot do that, for example without the rights to use the system's freezer.
    pub fn pause_container(&self, name: &str) -> Result<(), EngineError> {
        self.output(&["pause", name]).map(|_| ())
    }

    /// Lets the processes of a paused container go on.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn resume_container(&self, name: &str) -> Result<(), EngineError> {
        self.output(&["unpause", name]).map(|_| ())
    }

    /// Removes a volume, if it exists.
    ///
    /// # Errors
    /// When the engine cannot remove it, for example because a container uses it.
    pub fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        match self.output(&["volume", "rm", "--force", name]) {
            Err(error) if !is_missing(&error.message) => Err(error),
            _ => Ok(()),
        }
    }

    /// The names of the containers that begin with a prefix, running or not.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn containers(&self, prefix: &str) -> Result<Vec<String>, EngineError> {
        let filter = format!("--filter=name=^{prefix}");
        let listed = self.output(&["ps", "--all", &filter, "--format={{.Names}}"])?;
        Ok(named(&listed, prefix))
    }

    /// The names of the volumes that begin with a prefix.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn volumes(&self, prefix: &str) -> Result<Vec<String>, EngineError> {
        let filter = format!("--filter=name={prefix}");
        let listed = self.output(&["volume", "ls", &filter, "--format={{.Name}}"])?;
        Ok(named(&listed, prefix))
    }
}

fn is_missing(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["no such container", "no container with name", "no such volume", "no volume with name"]
        .iter()
        .any(|words| message.contains(words))
}

fn named(listed: &str, prefix: &str) -> Vec<String> {
    let names = listed.lines().map(str::trim).filter(|name| name.starts_with(prefix));
    names.map(str::to_owned).collect()
}
