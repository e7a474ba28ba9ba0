//! The requests of a build in a form that no platform's words are needed to read.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::{BuildStep, backend};
use crate::context::{ContentHash, FileSet, FilesHash};
use crate::platform::Platform;
use crate::template::{CopyMap, InstructionId, Origin};

/// Everything that is sent to build a template, before the platform gave it any IDs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where it is built.
    pub platform: Platform,
    /// The template's name, as the platform is given it.
    pub name: String,
    /// The tags of the build; empty where the platform has none.
    pub tags: Vec<String>,
    /// Whether other teams may use the template; `None` if that is not declared, or the platform
    /// has no public templates.
    pub public: Option<bool>,
    /// The steps in order, without those that the platform adds.
    pub steps: Vec<LoweredStep>,
    /// The archives that the steps need, one for each copy.
    pub uploads: Vec<Upload>,
    /// Why the base is what it is.
    pub base: Origin,
    /// Why there is a start or a ready command, for faults of the last phase.
    pub finalize: Option<Origin>,
    /// Whether the text of a Dockerfile is sent instead of steps.
    pub sends_dockerfile: bool,
    /// Whether a template that has the name is deleted before the build.
    pub replace: bool,
    /// The requests in order; the one that builds is without its steps.
    pub(super) requests: Vec<Request>,
    pub(super) layout: Layout,
}

/// One step as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredStep {
    /// Its part of the build request.
    pub request: Value,
    /// Why it is there.
    pub origin: Origin,
    /// What progress and logs call it.
    pub label: Option<String>,
    /// Whether its command is a script that `sbx` made, of which people see the label alone.
    pub hides_command: bool,
    /// The content of the files that it copies from an archive.
    pub content: Option<ContentHash>,
}

/// An archive that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its key.
    pub files_hash: FilesHash,
    /// The copy's source, for people.
    pub source: String,
    /// The copy.
    pub instruction: InstructionId,
    /// Upload it even if one is present.
    pub force: bool,
}

/// Where a family of platforms has the parts of its build request, as JSON pointers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The list of steps in the request. Where there are steps, the lowered request holds a list
    /// there already, so that the key keeps its place.
    pub(super) steps: &'static str,
    /// The command in a step.
    pub(super) command: &'static str,
    /// The flag that makes the platform ignore cached layers, if there is one.
    pub(super) force: Option<&'static str>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Gives the build its IDs.
    Register,
    /// Brings an archive to the platform.
    Upload,
    /// Says what is built, and starts it.
    Build,
}

/// One request, as `sbx compile --requests` shows it.
#[derive(Clone, PartialEq, Serialize)]
pub struct Request {
    /// What it is for.
    #[serde(skip)]
    pub purpose: Purpose,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the API's URL, with `{templateID}` and `{buildID}` for what only the
    /// platform can say; `{url}` for a link that it gives.
    pub path: String,
    /// The body: JSON, or `{"archive": filesHash}` for what is uploaded to a link.
    pub body: Option<Value>,
}

impl fmt::Debug for Request {
    /// A body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a plan would do, for a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'a> {
    /// The template's name on the platform.
    pub name: &'a str,
    /// Where it would be built.
    pub platform: &'static str,
    /// The tags of the build.
    pub tags: &'a [String],
    /// Whether it would be made public or private, if it is not.
    pub public: Option<bool>,
    /// The template that would be deleted before, by its name, if it is there.
    pub deletes: Option<&'a str>,
    /// The archives that would be uploaded, unless the platform has them.
    pub uploads: Vec<UploadSummary<'a>>,
    /// How many steps would be built.
    pub steps: usize,
}

/// One archive of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadSummary<'a> {
    /// The copy's source.
    #[serde(rename = "src")]
    pub source: &'a str,
    /// The archive's key.
    pub files_hash: &'a str,
    /// How many files, directories and links are in it.
    pub entries: usize,
    /// The bytes of its files, before they are packed.
    pub bytes: u64,
}

impl Plan {
    /// The body of the request that says what is built.
    #[must_use]
    pub fn body(&self) -> Value {
        self.body_of(Purpose::Build)
    }

    /// The body of the first request for a purpose; null if there is none.
    #[must_use]
    pub fn body_of(&self, purpose: Purpose) -> Value {
        let mut requests = self.requests.iter().filter(|request| request.purpose == purpose);
        requests.next().and_then(|request| self.complete(request).body).unwrap_or_default()
    }

