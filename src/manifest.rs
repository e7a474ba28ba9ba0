//! The manifest language as types: the content of a `sandbox.toml` as it is written.
//!
//! The doc comment of a field is its documentation everywhere: in the JSON Schema, in an
//! editor's hover text and in `docs/manifest.md`. `parse` reads a [`Manifest`] and reports text
//! that is not one; `check` reports values that cannot be used; `resolve` turns a manifest without
//! errors into a [`Template`](crate::template::Template).
//!
//! Guarantees after `parse` without errors: required keys are present, a step has exactly one
//! action, `from` exactly one source, and each scalar follows the rules of its type.

mod build_secrets;
mod from;
mod lints;
mod profile;
mod ready;
mod start;
mod step;
mod test;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

pub use build_secrets::BuildSecrets;
pub use from::{Distribution, From, SOURCES};
pub use lints::Lints;
pub use profile::{Profile, ProfileEntry, Profiles};
pub use ready::{PROBES, Probe, Ready};
pub use start::{STARTS, Start};
#[cfg(test)]
pub(crate) use step::examples;
pub use step::{
    Action, ActionKind, AptStep, BunStep, COMMON_KEYS, CopyStep, DevcontainerStep, EnvStep,
    GitStep, McpStep, MkdirStep, NpmStep, Packages, PipStep, RemoveStep, RenameStep, RunStep, Step,
    StepKeys, SymlinkStep, UserStep, WorkdirStep, WriteStep, actions_of,
};
pub use test::{
    Expectation, TEST_ACTIONS, Test, TestAction, TestEnv, TestValue, TestVariable, test_keys_of,
};

use crate::platform::Platform;
use crate::scalar::{RESERVED_TAGS, Size, Text, pattern};
use crate::secrets::{Literal, Secret};
use crate::source::{Span, Spanned};

/// The edition of the language that this compiler reads.
pub const EDITION: u64 = 1;

/// A sandbox template: its base image, build steps, environment, start command and readiness
/// check.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(title = "sandbox.toml", deny_unknown_fields)]
#[schemars(extend("required" = ["name", "from"], "dependencies" = { "sudo": ["user"] }))]
pub struct Manifest {
    /// The edition of the manifest language. Only `1` exists; a later edition needs a newer `sbx`.
    #[schemars(extend("const" = 1, "default" = 1))]
    pub edition: Option<Spanned<u64>>,

