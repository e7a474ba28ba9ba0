//! Containers and volumes by their names: pausing, listing, removal.

use super::missing::{is_missing, list};
use super::{Engine, EngineError, Kind};

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
        let listed = self.list(&["ps", "--all", &filter, "--format={{.Names}}"])?;
        Ok(named(&listed, prefix))
    }

    /// The names of the volumes that begin with a prefix.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn volumes(&self, prefix: &str) -> Result<Vec<String>, EngineError> {
        let filter = format!("--filter=name={prefix}");
        let listed = self.list(&["volume", "ls", &filter, "--format={{.Name}}"])?;
        Ok(named(&listed, prefix))
    }

    fn list(&self, arguments: &[&str]) -> Result<String, EngineError> {
        list(|| self.output(arguments), |error| &error.message)
    }
}

fn named(listed: &str, prefix: &str) -> Vec<String> {
    let names = listed.lines().map(str::trim).filter(|name| name.starts_with(prefix));
    names.map(str::to_owned).collect()
}
