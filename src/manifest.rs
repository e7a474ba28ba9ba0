//! The language as types: what `sandbox.toml` may say, before anything is made of it.
//!
//! The doc comment of a field is its documentation everywhere: in the JSON Schema, in an
//! editor's hover text and in `docs/manifest.md`. `parse` makes a [`Manifest`] and reports what
//! it could not make of the text; `check` reports what a value means wrongly; `resolve` turns a
//! manifest without errors into a [`Template`](crate::template::Template).
//!
//! Guarantees after `parse` without errors: required keys are there, a step has exactly one
//! action, `from` exactly one source, and each scalar is within its own rules.

mod from;
mod lints;
mod run;
mod step;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

pub use from::{Auth, AuthType, Distribution, From, Inherit, SOURCES};
pub use lints::Lints;
pub use run::{PROBES, Ready, STARTS, Start};
pub use step::{
    Action, ActionKind, AptStep, BunStep, COMMON_KEYS, CopyStep, DevcontainerStep, EnvStep,
    GitStep, McpStep, MkdirStep, NpmStep, Packages, PipStep, RemoveStep, RenameStep, RunStep, Step,
    StepKeys, SymlinkStep, UserStep, WorkdirStep, actions_of,
};

use crate::platform::Platform;
use crate::scalar::{Size, Text, pattern};
use crate::secrets::{Literal, Secret};
use crate::source::{Span, Spanned};

/// The edition of the language that this compiler reads.
pub const EDITION: u64 = 1;

/// A sandbox template: its base image, build steps, environment, start command and readiness
/// check.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(title = "sandbox.toml", deny_unknown_fields)]
#[schemars(extend("required" = ["name", "from"]))]
pub struct Manifest {
    /// The edition of the language that the manifest is written in. Only `1` exists; a manifest
    /// of a later edition asks for a newer `sbx`.
    #[schemars(extend("const" = 1, "default" = 1))]
    pub edition: Option<Spanned<u64>>,

    /// The identity of the template family: `name` or `namespace/name`, each part of lower-case
    /// letters, digits, `-` and `_`. Keep it stable; label builds with `tags`.
    #[schemars(extend("pattern" = "^[a-z0-9_-]+(/[a-z0-9_-]+)?$", "maxLength" = 128,
        "examples" = ["agent-runtime", "my-team/agent-runtime"]))]
    pub name: Option<Spanned<String>>,

    /// Labels of this build, such as `"v1.0.0"` or `"latest"`; `--tag` adds to them. List
    /// `"default"` as well if sandboxes that are created from the bare name shall get this build.
    #[schemars(extend("uniqueItems" = true, "examples" = [["v1.0.0", "latest", "default"]]))]
    #[schemars(inner(regex(pattern = r"^[a-z0-9_.-]+$"), length(max = 128)), transform = no_uuid)]
    pub tags: Option<Vec<Spanned<String>>>,

    /// The platform that `sbx` submits the template to. `--platform` and `SBX_PLATFORM` win over
    /// this key.
    #[schemars(extend("default" = "novita"))]
    pub platform: Option<Spanned<Platform>>,

    /// The directory that `copy` sources are relative to (the build context), relative to the
    /// manifest. It may climb, as in `"../.."`, for a monorepo.
    #[schemars(extend("default" = ".", "minLength" = 1))]
    pub context: Option<Spanned<String>>,

    /// Files of the context that are never copied: patterns in `.dockerignore` syntax, applied
    /// after the context's `.dockerignore`, so that they win.
    #[schemars(inner(length(min = 1)), extend("examples" = [["**/__pycache__", "*.log", "!keep.log"]]))]
    pub ignore: Option<Vec<Spanned<String>>>,

    /// The source environment: an image reference, or a table with exactly one source.
    pub from: Option<Spanned<From>>,

    /// What a sandbox gets, as the platform understands it.
    pub resources: Option<Spanned<Resources>>,

    /// Variables that are seen by the steps that follow, by `start` and `ready`, and by the
    /// running sandbox. `$NAME` and `${NAME}` refer to other variables, `$$` is a dollar sign. A
    /// value with a line break or a `#` reaches the sandbox's login shells, but no process that
    /// has its variables from PAM.
    pub env: Option<Spanned<EnvTable>>,

    /// Variables that are seen by the steps only, like Docker's ARG. They are not secret: a step
    /// may leave them in the image.
    pub build_env: Option<Spanned<EnvTable>>,

    /// The user of the steps that follow and of the sandbox; the last one that is set wins. One
    /// that is missing is created, without `sudo`.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED,
        "examples" = ["user", "root"]))]
    pub user: Option<Spanned<String>>,

    /// The working directory of the steps that follow and of the sandbox; the last one that is
    /// set wins. It is created if it is missing.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED,
        "examples" = ["/home/user/app"]))]
    pub workdir: Option<Spanned<String>>,

    /// The build steps, in order. Each has exactly one action.
    pub steps: Option<Vec<Spanned<Step>>>,

    /// The command that is running when a sandbox starts. It is started once, at the end of the
    /// build; sandboxes begin from a snapshot of its running state.
    pub start: Option<Spanned<Start>>,

    /// When the start command counts as healthy: a command that exits 0, or a table with exactly
    /// one probe. Without it the platforms wait for a blind 20 seconds.
    pub ready: Option<Spanned<Ready>>,

    /// What only Novita has.
    pub novita: Option<Spanned<Novita>>,

    /// What becomes of warnings, by their codes.
    pub lints: Option<Spanned<Lints>>,
}