    /// The name of the template: `name` or `namespace/name`, each part of lower-case letters,
    /// digits, `-` and `_`. It is the same for all builds; label a build with `tags`.
    #[schemars(extend("pattern" = "^[a-z0-9_-]+(/[a-z0-9_-]+)?$", "maxLength" = 128,
        "examples" = ["agent-runtime", "my-team/agent-runtime"]))]
    pub name: Option<Spanned<String>>,

    /// Labels of this build, such as `"v1.0.0"` or `"latest"`; `--tag` adds more. Include
    /// `"default"` if the untagged name should resolve to this build. `sbx` itself uses tags that
    /// begin with `sbx-`. `{env:NAME}` is a variable of the environment, in lower case, as in
    /// `"pr-{env:PR_NUMBER}"`: commands that use the tags expand it, `sbx check` and `sbx compile`
    /// do not.
    #[schemars(extend("uniqueItems" = true, "examples" = [["v1.0.0", "latest", "default"]]))]
    #[schemars(inner(regex(pattern = r"^([a-z0-9_.-]|\{env:[A-Za-z_][A-Za-z0-9_]*\})+$")), transform = no_uuid_or_reserved)]
    pub tags: Option<Vec<Spanned<String>>>,

    /// Whether other teams can start sandboxes from the template. `sbx apply` makes it public or
    /// private, and `sbx verify` checks it; without the key, neither does. Ignored on `declaw`.
    pub public: Option<Spanned<bool>>,

    /// The platform to build on. `--platform` and `SBX_PLATFORM` override it.
    #[schemars(extend("default" = "novita"))]
    pub platform: Option<Spanned<Platform>>,

    /// The build context: the directory that `copy` sources are relative to. The path is relative
    /// to the manifest and may leave its directory, as in `"../.."` in a monorepo.
    #[schemars(extend("default" = ".", "minLength" = 1))]
    pub context: Option<Spanned<String>>,

    /// Files of the build context to exclude, as patterns in `.dockerignore` syntax. They are
    /// applied after those of the context's `.dockerignore`, or of `NAME.dockerignore` beside the
    /// Dockerfile `NAME` if that exists, and override them.
    #[schemars(inner(length(min = 1)), extend("examples" = [["**/__pycache__", "*.log", "!keep.log"]]))]
    pub ignore: Option<Vec<Spanned<String>>>,

    /// The base image: an image reference, or a table with exactly one source.
    pub from: Option<Spanned<From>>,

    /// The CPUs, memory and disk of a sandbox.
    pub resources: Option<Spanned<Resources>>,

    /// Environment variables of the steps, of `start` and `ready`, and of the sandbox. `$NAME` and
    /// `${NAME}` refer to other variables, `$$` is a dollar sign. A value with a line break or a
    /// `#` is set in login shells of the sandbox, but not in processes that get their variables
    /// from PAM.
    pub env: Option<Spanned<EnvTable>>,

    /// Environment variables of the steps only, like `ARG` in a Dockerfile. Do not put secrets
    /// here: the platform keeps the values with the build.
    pub build_env: Option<Spanned<EnvTable>>,

    /// The user of the steps and of the sandbox; a `user` step changes it for what follows. A user
    /// that does not exist is created, and may use `sudo` only if `sudo` is set.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED_VALUE,
        "examples" = ["user", "root"]))]
    pub user: Option<Spanned<String>>,

    /// Whether `user` may use `sudo` without a password; on `e2b` only. The platform's own user,
    /// `user`, may use it anyway.
    #[schemars(extend("default" = false))]
    pub sudo: Option<Spanned<bool>>,

    /// The working directory of the steps and of the sandbox; a `workdir` step changes it for what
    /// follows. A directory that does not exist is created.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED_VALUE,
        "examples" = ["/home/user/app"]))]
    pub workdir: Option<Spanned<String>>,

    /// The build steps, in order. Each has exactly one action.
    pub steps: Option<Vec<Spanned<Step>>>,

    /// The start command. It is started once, at the end of the build; every sandbox is created
    /// from a snapshot in which it is running.
    pub start: Option<Spanned<Start>>,

    /// The readiness check of the start command: a command that exits with 0 when it is ready, or
    /// a table with exactly one probe. Without it the platform waits for a fixed 20 seconds.
    pub ready: Option<Spanned<Ready>>,

    /// The tests of the finished template, for `sbx test`.
    pub tests: Option<Vec<Spanned<Test>>>,

    /// Variants of the template, such as one for each stage: each is a table of the keys that differ.
    pub profiles: Option<Spanned<Profiles>>,

    /// Settings of the platform `novita`.
    pub novita: Option<Spanned<Novita>>,

    /// Lint levels: which warnings are reported, and which stop the build.
    pub lints: Option<Spanned<Lints>>,
}

/// Makes a table's schema accept a string too, and in the table exactly one of `keys`, together
/// with those in `beside`.
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

/// Excludes UUIDs from the items, which servers would read as the ID of a build, tags of `sbx`, and
/// tags whose text is too long without the values of variables.
fn no_uuid_or_reserved(schema: &mut Schema) {
    let items = schema.get_mut("items").and_then(serde_json::Value::as_object_mut);
    let refused = format!("{}|^{RESERVED_TAGS}|^[^{{]{{129}}", pattern::UUID);
    items.map(|items| items.insert("not".to_owned(), json!({ "pattern": refused })));
}

/// The resources of a sandbox. Each platform has its own limits and defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resources {
    /// The number of virtual CPUs: 1, or an even number.
    #[schemars(extend("minimum" = 1, "examples" = [1, 2, 4]))]
    pub cpu: Option<Spanned<u64>>,

    /// The memory, in MiB or with a unit.
    pub memory: Option<Spanned<Size>>,

    /// The free disk space after the build, in MiB or with a unit. Ignored on `novita` and `local`.
    pub disk: Option<Spanned<Size>>,
}

