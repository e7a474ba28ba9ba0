//! The stored record of a template.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::built::Built;
use super::now;
use crate::local::TEAM;
use crate::local::version::Version;
use crate::wire::e2b::{BuildState, DEFAULT_TAG};

/// A template with its builds and tags.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::local) struct Template {
    /// Twenty lower-case letters and digits, the same for all builds.
    pub(in crate::local) id: String,
    /// The name without its namespace, which is always the team's; the ID if it has no name.
    pub(in crate::local) name: String,
    pub(in crate::local) public: bool,
    pub(in crate::local) created_at: Timestamp,
    pub(in crate::local) updated_at: Timestamp,
    /// The builds, oldest first.
    pub(in crate::local) builds: Vec<Build>,
    /// Every assignment of a tag, oldest first. A tag resolves to the last ready build that it was
    /// assigned to.
    pub(in crate::local) tags: Vec<Assignment>,
    /// The hashes of the archives that its builds may use: those uploaded for it, and those that
    /// were reported to its clients as present.
    #[serde(default)]
    pub(in crate::local) archives: BTreeSet<String>,
    /// The keys of the cached layers that its builds have made or used.
    #[serde(default)]
    pub(in crate::local) layers: BTreeSet<String>,
}

impl Template {
    /// A new template, which has no build yet.
    pub(in crate::local) fn new(id: String, name: String) -> Self {
        let now = now();
        Self {
            id,
            name,
            public: false,
            created_at: now,
            updated_at: now,
            builds: Vec::new(),
            tags: Vec::new(),
            archives: BTreeSet::new(),
            layers: BTreeSet::new(),
        }
    }

    /// The names with their namespace: one, or none if it was registered without a name.
    pub(in crate::local) fn names(&self) -> Vec<String> {
        self.aliases().iter().map(|alias| format!("{TEAM}/{alias}")).collect()
    }

    /// The names without their namespace.
    pub(in crate::local) fn aliases(&self) -> Vec<String> {
        if self.name == self.id { Vec::new() } else { vec![self.name.clone()] }
    }

    pub(in crate::local) fn build(&self, id: &str) -> Option<&Build> {
        self.builds.iter().find(|build| build.id == id)
    }

    /// The builds that calls can see, oldest first: a build that lost its last tag is out of reach
    /// for good.
    pub(in crate::local) fn tagged_builds(&self) -> impl Iterator<Item = &Build> {
        let is_tagged = |build: &&Build| self.tags.iter().any(|tag| tag.build == build.id);
        self.builds.iter().filter(is_tagged)
    }

    pub(in crate::local) fn build_mut(&mut self, id: &str) -> Option<&mut Build> {
        self.builds.iter_mut().find(|build| build.id == id)
    }

    /// Resolves a tag or a build ID to a ready build: the last one that the tag was assigned to.
    pub(in crate::local) fn ready(&self, tag: &str) -> Option<&Build> {
        let build_id = Uuid::parse_str(tag).map(|id| id.to_string()).unwrap_or_default();
        let meant =
            |assignment: &&Assignment| assignment.tag == tag || assignment.build == build_id;
        let builds = self.tags.iter().rev().filter(meant);
        let mut builds = builds.filter_map(|assignment| self.build(&assignment.build));
        builds.find(|build| build.state == State::Ready)
    }

    /// The last assignment of each tag, sorted by tag.
    pub(in crate::local) fn current_tags(&self) -> Vec<&Assignment> {
        let mut current: Vec<&Assignment> = Vec::new();
        for assignment in self.tags.iter().rev() {
            if current.iter().all(|known| known.tag != assignment.tag) {
                current.push(assignment);
            }
        }
        current.sort_unstable_by(|a, b| a.tag.cmp(&b.tag));
        current
    }

    /// The last build with the default tag, whose state lists show.
    pub(in crate::local) fn default_build(&self) -> Option<&Build> {
        let mut current = self.current_tags().into_iter();
        let default = current.find(|assignment| assignment.tag == DEFAULT_TAG);
        default.and_then(|assignment| self.build(&assignment.build))
    }

    /// Assigns a tag to a build.
    pub(in crate::local) fn assign(&mut self, tag: &str, build: &str) {
        let (tag, build) = (tag.to_owned(), build.to_owned());
        self.tags.push(Assignment { tag, build, created_at: now() });
    }

    /// All tags that were ever assigned to a build.
    pub(in crate::local) fn tags_of(&self, build: &str) -> Vec<String> {
        let assignments = self.tags.iter().filter(|assignment| assignment.build == build);
        assignments.map(|assignment| assignment.tag.clone()).collect()
    }

