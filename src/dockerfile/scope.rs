//! The variables that the instructions have set so far.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::expand::{Lookup, Value};
use crate::scalar::Text;

/// The largest number of bytes from expanded references in total: a Dockerfile of a megabyte could
/// otherwise expand to gigabytes.
const MOST_FILLED_IN: usize = 16 * 1024 * 1024;

/// The build arguments that Docker predefines for the platform. Sandboxes are always linux/amd64.
const PREDEFINED: &[(&str, &str)] = &[
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
];

/// The build arguments that Docker takes from its own environment, in upper case.
const PROXIES: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/// Whether a builder gives a build argument its value, without a default and an option.
pub(super) fn is_given_by_builders(name: &str) -> bool {
    PREDEFINED.iter().any(|(known, _)| *known == name)
        || PROXIES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The variables in scope.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// The values that the manifest sets for `ARG`s.
    given: &'a BTreeMap<String, Text>,
    /// `ARG`s before `FROM`, visible in `FROM` and where a stage declares them again.
    globals: BTreeMap<String, Option<Text>>,
    /// Whether `FROM` was reached.
    in_stage: bool,
    args: BTreeMap<String, Option<Text>>,
    env: BTreeMap<String, Text>,
    filled_in: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(given: &'a BTreeMap<String, Text>) -> Self {
        let predefined = PREDEFINED
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some(Text::literal(value))))
            .collect();
        Self {
            given,
            globals: predefined,
            in_stage: false,
            args: BTreeMap::new(),
            env: BTreeMap::new(),
            filled_in: Cell::new(0),
        }
    }

    /// Enters the scope of the stage.
    pub(super) const fn enter_stage(&mut self) {
        self.in_stage = true;
    }

    /// The value that the manifest sets for an `ARG`.
    pub(super) fn given(&self, name: &str) -> Option<&'a Text> {
        self.given.get(name)
    }

    /// The value of an `ARG` without a default.
    pub(super) fn global(&self, name: &str) -> Option<Text> {
        self.globals.get(name).cloned().flatten()
    }

    /// Declares an `ARG`. Declared again without a value, it keeps the one that it has.
    pub(super) fn declare(&mut self, name: String, value: Option<Text>) {
        let variables = if self.in_stage { &mut self.args } else { &mut self.globals };
        let declared = variables.entry(name).or_default();
        if value.is_some() {
            *declared = value;
        }
    }

    /// Whether `ENV` set the variable, which `ARG` cannot change.
    pub(super) fn is_env(&self, name: &str) -> bool {
        self.env.contains_key(name)
    }

    /// Sets a variable by `ENV`.
    pub(super) fn set(&mut self, name: String, value: Text) {
        self.env.insert(name, value);
    }

    /// The number of names in scope.
    pub(super) fn len(&self) -> usize {
        self.globals.len() + self.args.len() + self.env.len()
    }

    /// The names in scope.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let globals = self.globals.keys().filter(|_| !self.in_stage);
        globals.chain(self.args.keys()).chain(self.env.keys()).map(String::as_str)
    }

    /// The variables that have a value at the end.
    pub(super) fn into_variables(self) -> BTreeMap<String, Text> {
        let args = self.args.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut variables: BTreeMap<_, _> = args.collect();
        variables.extend(self.env);
        variables
    }
}

impl Lookup for Scope<'_> {
    fn value(&self, name: &str) -> Value<'_> {
        if let Some(value) = self.env.get(name) {
            return Value::Known(value);
        }
        let declared = if self.in_stage { &self.args } else { &self.globals };
        match declared.get(name) {
            Some(Some(value)) => Value::Known(value),
            Some(None) => Value::Unset,
            None => Value::Unknown,
        }
    }

    fn spend(&self, bytes: usize) -> bool {
        self.filled_in.set(self.filled_in.get().saturating_add(bytes));
        self.filled_in.get() <= MOST_FILLED_IN
    }
}
