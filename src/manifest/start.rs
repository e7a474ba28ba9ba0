//! `start`: the start command.

use schemars::{JsonSchema, Schema};

use super::or_string;
use crate::source::Spanned;

/// The start command: exactly one of these keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = exactly_one_start)]
pub struct Start {
    /// A shell command that keeps running.
    #[schemars(extend("minLength" = 1))]
    pub cmd: Option<Spanned<String>>,

    /// The directory in the sandbox of a dev container to start. Needs
    /// `from.template = "devcontainer"`.
    #[schemars(extend("minLength" = 1))]
    pub devcontainer: Option<Spanned<String>>,
}

/// The forms of `start`.
pub const STARTS: &[&str] = &["cmd", "devcontainer"];

fn exactly_one_start(schema: &mut Schema) {
    or_string(schema, STARTS, &[]);
}
