//! The use of the container engine by the builds of this process.
//!
//! While anything in the engine may be without a record, a mark in the data directory says so. It
//! is written before the first container is started and removed after the record of the last build,
//! so that the next process finds what a killed one has left.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::app::App;
use super::claims::Claims;
use super::executor;
use super::store::{Build, Template};
use crate::engine::{self, Choice, Engine, Found, Kind, Selection, Unavailable};

/// The kinds of engines that may hold something.
const KINDS: [Kind; 2] = [Kind::Docker, Kind::Podman];

/// The engine, and who uses it.
#[derive(Debug, Default)]
pub(super) struct EngineUse {
    /// The engine that runs builds, once one has answered.
    found: OnceLock<Engine>,
    users: Mutex<Users>,
    /// The layers and bases that builds are building.
    pub(super) claims: Claims,
}

#[derive(Debug, Default)]
struct Users {
    count: usize,
    /// Whether something could not be removed, so that the mark has to stay.
    is_left: bool,
}

impl EngineUse {
    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The engine that runs builds, or why there is none. It may take seconds to find that out. An
    /// engine that does not answer is looked for again by the next build.
    pub(super) fn engine(&self) -> Result<&Engine, String> {
        let engine = if let Some(engine) = self.engine.found.get() {
            engine
        } else {
            match engine::find(&self.config.engine) {
                Ok(Found::Engine(found)) => self.engine.found.get_or_init(|| found),
                Ok(Found::Nothing(reason)) => return Err(reason),
                Err(unavailable) => return Err(unavailable.to_string()),
            }
        };
        self.collect(engine, &mut self.engine.users());
        Ok(engine)
    }

    /// Removes what a killed process has left in the engine, if that answers. Without a mark, the
    /// engine is not looked for.
    pub(super) fn recover_engine(&self) {
        let is_left = {
            let marks = self.lock_store().engine_marks();
            KINDS.into_iter().any(|kind| marks.is_set(kind))
        };
        if is_left {
            // Without an engine, the mark remains.
            let _ = self.engine();
        }
    }

    /// Looks for the engine if one was asked for by name. The next build does not look for it again.
    pub(super) fn require_engine(&self) -> Result<(), Unavailable> {
        let selection = &self.config.engine;
        if selection.choice.is_explicit()
            && self.engine.found.get().is_none()
            && let Found::Engine(found) = engine::find(selection)?
        {
            // A build that has found it meanwhile has found the same.
            let _ = self.engine.found.set(found);
        }
        Ok(())
    }

    /// Removes what was left in the engine, unless a build uses it. What cannot be removed now is
    /// left for the next time.
    fn collect(&self, engine: &Engine, users: &mut Users) {
        let marks = self.lock_store().engine_marks();
        if users.count == 0 && marks.is_set(engine.kind()) {
            users.is_left = executor::recover(engine, self).is_err();
            if !users.is_left {
                marks.remove(engine.kind());
            }
        }
    }

    /// Notes that the engine is used, before anything is made or removed there.
    pub(super) fn use_engine(self: &Arc<Self>, engine: &Engine) -> io::Result<EngineGuard> {
        let mut users = self.engine.users();
        if users.count == 0 {
            self.lock_store().engine_marks().set(engine.kind())?;
        }
        users.count += 1;
        Ok(EngineGuard { app: Arc::clone(self), engine: engine.clone() })
    }

    /// The use of the engine by the removal of a template. It begins before the record of the
    /// template is gone; without an engine, the mark remains.
    pub(super) fn use_engine_to_remove(
        self: &Arc<Self>,
        template: &Template,
    ) -> io::Result<Option<EngineGuard>> {
        if !executor::is_in_engine(template) {
            return Ok(None);
        }
        let engine = self.engine().ok();
        let marks = self.lock_store().engine_marks();
        let others = KINDS.into_iter().filter(|kind| {
            engine.is_none_or(|engine| engine.kind() != *kind && is_built_by(template, *kind))
        });
        others.into_iter().try_for_each(|kind| marks.set(kind))?;
        engine.map(|engine| self.use_engine(engine)).transpose()
    }

    /// Removes what a template has left in the engines that are not in use, after its record. One that
    /// does not answer keeps its mark.
    pub(super) fn remove_elsewhere(&self, used: &Engine, template: &Template) {
        let marks = self.lock_store().engine_marks();
        for (kind, choice) in KINDS.into_iter().zip([Choice::Docker, Choice::Podman]) {
            if kind == used.kind() || !is_built_by(template, kind) {
                continue;
            }
            let selection = Selection { choice, ..self.config.engine.clone() };
            if let Ok(Found::Engine(engine)) = engine::find(&selection)
                && engine.kind() == kind
                && executor::recover(&engine, self).is_ok()
            {
                marks.remove(kind);
            }
        }
    }
}

/// Whether an engine of this kind has built something of a template.
fn is_built_by(template: &Template, kind: Kind) -> bool {
    let built = template.builds.iter().filter_map(Build::built);
    built.into_iter().any(|built| built.engine == kind.program())
}

/// The use of the engine, until it is dropped: after the record of what was made or removed.
#[derive(Debug)]
pub(super) struct EngineGuard {
    app: Arc<App>,
    pub(super) engine: Engine,
}

impl EngineGuard {
    /// Notes that something could not be removed. It is collected when no build uses the engine,
    /// here or at the next start.
    pub(super) fn leave(&self) {
        self.app.engine.users().is_left = true;
    }
}

impl Drop for EngineGuard {
    fn drop(&mut self) {
        let mut users = self.app.engine.users();
        users.count -= 1;
        if users.count == 0 && !users.is_left {
            self.app.lock_store().engine_marks().remove(self.engine.kind());
        }
    }
}
