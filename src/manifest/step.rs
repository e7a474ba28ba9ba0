//! `steps`: what is done to the base, in order.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{EnvTable, OneOrMany};
use crate::scalar::{Mode, pattern};
use crate::source::{Span, Spanned};

/// One build step: exactly one action, and what modifies it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = one_action)]
pub struct Step {
    /// Action: run shell commands, joined with ` && `, as they are written.
    pub run: Option<Spanned<OneOrMany>>,

    /// Action: copy files of the build context to `to`. Sources are relative to the context and
    /// may be globs (`*`, `?`, `[…]`, `**`); a directory is merged into the target.
    #[schemars(transform = copy_sources)]
    pub copy: Option<Spanned<OneOrMany>>,

    /// Action: install Debian packages, as root.
    pub apt: Option<Spanned<OneOrMany>>,

    /// Action: install Python packages; `"."` installs the project in the working directory.
    pub pip: Option<Spanned<OneOrMany>>,

    /// Action: install Node packages; `true` installs what `package.json` lists.
    pub npm: Option<Spanned<Packages>>,

    /// Action: install packages with Bun; `true` installs what `package.json` lists.
    pub bun: Option<Spanned<Packages>>,

    /// Action: clone the git repository of this URL.
    #[schemars(extend("minLength" = 1))]
    pub git: Option<Spanned<String>>,

    /// Action: create directories, with their parents.
    pub mkdir: Option<Spanned<OneOrMany>>,

    /// Action: remove files, or with `recursive` directories.
    pub remove: Option<Spanned<OneOrMany>>,

    /// Action: rename this path to `to`.
    #[schemars(extend("minLength" = 1))]
    pub rename: Option<Spanned<String>>,

    /// Action: create a symbolic link of this name that points to `target`.
    #[schemars(extend("minLength" = 1))]
    pub symlink: Option<Spanned<String>>,

    /// Action: set variables for the steps that follow, for `start` and `ready`, and for the
    /// running sandbox.
    pub env: Option<Spanned<EnvTable>>,

    /// Action when it stands alone: the user of the steps that follow and of the sandbox. Beside
    /// a shell action: the user of that step only.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED))]
    pub user: Option<Spanned<String>>,

    /// Action: the working directory of the steps that follow and of the sandbox.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED))]
    pub workdir: Option<Spanned<String>>,

    /// Action: pull MCP servers, as root. Needs `from.template = "mcp-gateway"`.
    pub mcp: Option<Spanned<OneOrMany>>,

    /// Action: prebuild the dev container in this directory of the sandbox, as root. Needs
    /// `from.template = "devcontainer"`.
    #[schemars(extend("minLength" = 1))]
    pub devcontainer: Option<Spanned<String>>,

    /// `copy`, `git`, `rename`: where to. For `copy`, a final `/` means the directory that
    /// receives the file; a relative target starts at the working directory.
    #[schemars(extend("minLength" = 1))]
    pub to: Option<Spanned<String>>,

    /// `copy`: who owns the files, `user` or `user:group`. Without it the current user does.
    #[schemars(extend("minLength" = 1, "allOf" = [{ "pattern": pattern::OWNER },
        { "pattern": pattern::SPLICED }], "examples" = ["user", "user:group"]))]
    pub owner: Option<Spanned<String>>,

    /// `copy`, `mkdir`: the permissions. For a copied directory they apply to everything in it.
    pub mode: Option<Spanned<Mode>>,

    /// `copy`: copy the files that symbolic links point to, instead of the links.
    #[schemars(extend("default" = false))]
    pub follow_symlinks: Option<Spanned<bool>>,

    /// `copy`: upload the files even if the platform has them already.
    #[schemars(extend("default" = false))]
    pub force_upload: Option<Spanned<bool>>,

    /// `apt`: also install what the packages recommend.
    #[schemars(extend("default" = true))]
    pub recommends: Option<Spanned<bool>>,

    /// `apt`: go on if a package cannot be fetched.
    #[schemars(extend("default" = false))]
    pub fix_missing: Option<Spanned<bool>>,

    /// `pip` (default true), `npm` and `bun` (default false): install for everybody, as root.
    pub global: Option<Spanned<bool>>,

    /// `npm`, `bun`: save the packages as development dependencies.
    #[schemars(extend("default" = false))]
    pub dev: Option<Spanned<bool>>,

    /// `git`: the branch or tag to check out, and the only one to fetch.
    #[schemars(extend("minLength" = 1))]
    pub branch: Option<Spanned<String>>,

    /// `git`: how many commits of history to fetch.
    #[schemars(extend("minimum" = 1))]
    pub depth: Option<Spanned<u64>>,

    /// `symlink`: what the link points to.
    #[schemars(extend("minLength" = 1))]
    pub target: Option<Spanned<String>>,

    /// `remove`: remove directories and everything in them.
    #[schemars(extend("default" = false))]
    pub recursive: Option<Spanned<bool>>,

    /// `remove`: do not mind what is missing. `rename`, `symlink`: replace what is there.
    #[schemars(extend("default" = false))]
    pub force: Option<Spanned<bool>>,

    /// What progress and logs call the step.
    #[schemars(extend("minLength" = 1))]
    pub label: Option<Spanned<String>>,

    /// Build this step and all after it anew, whatever is cached.
    #[schemars(extend("default" = false))]
    pub no_cache: Option<Spanned<bool>>,

    /// The action's key, when there is exactly one action.
    #[schemars(skip)]
    pub action: Option<Spanned<&'static str>>,
}

