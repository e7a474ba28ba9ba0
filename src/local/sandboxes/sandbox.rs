//! One sandbox.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::link::Link;
use crate::engine::{Attached, Engine, EngineError};
use crate::local::engine_use::EngineGuard;
use crate::local::envd::Envd;
use crate::local::store::{Build, Template, now};
use crate::wire::e2b::Sensitive;
use crate::wire::sandboxes::{Lifecycle, Sandbox as Created, SandboxDetails, SandboxState};

/// The version of `envd` whose calls are served.
const ENVD_VERSION: &str = "0.6.13";

/// What clients get as the ID of a machine.
const CLIENT: &str = "local";

/// What a sandbox is made from.
#[derive(Debug, Clone)]
pub(in crate::local) struct Origin {
    pub(in crate::local) template_id: String,
    /// The template's name.
    pub(in crate::local) alias: Option<String>,
    pub(in crate::local) cpu_count: u64,
    pub(in crate::local) memory_mb: u64,
}

impl Origin {
    pub(in crate::local) fn of(template: &Template, build: &Build) -> Self {
        Self {
            template_id: template.id.clone(),
            alias: template.aliases().first().cloned(),
            cpu_count: build.cpu_count,
            memory_mb: build.memory_mb,
        }
    }
}

/// What its creator has asked for.
#[derive(Debug, Clone)]
pub(in crate::local) struct Wishes {
    pub(in crate::local) metadata: BTreeMap<String, String>,
    pub(in crate::local) is_secure: bool,
    pub(in crate::local) pauses: bool,
    pub(in crate::local) resumes: bool,
    pub(in crate::local) lifetime: Duration,
}

/// A sandbox: a container that runs.
pub(in crate::local) struct Sandbox {
    pub(in crate::local) id: String,
    pub(in crate::local) origin: Origin,
    wishes: Wishes,
    token: Option<String>,
    /// The domain below which its ports have host names.
    domain: String,
    started_at: Timestamp,
    life: Mutex<Life>,
    /// Is woken when the end is moved.
    pub(super) moved: Notify,
    /// The way to its processes, files and ports.
    pub(in crate::local) link: Arc<Link>,
    /// Its processes and watchers, and what they are started with.
    pub(in crate::local) envd: Envd,
    container: Mutex<Option<(Attached, EngineGuard)>>,
    engine: Engine,
    name: String,
}

/// When it ends.
#[derive(Debug, Clone, Copy)]
struct Life {
    deadline: Instant,
    end_at: Timestamp,
    is_paused: bool,
}

impl Life {
    fn lasting(lifetime: Duration) -> Self {
        let signed = SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX);
        let end_at = now().checked_add(signed).unwrap_or(Timestamp::MAX);
        Self { deadline: Instant::now() + lifetime, end_at, is_paused: false }
    }
}

/// What a sandbox is assembled from.
pub(super) struct Parts {
    pub(super) id: String,
    pub(super) origin: Origin,
    pub(super) wishes: Wishes,
    pub(super) domain: String,
    pub(super) token: Option<String>,
    pub(super) envd: Envd,
    pub(super) link: Arc<Link>,
    pub(super) container: Attached,
    pub(super) guard: EngineGuard,
}

impl fmt::Debug for Sandbox {
    /// Omits the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Sandbox {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { id, origin, wishes, domain, token, envd, link, container, guard } = parts;
        Self {
            id,
            origin,
            life: Mutex::new(Life::lasting(wishes.lifetime)),
            wishes,
            token,
            domain,
            started_at: now(),
            moved: Notify::new(),
            link,
            envd,
            engine: guard.engine.clone(),
            name: container.name().to_owned(),
            container: Mutex::new(Some((container, guard))),
        }
    }

    /// What calls must send as a token, if anything.
    pub(in crate::local) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub(in crate::local) fn metadata(&self) -> &BTreeMap<String, String> {
        &self.wishes.metadata
    }

    pub(in crate::local) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Whether it is paused.
    pub(in crate::local) fn is_paused(&self) -> bool {
        self.life().is_paused
    }

    /// Whether calls resume it.
    pub(in crate::local) fn resumes(&self) -> bool {
        self.wishes.resumes
    }

    /// Whether it is paused at its end instead of removed.
    pub(super) fn pauses(&self) -> bool {
        self.wishes.pauses
    }

    /// The time of its end; `None` while it is paused.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let life = self.life();
        (!life.is_paused).then_some(life.deadline)
    }

    /// Moves the end; with `only_later`, not to an earlier time.
    pub(super) fn set_lifetime(&self, lifetime: Duration, only_later: bool) {
        let moved = Life::lasting(lifetime);
        let mut life = self.life();
        if !only_later || moved.deadline > life.deadline {
            *life = Life { is_paused: life.is_paused, ..moved };
        }
        drop(life);
        self.moved.notify_one();
    }

    /// Stops its processes, which keep their memory. This blocks.
    ///
    /// # Errors
    /// When the engine cannot do that.
    pub(super) fn pause(&self) -> Result<(), EngineError> {
        self.engine.pause_container(&self.name)?;
        self.life().is_paused = true;
        self.moved.notify_one();
        Ok(())
    }

    /// Lets its processes go on for another lifetime. This blocks.
    ///
    /// # Errors
    /// When the engine refuses.
    pub(in crate::local) fn resume(&self, lifetime: Option<Duration>) -> Result<(), EngineError> {
        self.engine.resume_container(&self.name)?;
        *self.life() = Life::lasting(lifetime.unwrap_or(self.wishes.lifetime));
        self.moved.notify_one();
        Ok(())
    }

    /// Removes its container. This blocks.
    pub(super) fn remove(&self) {
        let container = self.container.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut container, guard)) = container {
            if !container.remove() {
                guard.leave();
            }
            drop(guard);
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to the clients that create it or connect to it.
    pub(super) fn created(&self) -> Created {
        Created {
            sandbox_id: self.id.clone(),
            template_id: self.origin.template_id.clone(),
            alias: self.origin.alias.clone(),
            client_id: CLIENT.to_owned(),
            envd_version: ENVD_VERSION.to_owned(),
            envd_access_token: self.token.clone().map(Sensitive),
            traffic_access_token: None,
            domain: Some(self.domain.clone()),
        }
    }

    /// Its row in a list.
    pub(super) fn listed(&self) -> SandboxDetails {
        let life = *self.life();
        SandboxDetails {
            sandbox_id: self.id.clone(),
            template_id: self.origin.template_id.clone(),
            alias: self.origin.alias.clone(),
            client_id: CLIENT.to_owned(),
            started_at: self.started_at,
            end_at: life.end_at,
            cpu_count: self.origin.cpu_count,
            memory_mb: self.origin.memory_mb,
            disk_size_mb: 0,
            state: if life.is_paused { SandboxState::Paused } else { SandboxState::Running },
            envd_version: ENVD_VERSION.to_owned(),
            metadata: (!self.wishes.metadata.is_empty()).then(|| self.wishes.metadata.clone()),
            envd_access_token: None,
            domain: None,
            lifecycle: None,
        }
    }

    /// What is known of it.
    pub(super) fn details(&self) -> SandboxDetails {
        SandboxDetails {
            envd_access_token: self.token.clone().map(Sensitive),
            domain: Some(self.domain.clone()),
            lifecycle: Some(Lifecycle {
                on_timeout: if self.wishes.pauses { "pause" } else { "kill" }.to_owned(),
                auto_resume: self.wishes.resumes,
            }),
            ..self.listed()
        }
    }
}