    /// The builds in a state, other than `except`, that one of `tags` was assigned to.
    pub(in crate::local) fn sharing(
        &self,
        tags: &[String],
        state: State,
        except: &str,
    ) -> Vec<String> {
        let shares =
            |build: &str| self.tags.iter().any(|a| a.build == build && tags.contains(&a.tag));
        let builds = self.builds.iter();
        let builds = builds.filter(|build| build.state == state && build.id != except);
        builds.map(|build| build.id.clone()).filter(|id| shares(id)).collect()
    }
}

/// An assignment of a tag to a build.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::local) struct Assignment {
    pub(in crate::local) tag: String,
    pub(in crate::local) build: String,
    pub(in crate::local) created_at: Timestamp,
}

impl Assignment {
    /// The UUID of the assignment to a build of a template, which is not stored.
    pub(in crate::local) fn id(&self, template_id: &str) -> Uuid {
        let time = self.created_at.to_string();
        let text = [template_id, &self.tag, &self.build, &time].join(" ");
        let digest: [u8; 32] = Sha256::digest(text).into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// A build of a template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::local) struct Build {
    /// A UUID.
    pub(in crate::local) id: String,
    pub(in crate::local) state: State,
    pub(in crate::local) reason: Option<Reason>,
    /// What a ready build did with its steps.
    #[serde(default)]
    pub(in crate::local) execution: Execution,
    pub(in crate::local) cpu_count: u64,
    pub(in crate::local) memory_mb: u64,
    /// The image or template that it starts from, once it is started.
    pub(in crate::local) from: Option<String>,
    /// The type of registry of the credentials, which are never stored themselves.
    pub(in crate::local) registry: Option<String>,
    pub(in crate::local) created_at: Timestamp,
    pub(in crate::local) updated_at: Timestamp,
    pub(in crate::local) started_at: Option<Timestamp>,
    pub(in crate::local) finished_at: Option<Timestamp>,
    /// The version of the builder.
    #[serde(default)]
    pub(in crate::local) version: Version,
}

impl Build {
    /// A newly registered build.
    pub(in crate::local) fn new(id: String, cpu_count: u64, memory_mb: u64) -> Self {
        let now = now();
        Self {
            id,
            state: State::Waiting,
            reason: None,
            execution: Execution::default(),
            cpu_count,
            memory_mb,
            from: None,
            registry: None,
            created_at: now,
            updated_at: now,
            started_at: None,
            finished_at: None,
            version: Version::default(),
        }
    }

    /// The time since its registration.
    pub(in crate::local) fn age(&self) -> Duration {
        Duration::try_from(now().duration_since(self.created_at)).unwrap_or_default()
    }

    /// Ends the build.
    pub(in crate::local) fn end(&mut self, outcome: Result<Execution, Reason>) {
        match outcome {
            Ok(execution) => (self.state, self.execution) = (State::Ready, execution),
            Err(reason) => (self.state, self.reason) = (State::Error, Some(reason)),
        }
        self.finished_at = Some(now());
    }

    /// Whether sandboxes can be created from it.
    pub(in crate::local) fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether it is ready, although no step was run.
    pub(in crate::local) fn is_recorded(&self) -> bool {
        self.state == State::Ready && matches!(self.execution, Execution::Recorded { .. })
    }

    /// What the engine has built, if the build is ready.
    pub(in crate::local) fn built(&self) -> Option<&Built> {
        match &self.execution {
            Execution::Run(built) if self.state == State::Ready => Some(built),
            _ => None,
        }
    }

    /// Why no step was run, if it is recorded and the reason is known.
    pub(in crate::local) fn recorded_because(&self) -> Option<&str> {
        match &self.execution {
            Execution::Recorded { because } if self.is_recorded() => because.as_deref(),
            _ => None,
        }
    }

    /// The last log line of a successful build, as the real builder writes it.
    pub(super) fn finished_line(&self, now: Timestamp) -> String {
        let took = now.duration_since(self.started_at.unwrap_or(now)).as_secs();
        format!("Build finished, took {took}s")
    }
}

/// The state of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::local) enum State {
    Waiting,
    Building,
    Ready,
    Error,
}

impl From<State> for BuildState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Building => Self::Building,
            State::Ready => Self::Ready,
            State::Error => Self::Error,
        }
    }
}

/// What a build did with its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::local) enum Execution {
    /// They were run by a container engine.
    Run(Box<Built>),
    /// They were written down. Builds of versions without an engine did nothing else.
    Recorded {
        /// Why no engine ran them.
        because: Option<String>,
    },
}

impl Default for Execution {
    fn default() -> Self {
        Self::Recorded { because: None }
    }
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local) struct Reason {
    pub(in crate::local) message: String,
    /// `base`, or the number of a step, counted from 1; absent if no step failed.
    pub(in crate::local) step: Option<String>,
}

impl Reason {
    pub(in crate::local) fn new(message: impl Into<String>, step: Option<String>) -> Self {
        Self { message: message.into(), step }
    }
}
