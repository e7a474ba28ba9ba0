//! Containers: a shell that runs what it is given, and commands executed beside it.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::process::Process;
use super::variables::{Arguments, Variables};
use super::{Engine, EngineError, Kind};

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
    shell: Mutex<Process>,
    /// Whether the shell is the only process.
    is_idle: AtomicBool,
    is_removed: bool,
}

impl Engine {
    /// Starts a container that does nothing by itself.
    ///
    /// # Errors
    /// When the engine refuses, which includes an image without `/usr/bin/env` or `/bin/sh`.
    pub fn start(&self, spec: &ContainerSpec<'_>) -> Result<Container, EngineError> {
        Self::on_terms(spec, |terms| match self.start_shell(spec, terms) {
            Ok(shell) => Ok(Container {
                engine: self.clone(),
                name: spec.name.to_owned(),
                shell: Mutex::new(shell),
                is_idle: AtomicBool::new(false),
                is_removed: false,
            }),
            Err(error) => {
                // It may have been created without having started.
                let _ = self.remove_container(spec.name);
                Err(error)
            }
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

    /// The arguments of the client that is attached to a new container, up to its command.
    pub(super) fn arguments_of(&self, spec: &ContainerSpec<'_>, terms: Terms) -> Vec<String> {
        // What its processes print is no log of the engine's.
        let mut arguments =
            ["run", "--interactive", "--log-driver=none"].map(str::to_owned).to_vec();
        if self.client_kind == Kind::Podman {
            // Docker looks for these keys on a terminal only.
            arguments.push("--detach-keys=".to_owned());
        }
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
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its shell, which belongs to root, has no variables, and runs one line of its standard input
    /// after the other: each in the form that `printf %b` turns back.
    pub fn shell(&self) -> MutexGuard<'_, Process> {
        self.set_idle(false);
        self.shell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether nothing but the shell runs in it, until that is used again. Then it is not paused
    /// when it is kept.
    pub fn set_idle(&self, is_idle: bool) {
        self.is_idle.store(is_idle, Ordering::Release);
    }

    /// Starts a command beside the shell as a user, by name or number, in `/` and with the image's
    /// variables.
    ///
    /// # Errors
    /// When the client of the engine cannot be started. What the engine refuses, such as an unknown
    /// user, ends the command with exit code 126 and the engine's words on its standard error.
    pub fn exec(&self, user: &str, command: &[&str]) -> Result<Process, EngineError> {
        self.set_idle(false);
        let mut client = self.engine.command();
        client.args(["exec", "--interactive", &format!("--user={user}"), "--workdir=/"]);
        client.arg(&self.name);
        client.args(command);
        Process::spawn(&mut client).map_err(|error| self.engine.failed("exec", error))
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

    /// Keeps its files as an image. Volumes are not part of it. It is paused meanwhile, unless
    /// nothing runs in it that could change a file.
    ///
    /// # Errors
    /// When the engine refuses, for example because the disk is full.
    pub fn commit(&self, image: &str) -> Result<(), EngineError> {
        let arguments: &[&str] = match self.engine.client_kind {
            // Podman's default format has no place for what Docker's keeps.
            Kind::Podman => &["commit", "--quiet", "--format=docker", COMMAND, &self.name, image],
            Kind::Docker if self.is_idle.load(Ordering::Acquire) => {
                &["commit", "--pause=false", COMMAND, &self.name, image]
            }
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
            let is_gone = self.engine.remove_container(&self.name).is_ok();
            self.shell.get_mut().unwrap_or_else(PoisonError::into_inner).client.abandon();
            is_gone
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.remove();
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