/// Settings of the platform `novita`.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Novita {
    /// A command that runs on the base image before its first boot. Conflicts with
    /// `from.template`.
    #[schemars(extend("minLength" = 1))]
    pub pre_boot: Option<Spanned<String>>,
}

/// A table of variables, in source order.
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
    /// Its value; an integer or a boolean as it is written in TOML.
    pub value: Spanned<Text>,
}

impl JsonSchema for EnvTable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variables".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Environment variables by name. A value is a string, an integer or a boolean; `$NAME` and `${NAME}` refer to other variables, `$$` is a dollar sign.",
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
    /// The strings without their spans.
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
    "public",
    "platform",
    "context",
    "ignore",
    "from",
    "resources",
    "env",
    "build_env",
    "user",
    "sudo",
    "workdir",
    "steps",
    "start",
    "ready",
    "tests",
    "profiles",
    "novita",
    "lints",
];

impl Manifest {
    /// The steps; empty if the key is missing.
    #[must_use]
    pub fn steps(&self) -> &[Spanned<Step>] {
        self.steps.as_deref().unwrap_or_default()
    }

    /// The tests; empty if the key is missing.
    #[must_use]
    pub fn tests(&self) -> &[Spanned<Test>] {
        self.tests.as_deref().unwrap_or_default()
    }

    /// Every secret of the manifest: of the image's registry, of its build, and of the tests.
    pub fn secrets(&self) -> impl Iterator<Item = &Spanned<Secret>> {
        let auth = self.from.iter().filter_map(|from| from.value.auth.as_ref());
        let build = self.from.iter().filter_map(|from| from.value.secrets.as_ref());
        let build = build.flat_map(|secrets| secrets.value.entries.iter().map(|(_, it)| it));
        let tests = self.tests().iter().flat_map(|test| test.value.secrets());
        auth.flat_map(|auth| auth.value.secrets()).chain(build).chain(tests)
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

    /// Every owner of files among the actions.
    pub fn owners(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.actions().filter_map(|action| match action {
            Action::Copy(copy) => copy.owner.as_ref(),
            Action::Write(write) => write.owner.as_ref(),
            _ => None,
        })
    }

    /// Every table of variables, with the key that it is the value of.
    pub fn env_tables(&self) -> impl Iterator<Item = (&'static str, &Spanned<EnvTable>)> {
        let steps = self.actions().filter_map(|action| match action {
            Action::Env(env) => Some(&env.variables),
            _ => None,
        });
        (self.build_env.iter().map(|table| ("build_env", table)))
            .chain(self.env.iter().map(|table| ("env", table)))
            .chain(steps.map(|table| ("env", table)))
    }

    /// The secrets that are written out instead of referred to, those of every profile included.
    #[must_use]
    pub fn secret_literals(&self) -> Vec<Literal> {
        let profiles = self.profiles.iter().flat_map(|profiles| &profiles.value.entries);
        let of_profiles = profiles.filter_map(|entry| entry.profile.from.as_ref());
        let auth = self.from.iter().chain(of_profiles);
        let auth = auth.filter_map(|from| from.value.auth.as_ref());
        let secrets = auth.map(|auth| auth.value.secret());
        let literals = secrets.filter_map(|secret| match &secret.value {
            Secret::Plain(text) => Some(Literal { span: secret.span, text: text.clone() }),
            Secret::Env(_) | Secret::File(_) => None,
        });
        literals.collect()
    }

    /// Every user that the manifest names.
    pub fn users(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.user.iter().chain(self.actions().filter_map(Action::user))
    }

    /// Every working directory that the manifest names.
    pub fn workdirs(&self) -> impl Iterator<Item = &Spanned<String>> {
        let steps = self.actions().filter_map(|action| match action {
            Action::Workdir(workdir) => Some(&workdir.path),
            _ => None,
        });
        self.workdir.iter().chain(steps)
    }
}

/// The span of a list, from its first item to its last.
#[must_use]
pub fn list_span(items: &[Spanned<String>]) -> Option<Span> {
    let (first, last) = (items.first()?, items.last()?);
    Some(Span { end: last.span.end, ..first.span })
}