    /// Every request in the order in which they are made.
    #[must_use]
    pub fn preview(&self) -> Vec<Request> {
        self.requests.iter().map(|request| self.complete(request)).collect()
    }

    /// What decides the content of the build, and nothing else.
    #[must_use]
    pub fn inputs(&self) -> Value {
        backend(self.platform).inputs(self)
    }

    /// A request with the steps in it, if it is the one that has them.
    fn complete(&self, request: &Request) -> Request {
        let mut request = request.clone();
        if request.purpose == Purpose::Build
            && let Some(body) = &mut request.body
            && let Some(steps) = body.pointer_mut(self.layout.steps)
        {
            *steps = self.steps.iter().map(|step| step.request.clone()).collect();
        }
        request
    }

    /// Builds every layer, whatever is cached, where the platform lets us ask for it.
    pub fn force(&mut self) {
        let Some(flag) = self.layout.force else { return };
        let builds = self.requests.iter_mut().filter(|request| request.purpose == Purpose::Build);
        for request in builds {
            if let Some(force) = request.body.as_mut().and_then(|body| body.pointer_mut(flag)) {
                *force = Value::Bool(true);
            }
        }
    }

    /// The same build, registered with other tags, on a platform that registers builds.
    #[must_use]
    pub fn with_tags(&self, tags: Vec<String>) -> Self {
        let mut plan = self.clone();
        let requests = plan.requests.iter_mut();
        for request in requests.filter(|request| request.purpose == Purpose::Register) {
            if let Some(body) = request.body.as_mut().and_then(Value::as_object_mut) {
                body.insert("tags".to_owned(), json!(tags));
            }
        }
        plan.tags = tags;
        plan
    }

    /// Why a part of the build is there; `None` for one that is not in the plan.
    #[must_use]
    pub fn origin_of(&self, step: &BuildStep) -> Option<Origin> {
        match step {
            BuildStep::Base => Some(self.base),
            BuildStep::Finalize => self.finalize,
            BuildStep::Step(_) => Some(self.step(step)?.origin),
            BuildStep::ResizeDisk | BuildStep::Optimize | BuildStep::Other(_) => None,
        }
    }

    /// What progress and logs call a step.
    #[must_use]
    pub fn label_of(&self, step: &BuildStep) -> Option<&str> {
        self.step(step)?.label.as_deref()
    }

    /// The command of a step, or the first argument of one that runs none, as it is sent.
    #[must_use]
    pub fn command_of(&self, step: &BuildStep) -> Option<&str> {
        self.command(self.step(step)?)
    }

    /// A text of the platform, with labels in place of the commands that people do not see.
    #[must_use]
    pub fn with_labels<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for step in self.steps.iter().filter(|step| step.hides_command) {
            let (Some(command), Some(label)) = (self.command(step), &step.label) else { continue };
            if !command.is_empty() && text.contains(command) {
                text = Cow::Owned(text.replace(command, label));
            }
        }
        text
    }

    fn step(&self, step: &BuildStep) -> Option<&LoweredStep> {
        self.steps.get(step.position()?)
    }

    fn command<'a>(&self, step: &'a LoweredStep) -> Option<&'a str> {
        step.request.pointer(self.layout.command)?.as_str()
    }

    /// The command of each step that has one, in order.
    pub fn commands(&self) -> impl Iterator<Item = (BuildStep, &str)> {
        let commands = self.steps.iter().enumerate();
        commands.filter_map(|(at, step)| Some((BuildStep::at(at), self.command(step)?)))
    }

    /// What the plan would do. `files` are those of the copies.
    #[must_use]
    pub fn summary<'a>(&'a self, files: &CopyMap<FileSet>) -> Summary<'a> {
        let upload = |upload: &'a Upload| {
            let files = files.get(&upload.instruction);
            UploadSummary {
                source: &upload.source,
                files_hash: upload.files_hash.as_str(),
                entries: files.map_or(0, |files| files.entries().len()),
                bytes: files.map_or(0, FileSet::bytes),
            }
        };
        Summary {
            name: &self.name,
            platform: self.platform.name(),
            tags: &self.tags,
            public: self.public,
            deletes: self.replace.then_some(self.name.as_str()),
            uploads: self.uploads.iter().map(upload).collect(),
            steps: self.steps.len(),
        }
    }
}
