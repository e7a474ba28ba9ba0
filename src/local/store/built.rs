//! What an engine has built: the stored results of steps and of whole builds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the steps have set for the commands after them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local) struct Context {
    pub(in crate::local) user: String,
    /// The working directory; without one, the home directory of the user who runs a command.
    pub(in crate::local) workdir: Option<String>,
    pub(in crate::local) variables: BTreeMap<String, String>,
}

impl Context {
    /// That of the platform's own scripts: root in `/`, without a variable of the template.
    pub(in crate::local) fn of_machine() -> Self {
        let (user, workdir) = ("root".to_owned(), Some("/".to_owned()));
        Self { user, workdir, variables: BTreeMap::new() }
    }
}

/// The command that a template starts, and its check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local) struct Start {
    pub(in crate::local) command: Option<String>,
    pub(in crate::local) ready: Option<String>,
    /// What both run with: the context of the build that set them.
    pub(in crate::local) context: Context,
}

/// The result of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local) struct Built {
    /// The engine that holds the image, such as `docker`.
    pub(in crate::local) engine: String,
    /// The image, by its name.
    pub(in crate::local) image: String,
    pub(in crate::local) context: Context,
    pub(in crate::local) start: Option<Start>,
}

/// The cached result of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local) struct Layer {
    pub(in crate::local) key: String,
    /// The image with its files, which is that of an earlier step if this one changed none.
    pub(in crate::local) image: String,
    /// The number of layers of the image.
    pub(in crate::local) depth: usize,
    pub(in crate::local) context: Context,
}