/// Lets a table's schema take a string as well, and of the table exactly one of `keys`, with what
/// may stand `beside` it.
fn or_string(schema: &mut Schema, keys: &[&str], beside: &[&str]) {
    schema.insert("type".to_owned(), json!(["string", "object"]));
    schema.insert("minLength".to_owned(), 1.into());
    schema.insert("minProperties".to_owned(), 1.into());
    let rules = keys.iter().map(|key| {
        let together = [&[*key], beside].concat();
        let rule = json!({ "propertyNames": { "enum": together } });
        ((*key).to_owned(), rule)
    });
    let rules: serde_json::Map<_, _> = rules.collect();
    schema.insert("dependencies".to_owned(), rules.into());
}

/// Says that an item is none of what servers read as a build's ID.
fn no_uuid(schema: &mut Schema) {
    let items = schema.get_mut("items").and_then(serde_json::Value::as_object_mut);
    items.map(|items| items.insert("not".to_owned(), json!({ "pattern": pattern::UUID })));
}

/// What a sandbox gets, as the platform understands it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resources {
    /// Virtual CPUs. Platforms take 1 or an even number.
    #[schemars(extend("minimum" = 1, "examples" = [1, 2, 4]))]
    pub cpu: Option<Spanned<u64>>,

    /// Memory: MiB, or a string with its unit.
    pub memory: Option<Spanned<Size>>,

    /// Free disk space after the build: MiB, or a string with its unit. Novita has no such field.
    pub disk: Option<Spanned<Size>>,
}

/// What only Novita has.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Novita {
    /// A command that is run on the base image before its first boot. Not with `from.template`.
    #[schemars(extend("minLength" = 1))]
    pub pre_boot: Option<Spanned<String>>,
}

/// A table of variables, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvTable {
    /// The variables.
    pub entries: Vec<EnvEntry>,
}

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value; an integer or a boolean as TOML writes it.
    pub value: Spanned<Text>,
}

impl JsonSchema for EnvTable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variables".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Variables by name. A value is a string, an integer or a boolean; `$NAME` and `${NAME}` refer to other variables, `$$` is a dollar sign.",
            "type": "object",
            "propertyNames": { "pattern": pattern::ENV_NAME },
            "additionalProperties": {
                "type": ["string", "integer", "boolean"],
                "pattern": pattern::ENV_VALUE
            },
            "x-tombi-additional-key-label": "NAME"
        })
    }
}

/// A string, or a non-empty array of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OneOrMany {
    /// The strings, at least one.
    pub items: Vec<Spanned<String>>,
}

impl OneOrMany {
    /// The strings alone.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| item.value.as_str())
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // One schema with two types instead of two alternatives: what an editor says about a
        // wrong value then names the value, not the alternatives that it failed.
        json_schema!({
            "type": ["string", "array"],
            "minLength": 1,
            "minItems": 1,
            "items": { "type": "string", "minLength": 1 }
        })
    }
}

/// The keys of the top level, for did-you-mean and `key-in-env-table`.
pub const TOP_LEVEL_KEYS: &[&str] = &[
    "edition",
    "name",
    "tags",
    "platform",
    "context",
    "ignore",
    "from",
    "resources",
    "env",
    "build_env",
    "user",
    "workdir",
    "steps",
    "start",
    "ready",
    "novita",
    "lints",
];

impl Manifest {
    /// The steps, none if the key is missing.
    #[must_use]
    pub fn steps(&self) -> &[Spanned<Step>] {
        self.steps.as_deref().unwrap_or_default()
    }

    /// Every action that is written in a step, those that `parse` rejected included.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.steps().iter().flat_map(|step| step.value.actions())
    }

    /// Every copy among the actions.
    pub fn copies(&self) -> impl Iterator<Item = &CopyStep> {
        self.actions().filter_map(|action| match action {
            Action::Copy(copy) => Some(copy),
            _ => None,
        })
    }

    /// Every table of variables with its place and the key it stands under.
    pub fn env_tables(&self) -> impl Iterator<Item = (&'static str, &Spanned<EnvTable>)> {
        let steps = self.actions().filter_map(|action| match action {
            Action::Env(env) => Some(&env.variables),
            _ => None,
        });
        (self.build_env.iter().map(|table| ("build_env", table)))
            .chain(self.env.iter().map(|table| ("env", table)))
            .chain(steps.map(|table| ("env", table)))
    }

    /// The secrets that are written out instead of referred to.
    #[must_use]
    pub fn secret_literals(&self) -> Vec<Literal> {
        let auth = self.from.iter().filter_map(|from| from.value.auth.as_ref());
        let secrets = auth.flat_map(|auth| auth.value.secrets());
        let literals = secrets.filter_map(|secret| match &secret.value {
            Secret::Plain(text) => Some(Literal { span: secret.span, text: text.clone() }),
            Secret::Env(_) | Secret::File(_) => None,
        });
        literals.collect()
    }

    /// Every place where a user is named.
    pub fn users(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.user.iter().chain(self.actions().filter_map(Action::user))
    }

    /// Every place where a working directory is named.
    pub fn workdirs(&self) -> impl Iterator<Item = &Spanned<String>> {
        let steps = self.actions().filter_map(|action| match action {
            Action::Workdir(workdir) => Some(&workdir.path),
            _ => None,
        });
        self.workdir.iter().chain(steps)
    }
}

/// The place of a list: from its first value to its last.
#[must_use]
pub fn list_span(items: &[Spanned<String>]) -> Option<Span> {
    let (first, last) = (items.first()?, items.last()?);
    Some(Span { end: last.span.end, ..first.span })
}
