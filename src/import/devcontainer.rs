//! `devcontainer.json`: what it says beside its image or Dockerfile.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::draft::{Draft, Step, Value, Variable};
use super::note::{Effect, Note};
use super::{Imported, dockerfile, jsonc, split};
use crate::scalar::shell::quote;
use crate::source::{FileId, Span};

/// A `devcontainer.json`.
#[derive(Debug, Clone)]
pub struct Devcontainer {
    file: FileId,
    entries: BTreeMap<String, (Json, Span)>,
}

/// How a dev container is built from a Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// The Dockerfile, relative to the `devcontainer.json`.
    pub dockerfile: String,
    /// The build context, relative to the `devcontainer.json`.
    pub context: Option<String>,
    /// The stage.
    pub target: Option<String>,
    /// The values of build arguments.
    pub arguments: Vec<(String, String)>,
}

/// The keys that need no word: they are about editors, or about how containers are started and stopped.
const WITHOUT_EFFECT: &[&str] = &[
    "$schema",
    "name",
    "build",
    "image",
    "dockerFile",
    "context",
    "workspaceFolder",
    "containerEnv",
    "remoteEnv",
    "containerUser",
    "remoteUser",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "features",
];

/// The keys that only editors and container engines read.
const OF_EDITORS: &[&str] = &[
    "customizations",
    "extensions",
    "settings",
    "forwardPorts",
    "portsAttributes",
    "otherPortsAttributes",
    "waitFor",
    "shutdownAction",
    "overrideCommand",
    "userEnvProbe",
    "updateRemoteUserUID",
    "init",
    "appPort",
    "overrideFeatureInstallOrder",
    "devPort",
];

/// The commands that run while a dev container is created, in their order.
const COMMANDS: &[&str] = &["onCreateCommand", "updateContentCommand", "postCreateCommand"];

/// The image of a dev container that a Compose file describes.
const BASE: &str = "mcr.microsoft.com/devcontainers/base:ubuntu";

/// What to write for a feature, by the last part of its name.
const FEATURES: &[(&str, &str)] = &[
    ("node", "start from `from.node`, or install it with a `run` step"),
    ("python", "start from `from.python`, or add `apt = [\"python3\", \"python3-pip\"]`"),
    ("git", "add `apt = \"git\"`"),
    ("git-lfs", "add `apt = \"git-lfs\"`"),
    ("go", "start from the image `golang`, or install it with a `run` step"),
    ("rust", "start from the image `rust`, or install it with a `run` step"),
    ("java", "start from an image with a JDK, or add `apt = \"default-jdk-headless\"`"),
    ("ruby", "start from the image `ruby`, or add `apt = \"ruby-full\"`"),
    ("php", "start from the image `php`, or add `apt = \"php-cli\"`"),
    ("github-cli", "install `gh` with a `run` step"),
    ("aws-cli", "add `pip = \"awscli\"`"),
    ("common-utils", "add the packages that you need with `apt`"),
    ("docker-in-docker", "a sandbox is a machine of its own: install Docker with a `run` step"),
    ("docker-outside-of-docker", "a sandbox has no host: install Docker with a `run` step"),
];

impl Devcontainer {
    /// Reads the text, which may have comments.
    ///
    /// # Errors
    /// Why it is not an object of JSON.
    pub fn parse(file: FileId, text: &str) -> Result<Self, String> {
        let plain = jsonc::plain(text.trim_start_matches('\u{feff}'));
        let skipped = text.len() - plain.len();
        let raw: BTreeMap<String, &RawValue> =
            serde_json::from_str(&plain).map_err(|error| error.to_string())?;
        let mut entries = BTreeMap::new();
        for (key, raw) in raw {
            let start = raw.get().as_ptr().addr().saturating_sub(plain.as_ptr().addr());
            let span =
                Span { file, start: start + skipped, end: start + skipped + raw.get().len() };
            let value = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
            entries.insert(key, (value, span));
        }
        Ok(Self { file, entries })
    }

    fn get(&self, key: &str) -> Option<&Json> {
        self.entries.get(key).map(|(value, _)| value)
    }

