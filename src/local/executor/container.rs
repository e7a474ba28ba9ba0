//! The containers of a build: started when something has to run, and removed meanwhile.

use std::collections::BTreeMap;
use std::thread;

use super::builder::Builder;
use crate::engine::{Container, ContainerSpec, Limits, Network};
use crate::local::build::BuildError;

impl Builder<'_> {
    /// The container of the current layer.
    pub(super) fn container(&mut self) -> Result<&Container, BuildError> {
        if self.container.is_none() {
            let volume = self.names.volume(&self.runner.job.build_id);
            let container = self.start(Network::Steps, Some(&volume))?;
            self.container = Some(container);
        }
        // It has just been set.
        self.container.as_ref().ok_or(BuildError::Stopped)
    }

    /// Starts a container of the current layer.
    pub(super) fn start(
        &mut self,
        network: Network,
        tmp: Option<&str>,
    ) -> Result<Container, BuildError> {
        self.runner.check()?;
        self.containers += 1;
        let name = self.names.container(&self.runner.job.build_id, self.containers);
        let (cpus, memory_mb) = self.runner.resources();
        self.runner.use_engine(self.engine)?;
        let limits = Some(Limits { cpus, memory_mb });
        let image = &self.layer.image;
        let withheld = match &self.machine {
            Some(machine) => machine,
            None => self.machine.insert(self.engine.variables(&name, image)?),
        };
        let spec = ContainerSpec { name: &name, image, network, tmp, limits, withheld };
        let container = self.engine.start(&spec)?;
        (self.origin, self.copied) = (self.layer.depth, 0);
        Ok(container)
    }

    /// Leaves the current container, which is removed meanwhile.
    pub(super) fn leave(&mut self) {
        if let Some(container) = self.container.take() {
            self.remove(container);
        }
    }

    /// Removes a container on a thread of its own.
    pub(super) fn remove(&mut self, mut container: Container) {
        // Without a thread, the container is removed by the drop of the closure.
        let removal = thread::Builder::new().spawn(move || container.remove());
        self.removals.extend(removal);
    }
}

/// The variables of a list of `NAME=value`.
pub(super) fn variables(pairs: &[String]) -> BTreeMap<String, String> {
    let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
