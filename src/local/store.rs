//! The data directory.
//!
//! ```text
//! VERSION                   the layout's number
//! lock                      locked by the process that uses the directory, and perhaps what it is
//! server.json               where a server of that process is reached; see `advertise`
//! templates/TEMPLATE.json   a template with its builds and tags
//! logs/BUILD.jsonl          a build's log, one entry per line; see `log`
//! files/HASH.tar.gz         an uploaded archive, shared by all templates and deleted with the
//!                           last template that uses it
//! layers/KEY.json           a cached layer, whose files are in an image of the engine
//! engine-id                 what the names of the engine's images and containers begin with
//! using-ENGINE              marks an engine that may hold what no record knows
//! tmp/                      temporary files
//! ```
//!
//! The file of a template is replaced atomically (written aside, synced, renamed), and memory
//! follows the disk: what a client got in a response is on the disk, and killing the process at any
//! moment leaves no unreadable file. Opening the directory removes leftovers of a killed process
//! and fails the builds that it interrupted.

mod archives;
mod built;
mod disk;
mod engine_marks;
mod layers;
mod lock;
mod log;
mod logs;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use uuid::Uuid;

use super::advertise;
use super::error::LocalError;
use super::images;
use super::validate::Identifier;
use crate::wire::e2b::LogLevel;
pub(super) use archives::Archives;
pub(super) use built::{Built, Context, Layer, Start};
pub(super) use disk::replace;
pub(super) use layers::Layers;
use lock::Lock;
pub(super) use log::{BuildLog, Line, Page};
use logs::Logs;
pub(super) use record::{Build, Execution, Reason, State, Template};

/// The layout that this version reads and writes.
const LAYOUT: &str = "1";

/// The reason of a build that was interrupted by the end of the process.
const KILLED: &str = "the local platform ended while the build was running; apply it again";

/// The real server's reason for a build that waited too long.
const NOT_STARTED: &str = "build is in waiting state for too long";

/// The open data directory. Every method may block on the disk.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    lock: Lock,
    logs: Logs,
    templates: BTreeMap<String, Template>,
}

impl Store {
    /// Opens and locks the directory, and creates it if it does not exist.
    pub(super) fn open(root: &Path) -> Result<Self, LocalError> {
        disk::create_private(root)?;
        let lock = Lock::hold(root)?;
        advertise::remove(root);
        check_layout(root)?;
        for directory in ["templates", "logs", "files", "layers"] {
            disk::create_private(&root.join(directory))?;
        }
        disk::create_empty(&root.join("tmp"))?;
        let templates = read_templates(root)?;
        let logs = Logs::new(root);
        let mut store = Self { root: root.to_owned(), lock, logs, templates };
        store.recover().map_err(|source| LocalError::Store { path: root.to_owned(), source })?;
        Ok(store)
    }

    /// Says to other processes what holds the directory until a person ends it. They do not wait for
    /// it then.
    pub(super) fn introduce(&self, holder: &str) {
        self.lock.introduce(holder);
    }

    /// The uploaded archives.
    pub(super) fn archives(&self) -> Archives {
        Archives::new(&self.root)
    }

