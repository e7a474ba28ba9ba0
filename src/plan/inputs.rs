//! What decides the content of a build, in a form that can be kept and compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::salt::Salt;
use super::title;
use crate::context::ContentHash;
use crate::lower::{self, LoweredStep};
use crate::template::{InstructionId, Origin};

/// The inputs of a build. Whatever may hold a variable's value, a command or a file is a fingerprint
/// of a few digits: enough to notice a change, too few to find the value by trying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// What all fingerprints are made with.
    pub salt: Salt,
    /// The image, or `template NAME`.
    pub from: String,
    /// CPUs, memory and disk in MiB, as far as they are asked for.
    pub resources: BTreeMap<Resource, u64>,
    /// The fingerprint of each other field of the requests, by its name in the manifest.
    pub fields: BTreeMap<String, String>,
    /// The variables that are no part of a step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The steps in order.
    pub steps: Vec<StepInputs>,
}

/// What a sandbox gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// Virtual CPUs.
    Cpu,
    /// Memory in MiB.
    Memory,
    /// Free disk space in MiB.
    Disk,
}

/// The inputs of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInputs {
    /// What it does.
    pub kind: StepKind,
    /// The fingerprint of everything but what follows.
    pub shape: String,
    /// The source of a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The fingerprint of the copied files, or of a script that `sbx` made of the variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The fingerprint of each copied file, by its path; `None` if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<BTreeMap<String, String>>,
    /// The fingerprint of the value of each variable that it sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// Copies files.
    Copy,
    /// Runs a command.
    Run,
    /// Sets variables.
    Env,
    /// Sets the user.
    User,
    /// Sets the working directory.
    Workdir,
    /// Makes the variables available in the sandbox; `sbx` adds it.
    Environment,
}

impl StepKind {
    /// The word for it in a manifest.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Run => "run",
            Self::Env => "env",
            Self::User => "user",
            Self::Workdir => "workdir",
            Self::Environment => "environment of the sandbox",
        }
    }
}

/// What stands before the name of a template in [`Inputs::from`].
const TEMPLATE: &str = "template ";

/// The fields of the canonical inputs, by their names there and in the manifest, that are kept as
/// fingerprints.
const FIELDS: [(&str, &str); 6] = [
    ("/start", "start"),
    ("/ready", "ready"),
    ("/preBoot", "pre_boot"),
    ("/template/start_cmd", "start"),
    ("/template/packages", "packages"),
    ("/template/dockerfile", "Dockerfile"),
];

/// The fields that say what a sandbox gets.
const RESOURCES: [(&str, Resource); 6] = [
    ("/cpu", Resource::Cpu),
    ("/memory", Resource::Memory),
    ("/disk", Resource::Disk),
    ("/cpu_count", Resource::Cpu),
    ("/memory_mb", Resource::Memory),
    ("/disk_mb", Resource::Disk),
];

impl Inputs {
    /// The inputs of a plan, without the fingerprints of single files.
    #[must_use]
    pub fn of(plan: &lower::Plan, salt: Salt) -> Self {
        let inputs = plan.inputs();
        let text = |pointer: &str| inputs.pointer(pointer).and_then(Value::as_str);
        let image = text("/image").or_else(|| text("/template/base_image"));
        let template = text("/template").map(|name| format!("{TEMPLATE}{name}"));
        let fields = FIELDS.iter().filter_map(|(pointer, name)| {
            Some(((*name).to_owned(), salt.shape(&inputs.pointer(pointer)?.to_string())))
        });
        let resources = RESOURCES.iter().filter_map(|(pointer, resource)| {
            Some((*resource, inputs.pointer(pointer)?.as_u64()?))
        });
        let variables = inputs.pointer("/template/envs").and_then(Value::as_object);
        let variables = variables.into_iter().flatten();
        Self {
            from: image.map(str::to_owned).or(template).unwrap_or_default(),
            resources: resources.collect(),
            fields: fields.collect(),
            variables: variables
                .map(|(name, value)| (name.clone(), salt.value(&value.to_string())))
                .collect(),
            steps: plan.steps.iter().map(|step| StepInputs::of(step, &salt)).collect(),
            salt,
        }
    }
}

impl Inputs {
    /// The template that it starts from, if it does from one.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        self.from.strip_prefix(TEMPLATE)
    }

    /// Adds the fingerprints of the single files of the copies at `wanted` positions, as far as
    /// `hash` knows them.
    pub fn add_files(
        &mut self,
        plan: &lower::Plan,
        wanted: impl Fn(usize) -> bool,
        hash: impl Fn(&InstructionId) -> Option<BTreeMap<String, ContentHash>>,
    ) {
        let steps = self.steps.iter_mut().enumerate();
        let copies = steps.filter(|(_, step)| step.kind == StepKind::Copy);
        // Both are in the order of the manifest.
        for ((at, step), upload) in copies.zip(&plan.uploads) {
            if !wanted(at) {
                continue;
            }
            let Some(files) = hash(&upload.instruction) else { continue };
            let files = files.into_iter();
            let salt = &self.salt;
            step.files =
                Some(files.map(|(path, hash)| (path, salt.value(hash.as_str()))).collect());
        }
    }
}

impl StepInputs {
    fn of(step: &LoweredStep, salt: &Salt) -> Self {
        let kind = kind(step);
        let args = title::arguments(step);
        let mut inputs = Self {
            kind,
            shape: String::new(),
            source: None,
            content: step.content.as_ref().map(|content| salt.value(content.as_str())),
            files: None,
            variables: BTreeMap::new(),
        };
        let shape = match kind {
            StepKind::Env => {
                let pairs = args.chunks_exact(2);
                inputs.variables =
                    pairs.map(|pair| (pair[0].to_owned(), salt.value(pair[1]))).collect();
                args.iter().step_by(2).copied().collect::<Vec<_>>().join("\n")
            }
            StepKind::Environment => {
                inputs.content = Some(salt.value(&args.join(" ")));
                String::new()
            }
            StepKind::Copy => {
                inputs.source = args.first().map(|source| (*source).to_owned());
                args.join("\n")
            }
            StepKind::Run | StepKind::User | StepKind::Workdir => args.join("\n"),
        };
        inputs.shape = salt.shape(&format!("{}\n{shape}", kind.word()));
        inputs
    }

    /// Whether it is the same step as another one, whatever the content of its files and the values
    /// of its variables.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.shape == other.shape
    }
}

fn kind(step: &LoweredStep) -> StepKind {
    if step.hides_command && matches!(step.origin, Origin::Added { .. }) {
        return StepKind::Environment;
    }
    match step.request["type"].as_str() {
        Some("COPY") => StepKind::Copy,
        Some("ENV") => StepKind::Env,
        Some("USER") => StepKind::User,
        Some("WORKDIR") => StepKind::Workdir,
        _ => StepKind::Run,
    }
}
