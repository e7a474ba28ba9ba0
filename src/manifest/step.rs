//! `steps`: the build steps.
//!
//! A step is written as one flat table, which [`StepKeys`] describes for `parse` and for editors.
//! What the keys mean together is an [`Action`]: the table in `action` says which keys each action
//! needs and takes, and its types hold just those.

mod action;
#[cfg(test)]
pub(crate) mod examples;
mod keys;
mod schema;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub use action::{
    Action, ActionKind, AptStep, BunStep, CopyStep, DevcontainerStep, EnvStep, GitStep, McpStep,
    MkdirStep, NpmStep, PipStep, RemoveStep, RenameStep, RunStep, SymlinkStep, UserStep,
    WorkdirStep, WriteStep, actions_of,
};
pub use keys::{COMMON_KEYS, StepKeys};

use super::OneOrMany;
use crate::source::Spanned;

/// One build step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What the step does. `None` only if `parse` reported that the step has no action, several,
    /// or one that lacks a key.
    pub action: Option<Action>,
    /// Actions that are written in the step and are not its `action`, which `parse` reported as
    /// well. Rules on single values check them too, but they are not lowered.
    pub rejected: Vec<Action>,
    /// The name of the step in progress output and logs.
    pub label: Option<Spanned<String>>,
    /// Whether the step and all after it are built without the cache.
    pub no_cache: Option<Spanned<bool>>,
}

impl Step {
    /// Every action that is written in the step.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.action.iter().chain(&self.rejected)
    }
}

/// Editors know the keys; that they make an action is the compiler's view.
impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        StepKeys::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        StepKeys::json_schema(generator)
    }
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

    fn schema_name() -> Cow<'static, str> {
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