    /// Every template.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.templates.values()
    }

    /// The template with this ID.
    pub(super) fn get(&self, id: &str) -> Option<&Template> {
        self.templates.get(id)
    }

    /// The template with a name or, if there is no namespace, an ID.
    pub(super) fn find(&self, identifier: &Identifier) -> Option<&Template> {
        let named = self.templates.values().find(|template| template.name == identifier.name);
        match identifier.namespace {
            Some(_) => named,
            None => named.or_else(|| self.templates.get(&identifier.name)),
        }
    }

    /// Stores a template, new or changed.
    pub(super) fn put(&mut self, template: Template) -> io::Result<()> {
        let path = self.template_path(&template.id);
        let json = serde_json::to_vec_pretty(&template)?;
        disk::replace(&self.root, &path, &json)?;
        self.templates.insert(template.id.clone(), template);
        Ok(())
    }

    /// Removes a template with its builds and their logs. What the engine keeps for it is left to
    /// the caller.
    pub(super) fn remove(&mut self, id: &str) -> io::Result<Option<Template>> {
        if !self.templates.contains_key(id) {
            return Ok(None);
        }
        disk::remove(&self.template_path(id))?;
        let template = self.templates.remove(id);
        if let Some(template) = &template {
            // The logs are unreachable now. Opening the directory removes leftovers.
            for build in &template.builds {
                self.logs.remove(&build.id);
            }
            self.collect_archives(template.archives.iter().cloned());
        }
        Ok(template)
    }

    /// Changes a build, unless it was deleted.
    pub(super) fn change_build(
        &mut self,
        template_id: &str,
        build_id: &str,
        change: impl FnOnce(&mut Build),
    ) -> io::Result<()> {
        let Some(mut template) = self.templates.get(template_id).cloned() else {
            return Ok(());
        };
        let Some(build) = template.build_mut(build_id) else {
            return Ok(());
        };
        change(build);
        build.updated_at = now();
        self.put(template)
    }

    /// Finishes a running build, unless it has already ended.
    pub(super) fn finish(
        &mut self,
        template_id: &str,
        build_id: &str,
        outcome: Result<Execution, Reason>,
    ) -> io::Result<()> {
        let Some(build) = self.build(template_id, build_id) else {
            return Ok(());
        };
        if build.state != State::Building {
            return Ok(());
        }
        let (level, line, step) = match &outcome {
            Ok(_) => (LogLevel::Info, build.finished_line(now()), None),
            Err(reason) => {
                let line = format!("Build failed: {}", reason.message);
                (LogLevel::Error, line, reason.step.clone())
            }
        };
        // The complete log must be on the disk before the final state is.
        let log = self.logs.get(build_id);
        log.end(&level, step.as_deref(), &line, || {
            self.change_build(template_id, build_id, |build| build.end(outcome))
        })
    }

    /// Fails a running build only in memory, because writing to the disk failed. On the disk it is
    /// still running, and opening the directory again fails it.
    pub(super) fn fail_unwritten(&mut self, template_id: &str, build_id: &str, reason: Reason) {
        let template = self.templates.get_mut(template_id);
        let build = template.and_then(|template| template.build_mut(build_id));
        if let Some(build) = build.filter(|build| build.state == State::Building) {
            build.end(Err(reason));
            build.updated_at = now();
            self.logs.get(build_id).close();
        }
    }

    /// Fails the registered builds that have waited for their start longer than `limit`.
    pub(super) fn expire(&mut self, limit: Duration) -> io::Result<()> {
        for (template_id, build_id) in self.builds_in(State::Waiting) {
            let waited = self.build(&template_id, &build_id).map(Build::age).unwrap_or_default();
            if waited > limit {
                let reason = Reason::new(NOT_STARTED, None);
                self.change_build(&template_id, &build_id, |build| build.end(Err(reason)))?;
            }
        }
        Ok(())
    }

    /// A build by its template's ID and its own.
    pub(super) fn build(&self, template_id: &str, build_id: &str) -> Option<&Build> {
        self.templates.get(template_id)?.build(build_id)
    }

    /// The same, unless the build lost its last tag.
    pub(super) fn tagged_build(&self, template_id: &str, build_id: &str) -> Option<&Build> {
        self.templates.get(template_id)?.tagged_builds().find(|build| build.id == build_id)
    }

    /// The builds in a state, as pairs of template ID and build ID.
    pub(super) fn builds_in(&self, state: State) -> Vec<(String, String)> {
        let builds = self.templates.values().flat_map(|template| {
            let builds = template.builds.iter().filter(|build| build.state == state);
            builds.map(|build| (template.id.clone(), build.id.clone()))
        });
        builds.collect()
    }

    /// The builds' logs.
    pub(super) fn logs(&mut self) -> &mut Logs {
        &mut self.logs
    }

    /// Releases the lock of the directory.
    pub(super) fn release(&self) {
        self.lock.release();
    }

    /// Cleans up after a process that did not exit cleanly.
    fn recover(&mut self) -> io::Result<()> {
        for (template_id, build_id) in self.builds_in(State::Building) {
            self.finish(&template_id, &build_id, Err(Reason::new(KILLED, None)))?;
        }
        let templates = &self.templates;
        self.logs.retain(|build_id| {
            templates.values().any(|template| template.build(build_id).is_some())
        });
        self.collect_archives(self.archives().all());
        Ok(())
    }

    /// What the names of this directory's images, containers and volumes begin with.
    pub(super) fn engine_id(&self) -> io::Result<String> {
        if let Some(id) = images::engine_id(&self.root) {
            return Ok(id);
        }
        let path = images::engine_id_path(&self.root);
        let id: String = Uuid::new_v4().simple().to_string().chars().take(8).collect();
        disk::replace(&self.root, &path, format!("{id}\n").as_bytes())?;
        Ok(id)
    }

    fn template_path(&self, id: &str) -> PathBuf {
        self.root.join("templates").join(format!("{id}.json"))
    }
}

/// The current time in microseconds, a precision that every client can parse.
pub(super) fn now() -> Timestamp {
    // A clock in the year 9999 is wrong, and no reason to panic.
    let now = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX);
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Rejects a directory of another version, and marks a new one with this version.
fn check_layout(root: &Path) -> Result<(), LocalError> {
    let path = root.join("VERSION");
    let failed = |source| LocalError::Store { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(found) if found.trim() == LAYOUT => Ok(()),
        Ok(found) => Err(LocalError::Layout {
            path: root.to_owned(),
            found: found.trim().chars().take(32).collect(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk::create_private(&root.join("tmp"))?;
            disk::replace(root, &path, format!("{LAYOUT}\n").as_bytes()).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn read_templates(root: &Path) -> Result<BTreeMap<String, Template>, LocalError> {
    let directory = root.join("templates");
    let failed = |source| LocalError::Store { path: directory.clone(), source };
    let mut templates = BTreeMap::new();
    for entry in fs::read_dir(&directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let json = fs::read(&path).map_err(failed)?;
        let template: Template = serde_json::from_slice(&json)
            .map_err(|source| LocalError::Corrupt { path: path.clone(), source })?;
        templates.insert(template.id.clone(), template);
    }
    Ok(templates)
}
