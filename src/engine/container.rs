//! Containers: a shell that runs what it is given, and commands executed beside it.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::process::Process;
use super::spec::ContainerSpec;
use super::{Engine, EngineError, Kind};

/// The command of an image that is kept: a person who runs it gets a shell.
const COMMAND: &str = "--change=CMD [\"/bin/bash\"]";

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
