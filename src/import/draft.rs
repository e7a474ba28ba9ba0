//! A manifest that is about to be written.

use crate::scalar::Mode;

/// The keys of a new manifest. An empty list or `None` leaves a key out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The lines of the comment at the beginning.
    pub comments: Vec<String>,
    /// The name of the template.
    pub name: String,
    /// The tags of the build.
    pub tags: Vec<String>,
    /// The build context, relative to the manifest; `None` is its directory.
    pub context: Option<String>,
    /// The patterns of files to exclude.
    pub ignore: Vec<String>,
    /// The user of the steps.
    pub user: Option<String>,
    /// The working directory of the steps.
    pub workdir: Option<String>,
    /// The base.
    pub from: From,
    /// The number of virtual CPUs.
    pub cpu: Option<u64>,
    /// The memory in MiB.
    pub memory_mib: Option<u64>,
    /// The variables of the steps.
    pub build_env: Vec<Variable>,
    /// The variables of the steps and of the sandbox.
    pub env: Vec<Variable>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The start command.
    pub start: Option<String>,
    /// The readiness check.
    pub ready: Option<Ready>,
    /// The command of `novita.pre_boot`.
    pub pre_boot: Option<String>,
    /// The lines of the comment above the readiness check.
    pub ready_comments: Vec<String>,
}

/// The base of a draft: the keys of `from`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct From {
    /// The keys of the table in order.
    pub entries: Vec<(&'static str, Value)>,
    /// Comments directly above the first key.
    pub comments: Vec<String>,
    /// The keys of `from.auth`.
    pub auth: Vec<(&'static str, Value)>,
}

impl From {
    /// A base with one key.
    #[must_use]
    pub fn of(key: &'static str, value: impl Into<String>) -> Self {
        Self { entries: vec![(key, Value::Text(value.into()))], ..Self::default() }
    }
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An array of strings; one of a single string is written as that string.
    List(Vec<String>),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Number(u64),
    /// Permissions, in octal digits.
    Mode(Mode),
    /// A table of variables.
    Variables(Vec<Variable>),
    /// A secret of an environment variable.
    SecretOf(String),
}

/// A variable. `$` in its value refers to others, `$$` is a dollar sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value as the manifest writes it.
    pub value: String,
    /// The lines of the comment above it.
    pub comments: Vec<String>,
}

/// A step: its keys in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The lines of the comment above it.
    pub comments: Vec<String>,
    /// Comments that must be directly above the first key, because they silence a warning there.
    pub allows: Vec<String>,
    /// The keys; the first one is the action.
    pub entries: Vec<(&'static str, Value)>,
}

impl Step {
    /// A step of an action alone.
    #[must_use]
    pub fn of(action: &'static str, value: Value) -> Self {
        Self { entries: vec![(action, value)], ..Self::default() }
    }

    /// With another key.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Self {
        self.entries.push((key, value));
        self
    }

    /// With another key, if `condition` holds.
    #[must_use]
    pub fn when(self, condition: bool, key: &'static str, value: Value) -> Self {
        if condition { self.with(key, value) } else { self }
    }

    /// A step with a text.
    #[must_use]
    pub fn text(action: &'static str, value: impl Into<String>) -> Self {
        Self::of(action, Value::Text(value.into()))
    }
}

/// A readiness check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// A command.
    Command(String),
    /// A URL and its status, if that is not 200.
    Url(String, Option<u64>),
    /// A port.
    Port(u64),
    /// The name of a process.
    Process(String),
    /// A file.
    File(String),
    /// Seconds.
    Wait(u64),
}
