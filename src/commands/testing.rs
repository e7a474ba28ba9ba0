//! The tests of a manifest, run in a sandbox of a build.

mod runner;
mod secrets;

use std::collections::BTreeMap;

use crate::sandbox::Environment;
use crate::template::Test;
use crate::wire::e2b::Sensitive;

pub(super) use runner::run_all;
pub(super) use secrets::{destination, variables};

/// The tests of a manifest, with what they need to run.
#[derive(Debug)]
pub(super) struct Tests<'a> {
    tests: &'a [Test],
    /// The variables of each.
    environments: Vec<Environment>,
}

impl<'a> Tests<'a> {
    /// The tests with the variables of each, in their order.
    pub(super) fn new(tests: &'a [Test], variables: Vec<BTreeMap<String, String>>) -> Self {
        let environments = variables.into_iter().map(|of_test| {
            of_test.into_iter().map(|(name, value)| (name, Sensitive(value))).collect()
        });
        Self { tests, environments: environments.collect() }
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.tests.len()
    }

    fn iter(&self) -> impl Iterator<Item = (&'a Test, &Environment)> {
        self.tests.iter().zip(&self.environments)
    }
}
