//! The parts of an image's configuration that a sandbox may keep.

use schemars::JsonSchema;

/// A part of an image's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Inherit {
    /// Its environment variables, except those that describe the machine, such as `HOME`.
    Env,
    /// Its working directory, unless `workdir` is set.
    Workdir,
    /// Its entry point and command, unless `start` is set. The readiness check is still `ready`.
    Command,
}

impl Inherit {
    /// Every word that `inherit` accepts.
    pub const ALL: [(&'static str, Self); 3] =
        [("env", Self::Env), ("workdir", Self::Workdir), ("command", Self::Command)];
}