/// One action and the keys that may or must stand beside it.
#[derive(Debug, Clone, Copy)]
pub struct ActionSpec {
    /// The action's key.
    pub key: &'static str,
    /// Keys that must stand beside it.
    pub needs: &'static [&'static str],
    /// Keys that may stand beside it.
    pub takes: &'static [&'static str],
}

/// Every action of a step. `label` and `no_cache` go with all of them.
pub const ACTIONS: &[ActionSpec] = &[
    ActionSpec { key: "run", needs: &[], takes: &["user"] },
    ActionSpec {
        key: "copy",
        needs: &["to"],
        takes: &["owner", "mode", "follow_symlinks", "force_upload"],
    },
    ActionSpec { key: "apt", needs: &[], takes: &["recommends", "fix_missing"] },
    ActionSpec { key: "pip", needs: &[], takes: &["global"] },
    ActionSpec { key: "npm", needs: &[], takes: &["global", "dev"] },
    ActionSpec { key: "bun", needs: &[], takes: &["global", "dev"] },
    ActionSpec { key: "git", needs: &[], takes: &["to", "branch", "depth", "user"] },
    ActionSpec { key: "mkdir", needs: &[], takes: &["mode", "user"] },
    ActionSpec { key: "remove", needs: &[], takes: &["recursive", "force", "user"] },
    ActionSpec { key: "rename", needs: &["to"], takes: &["force", "user"] },
    ActionSpec { key: "symlink", needs: &["target"], takes: &["force", "user"] },
    ActionSpec { key: "env", needs: &[], takes: &[] },
    ActionSpec { key: "user", needs: &[], takes: &[] },
    ActionSpec { key: "workdir", needs: &[], takes: &[] },
    ActionSpec { key: "mcp", needs: &[], takes: &[] },
    ActionSpec { key: "devcontainer", needs: &[], takes: &[] },
];

impl ActionSpec {
    /// Whether `key` may stand beside the action.
    #[must_use]
    pub fn allows(&self, key: &str) -> bool {
        self.needs.contains(&key) || self.takes.contains(&key)
    }
}

/// A modifier and the actions it goes with, in the order of [`ACTIONS`].
#[must_use]
pub fn actions_of(modifier: &str) -> Vec<&'static str> {
    ACTIONS.iter().filter(|action| action.allows(modifier)).map(|action| action.key).collect()
}

/// The packages of `npm` and `bun`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packages {
    /// `true`: what `package.json` lists.
    Project,
    /// These.
    Listed(OneOrMany),
}

impl JsonSchema for Packages {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Packages".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array", "boolean"],
            "minLength": 1,
            "minItems": 1,
            "items": { "type": "string", "minLength": 1 },
            "not": { "const": false }
        })
    }
}

/// Says what each source of a copy is, written alone or in an array.
fn copy_sources(schema: &mut Schema) {
    let rules = json!([{ "pattern": pattern::COPY_SOURCE }, { "pattern": pattern::RELATIVE }]);
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        items.insert("allOf".to_owned(), rules.clone());
    }
    schema.insert("allOf".to_owned(), rules);
}

/// Keys that go with every action.
const COMMON: &[&str] = &["label", "no_cache"];

/// Says that there is exactly one action, and which modifiers go with which.
///
/// Each action lists the keys that may stand beside it, so that an editor's complaint names the
/// key that may not, and those that may. Alternatives of whole tables would draw a complaint for
/// each of them.
fn one_action(schema: &mut Schema) {
    let mut rules = serde_json::Map::new();
    for action in ACTIONS {
        let keys = [&[action.key], action.needs, action.takes, COMMON].concat();
        let mut rule = json!({ "propertyNames": { "enum": keys } });
        match action.key {
            // A copy's target is spliced into a script, other targets are not. Without the last
            // line tombi would take the step's other keys for unknown ones.
            "copy" => {
                rule["properties"] = json!({ "to": { "pattern": pattern::SPLICED } });
                rule["additionalProperties"] = true.into();
            }
            "user" => rule["propertyNames"]["enum"] = beside_user().into(),
            _ => {}
        }
        if !action.needs.is_empty() {
            rule["required"] = json!(action.needs);
        }
        rules.insert(action.key.to_owned(), rule);
    }
    schema.insert("dependencies".to_owned(), rules.into());

    schema.insert("minProperties".to_owned(), 1.into());
    // Modifiers alone are no step, and a user is no modifier when it stands alone.
    let mut modifiers = COMMON.to_vec();
    for key in ACTIONS.iter().flat_map(|action| action.needs.iter().chain(action.takes)) {
        if !modifiers.contains(key) {
            modifiers.push(key);
        }
    }
    let alone = [&["user"], COMMON].concat();
    let user = json!({
        "required": ["user"],
        "propertyNames": { "enum": alone }
    });
    let no_action = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "enum": modifiers },
        "not": user
    });
    schema.insert("not".to_owned(), no_action);
}

/// The keys of a step with a user: it stands alone, or modifies one of the shell's actions.
fn beside_user() -> Vec<&'static str> {
    let mut keys = [&["user"], COMMON].concat();
    for action in ACTIONS.iter().filter(|action| action.takes.contains(&"user")) {
        for key in [&[action.key], action.needs, action.takes].concat() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

impl Step {
    /// The place of the action's value, for a diagnostic about the step as a whole.
    #[must_use]
    pub fn action_span(&self) -> Option<Span> {
        self.action.as_ref().map(|action| action.span)
    }

    /// Whether a flag is set; one that is missing is not.
    #[must_use]
    pub fn flag(flag: Option<&Spanned<bool>>) -> bool {
        flag.is_some_and(|flag| flag.value)
    }
}