    fn span(&self, key: &str) -> Option<Span> {
        self.entries.get(key).map(|(_, span)| *span)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// The name of the dev container.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// How it is built, if it is from a Dockerfile.
    #[must_use]
    pub fn build(&self) -> Option<Build> {
        let build = self.get("build").and_then(Json::as_object);
        let inner = |key: &str| build.and_then(|build| build.get(key));
        let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
        let dockerfile = text(inner("dockerfile")).or_else(|| text(self.get("dockerFile")))?;
        let arguments = inner("args").and_then(Json::as_object).into_iter().flatten();
        Some(Build {
            dockerfile,
            context: text(inner("context")).or_else(|| text(self.get("context"))),
            target: text(inner("target")),
            arguments: arguments
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
        })
    }

    /// The import of its image, or of the base image of dev containers if it names none.
    #[must_use]
    pub fn image(&self) -> Imported {
        let from = dockerfile::base(self.text("image").unwrap_or(BASE));
        let draft = Draft { from, ..Draft::default() };
        Imported { draft, notes: Vec::new() }
    }

    /// The import of the image or the Dockerfile with all other keys.
    #[must_use]
    pub fn complete(&self, imported: Imported) -> Imported {
        let mut all = Completion { source: self, imported, user: None };
        all.reset();
        all.environment();
        all.workspace();
        all.commands();
        all.switch_user();
        all.features();
        all.others();
        all.imported
    }
}

struct Completion<'a> {
    source: &'a Devcontainer,
    imported: Imported,
    user: Option<String>,
}

impl Completion<'_> {
    fn note(&mut self, effect: Effect, key: &str, message: String) -> &mut Note {
        let span =
            self.source.span(key).or(Some(Span { file: self.source.file, start: 0, end: 0 }));
        self.imported.notes.push(Note::new(effect, span, message));
        let last = self.imported.notes.len() - 1;
        &mut self.imported.notes[last]
    }

    fn push(&mut self, step: Step) {
        self.imported.draft.steps.push(step);
    }

    /// A dev container runs what an editor starts in it, and not the command of its image.
    fn reset(&mut self) {
        if self.source.text("image").is_none() && self.source.build().is_none() {
            let message = format!("no image is named, so `{BASE}` is the base");
            self.note(Effect::Lost, "image", message).help = Some("set `from`".to_owned());
        }
        let draft = &mut self.imported.draft;
        let keeps = self.source.get("overrideCommand") == Some(&Json::Bool(false));
        if draft.start.is_some() && !keeps {
            draft.start = None;
            draft.ready = None;
            draft.ready_comments.clear();
            let message = "the command of the Dockerfile is not run, as in a dev container";
            self.note(Effect::Changed, "build", message.to_owned());
        }
        self.user = ["remoteUser", "containerUser"]
            .into_iter()
            .find_map(|key| self.source.text(key))
            .map(str::to_owned);
    }

    fn environment(&mut self) {
        for key in ["containerEnv", "remoteEnv"] {
            let Some(Json::Object(variables)) = self.source.get(key).cloned() else { continue };
            for (name, value) in variables {
                let text = match value {
                    Json::String(text) => text,
                    Json::Null => continue,
                    other => other.to_string(),
                };
                let Some(value) = reference(&text) else {
                    let message = format!(
                        "`{name}` of `{key}` takes its value from the machine of the editor"
                    );
                    self.note(Effect::Lost, key, message).help =
                        Some("pass it to each sandbox when you create it (`envs`)".to_owned());
                    continue;
                };
                let comments = Vec::new();
                let env = &mut self.imported.draft.env;
                env.retain(|known| known.name != name);
                env.push(Variable { name, value, comments });
            }
            if key == "remoteEnv" {
                let message = "`remoteEnv` became `env`, which all processes have";
                self.note(Effect::Changed, key, message.to_owned());
            }
        }
    }

    /// A dev container mounts the project; a template copies it.
    fn workspace(&mut self) {
        let runs = COMMANDS.iter().any(|key| self.source.get(key).is_some());
        let folder = self.source.text("workspaceFolder").map(str::to_owned);
        if let Some(mount) = self.source.text("workspaceMount").map(str::to_owned) {
            let message = format!("the mount `{mount}` became a copy of the project");
            self.note(Effect::Changed, "workspaceMount", message);
        }
        if folder.is_none() && !runs {
            return;
        }
        let folder = folder
            .map(|folder| {
                folder.replace("${localWorkspaceFolderBasename}", &self.imported.draft.name)
            })
            .filter(|folder| folder.starts_with('/') && !folder.contains('$'))
            .unwrap_or_else(|| format!("/workspaces/{}", self.imported.draft.name));
        self.switch_user();
        self.push(Step::text("workdir", &folder));
        let mut step = Step::text("copy", ".").with("to", Value::Text(".".to_owned()));
        step.comments =
            vec!["A dev container mounts the project; a template copies it.".to_owned()];
        self.push(step);
        let message = format!("the project is copied to `{folder}` instead of mounted");
        self.note(Effect::Changed, "workspaceFolder", message);
    }

    /// Continues as the user of the dev container.
    fn switch_user(&mut self) {
        let Some(user) = self.user.take() else { return };
        let ends = |step: &Step| matches!(step.entries.first(), Some(("user" | "workdir", _)));
        let steps = &mut self.imported.draft.steps;
        // The Dockerfile's own end is replaced.
        while steps.last().is_some_and(ends) {
            steps.pop();
        }
        let is_current = steps.is_empty() && self.imported.draft.user.is_none();
        if is_current {
            self.imported.draft.user = Some(user);
        } else {
            self.push(Step::text("user", user));
        }
    }

    fn commands(&mut self) {
        for key in COMMANDS {
            let Some(value) = self.source.get(key).cloned() else { continue };
            for (name, command) in commands(&value) {
                let parts = split::parts(&command).filter(|parts| parts.len() > 1);
                let value = parts.map_or(Value::Text(command), Value::List);
                let label = name.unwrap_or_else(|| (*key).to_owned());
                self.push(Step::of("run", value).with("label", Value::Text(label)));
            }
            if value.is_object() {
                let message = format!("the commands of `{key}` run one after the other");
                self.note(Effect::Changed, key, message);
            }
        }
        for key in ["postStartCommand", "postAttachCommand", "initializeCommand"] {
            if self.source.get(key).is_none() {
                continue;
            }
            let help = match key {
                "initializeCommand" => "run it before `sbx apply`",
                _ => "make it the start command if it is a server, or run it in each sandbox",
            };
            let message = format!("`{key}` is not carried: a template has no such event");
            self.note(Effect::Lost, key, message).help = Some(help.to_owned());
        }
    }

    fn features(&mut self) {
        let Some(Json::Object(features)) = self.source.get("features").cloned() else { return };
        for name in features.keys() {
            let short = name.rsplit('/').next().unwrap_or(name);
            let short = short.split([':', '@']).next().unwrap_or(short);
            let known = FEATURES.iter().find(|(known, _)| *known == short);
            let help = known.map_or("install what it contains with steps", |(_, help)| help);
            let message = format!("the feature `{name}` is not carried");
            self.note(Effect::Lost, "features", message).help = Some(help.to_owned());
        }
    }

    fn others(&mut self) {
        let keys: Vec<_> = self.source.entries.keys().cloned().collect();
        for key in &keys {
            let key = key.as_str();
            let done = WITHOUT_EFFECT.contains(&key)
                || matches!(key, "workspaceMount" | "postStartCommand" | "postAttachCommand")
                || key == "initializeCommand";
            if done {
                continue;
            }
            if OF_EDITORS.contains(&key) {
                let message = format!("`{key}` has no effect on a sandbox");
                self.note(Effect::Dropped, key, message);
                continue;
            }
            let help = match key {
                "mounts" => "copy the files with a `copy` step; a sandbox has no volumes of a host",
                "dockerComposeFile" | "service" | "runServices" => {
                    "make a template of the service that the agent uses, and import its Dockerfile"
                }
                "runArgs" | "privileged" | "capAdd" | "securityOpt" => {
                    "a sandbox is a virtual machine: most options of containers are not needed"
                }
                "hostRequirements" => "set `resources` of the manifest",
                _ => "write what it does with steps",
            };
            let message = format!("`{key}` is not carried");
            self.note(Effect::Lost, key, message).help = Some(help.to_owned());
        }
    }
}

