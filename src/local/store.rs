//! The data directory.
//!
//! ```text
//! VERSION                   the layout's number
//! lock                      locked by the process that holds the directory
//! templates/TEMPLATE.json   a template with its builds and tags
//! logs/BUILD.jsonl          a build's log, an entry a line
//! files/HASH.tar.gz         an uploaded archive; the one team's templates share them, and the
//!                           last that needs one takes it along
//! tmp/                      files that are being written
//! ```
//!
//! A template's file is replaced as a whole (written aside, synced, renamed), and memory follows
//! the disk: what a client was told is on the disk, and a kill at any moment leaves no file that
//! cannot be read. Opening the directory removes what a kill left behind and fails the builds that
//! it cut short.

mod archives;
mod disk;
mod logs;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::error::LocalError;
use super::validate::Identifier;
use crate::wire::e2b::LogLevel;
pub(super) use archives::Archives;
use logs::Logs;
pub(super) use record::{Build, Reason, State, Template};

/// The layout that this version reads and writes.
const LAYOUT: &str = "1";

/// Why a build that was cut short by the end of the process has failed.
const KILLED: &str = "the local platform ended while the build was running; apply it again";

/// The reason that the real server gives to a build that waited too long.
const NOT_STARTED: &str = "build is in waiting state for too long";

/// The open data directory. Every method may wait for the disk.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    lock: File,
    logs: Logs,
    templates: BTreeMap<String, Template>,
}

impl Store {
    /// Opens the directory, creates it if it is missing, and holds it.
    pub(super) fn open(root: &Path) -> Result<Self, LocalError> {
        disk::create_private(root)?;
        let lock = hold(root)?;
        check_layout(root)?;
        for directory in ["templates", "logs", "files"] {
            disk::create_private(&root.join(directory))?;
        }
        disk::create_empty(&root.join("tmp"))?;
        let templates = read_templates(root)?;
        let logs = Logs::new(root.to_owned());
        let mut store = Self { root: root.to_owned(), lock, logs, templates };
        store.recover().map_err(|source| LocalError::Store { path: root.to_owned(), source })?;
        Ok(store)
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

    /// The template that a name means, or, for one without a namespace, an ID.
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

    /// Removes a template with its builds and their logs.
    pub(super) fn remove(&mut self, id: &str) -> io::Result<()> {
        let Some(template) = self.templates.get(id) else {
            return Ok(());
        };
        disk::remove(&self.template_path(id))?;
        let builds: Vec<String> = template.builds.iter().map(|build| build.id.clone()).collect();
        let archives = self.templates.remove(id).map(|template| template.archives);
        // The logs are unreachable now; what cannot be removed goes when the directory is opened.
        for build in &builds {
            self.logs.remove(build);
        }
        self.collect_archives(archives.unwrap_or_default());
        Ok(())
    }

    /// Changes one build. The change is not made if the build is gone.
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

    /// Ends a running build, unless something else has ended it.
    pub(super) fn finish(
        &mut self,
        template_id: &str,
        build_id: &str,
        outcome: Result<(), Reason>,
    ) -> io::Result<()> {
        let Some(build) = self.build(template_id, build_id) else {
            return Ok(());
        };
        if build.state != State::Building {
            return Ok(());
        }
        let (level, line, step) = match &outcome {
            Ok(()) => (LogLevel::Info, build.finished_line(now()), None),
            Err(reason) => {
                let line = format!("Build failed: {}", reason.message);
                (LogLevel::Error, line, reason.step.as_deref())
            }
        };
        // On the disk a build has its whole log before it has ended.
        self.logs.append(build_id, &level, step, &line)?;
        self.logs.sync(build_id)?;
        self.change_build(template_id, build_id, |build| build.end(outcome))
    }

    /// Fails a running build in memory, because the disk does not take it in. On the disk it runs
    /// until the directory is opened again, which fails it too.
    pub(super) fn fail_unwritten(&mut self, template_id: &str, build_id: &str, reason: Reason) {
        let template = self.templates.get_mut(template_id);
        let build = template.and_then(|template| template.build_mut(build_id));
        if let Some(build) = build.filter(|build| build.state == State::Building) {
            build.end(Err(reason));
            build.updated_at = now();
        }
    }

    /// Fails the registered builds that waited for their start longer than `limit`.
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

    /// Lets another process, or this one again, open the directory.
    pub(super) fn release(&self) {
        // If the unlocking fails, the end of the process does it.
        let _ = self.lock.unlock();
    }

    /// Cleans up after a process that did not end in order.
    fn recover(&mut self) -> io::Result<()> {
        for (template_id, build_id) in self.builds_in(State::Building) {
            self.logs.mend(&build_id)?;
            self.finish(&template_id, &build_id, Err(Reason::new(KILLED, None)))?;
        }
        let templates = &self.templates;
        self.logs.retain(|build_id| {
            templates.values().any(|template| template.build(build_id).is_some())
        });
        self.collect_archives(self.archives().all());
        Ok(())
    }

    fn template_path(&self, id: &str) -> PathBuf {
        self.root.join("templates").join(format!("{id}.json"))
    }
}

/// The time as it is stored: to the microsecond, which every client can read.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Locks the directory until the file is closed, which the end of the process does too.
fn hold(root: &Path) -> Result<File, LocalError> {
    let path = root.join("lock");
    let failed = |source| LocalError::Store { path: path.clone(), source };
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LocalError::Held(root.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Refuses a directory of another version; a new one is marked as this version's.
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
