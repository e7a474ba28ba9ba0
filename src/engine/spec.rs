//! What a container is started with: the arguments of the client's `run`.

use super::variables::{Arguments, Variables};
use super::{Engine, EngineError, Kind};

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

impl Engine {
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
