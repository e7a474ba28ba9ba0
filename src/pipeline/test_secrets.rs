//! The secrets that the tests of a manifest send to their sandboxes.

use std::collections::BTreeMap;

use super::{Analysis, Secrets};
use crate::diagnostic::Diagnostics;
use crate::host::Host;
use crate::registry::RegistryHost;
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{Test, TestValue};
use crate::trust::{Route, Transfer};

impl Analysis {
    /// What the tests send to the sandboxes of a platform at `host`; `None` if that is no secret.
    #[must_use]
    pub fn test_transfer(&self, host: RegistryHost) -> Option<Transfer> {
        let tests = self.template.tests.iter();
        let transfer = Transfer::to(host, tests.flat_map(secrets));
        Some(transfer).filter(|transfer| !transfer.secrets.is_empty())
    }

    /// The variables of each test, with the values of their secrets.
    ///
    /// # Errors
    /// A secret is not set, or there is no consent to send it.
    pub fn test_variables(
        &self,
        secrets: &Secrets<'_>,
        host: RegistryHost,
    ) -> Result<Vec<BTreeMap<String, String>>, Diagnostics> {
        let route = Route { transfer: self.test_transfer(host), ..self.route() };
        let mut faults = Diagnostics::new();
        let mut value = |value: &TestValue| match value {
            TestValue::Literal(text) => text.value.clone(),
            TestValue::Secret(secret) => secrets.reveal(secret, &route, &mut faults),
        };
        let mut variables = Vec::new();
        for test in &self.template.tests {
            let of_test = test.variables.iter();
            variables.push(
                of_test.map(|variable| (variable.name.clone(), value(&variable.value))).collect(),
            );
        }
        if faults.has_errors() { Err(faults) } else { Ok(variables) }
    }

    /// The faults of secrets of tests that cannot be read on this machine. Nothing is sent.
    #[must_use]
    pub fn unreadable_test_secrets(&self, host: &dyn Host) -> Diagnostics {
        let mut faults = Diagnostics::new();
        for secret in self.template.tests.iter().flat_map(secrets) {
            Secrets::Local(host).reveal(secret, &self.route(), &mut faults);
        }
        faults
    }
}

fn secrets(test: &Test) -> impl Iterator<Item = &Spanned<Secret>> {
    test.variables.iter().filter_map(|variable| match &variable.value {
        TestValue::Secret(secret) => Some(secret),
        TestValue::Literal(_) => None,
    })
}