/// A value with its references as the manifest writes them; `None` if it is only known on the
/// machine of the editor.
fn reference(text: &str) -> Option<String> {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        written.push_str(&rest[..at]);
        rest = &rest[at..];
        let inner = rest.strip_prefix("${").and_then(|inner| inner.split_once('}'));
        if let Some((name, after)) = inner {
            let name = name.strip_prefix("containerEnv:")?;
            let (name, _) = name.split_once(':').unwrap_or((name, ""));
            crate::scalar::text::is_name(name).then_some(())?;
            written.push_str("${");
            written.push_str(name);
            written.push('}');
            rest = after;
        } else {
            written.push_str("$$");
            rest = &rest[1..];
        }
    }
    written.push_str(rest);
    Some(written)
}

/// The commands of an event: a shell command, an array of words, or several of them by name.
fn commands(value: &Json) -> Vec<(Option<String>, String)> {
    match value {
        Json::String(command) if !command.trim().is_empty() => vec![(None, command.clone())],
        Json::Array(words) => {
            let words: Vec<_> = words.iter().filter_map(Json::as_str).map(quote).collect();
            if words.is_empty() { Vec::new() } else { vec![(None, words.join(" "))] }
        }
        Json::Object(named) => {
            let inner = named.iter().flat_map(|(name, value)| {
                let own = commands(value).into_iter();
                own.map(|(_, command)| (Some(name.clone()), command))
            });
            inner.collect()
        }
        _ => Vec::new(),
    }
}
