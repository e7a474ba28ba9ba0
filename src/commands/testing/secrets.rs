//! Where the secrets of tests go, and their values.

use std::collections::BTreeMap;

use crate::commands::target::LOCAL_URL;
use crate::commands::{Exit, Failure};
use crate::diagnostic::Diagnostics;
use crate::host::Host;
use crate::pipeline::{Analysis, Secrets};
use crate::platform::Platform;
use crate::registry::{RegistryHost, is_local};
use crate::settings::EndpointChoice;
use crate::trust::Consent;

/// The host that is meant where the local platform is in this process, or on this machine.
const LOCALHOST: &str = "localhost";

/// The host that gets what a sandbox gets: that of the platform's API. The local platform is
/// `localhost`, whatever its port is.
pub(in crate::commands) fn destination(
    platform: Platform,
    choice: &EndpointChoice,
    host: &dyn Host,
) -> Result<RegistryHost, Failure> {
    let url = if let Some(access) = platform.facts().access {
        Some(choice.api_url(&access, host)?)
    } else {
        let running = host.variable(LOCAL_URL).and_then(|url| url.parse().ok());
        choice.api_url.clone().or(running).filter(|url| !is_local(url))
    };
    let found = url.as_ref().and_then(RegistryHost::of).or_else(|| RegistryHost::parse(LOCALHOST));
    found.ok_or_else(|| Failure::new(Exit::Usage, "the platform's URL has no host"))
}

/// The variables of each test, with the values of the secrets that a person agreed to send.
pub(in crate::commands) fn variables(
    analysis: &Analysis,
    destination: RegistryHost,
    host: &dyn Host,
    consent: &Consent,
) -> Result<Vec<BTreeMap<String, String>>, Diagnostics> {
    analysis.test_variables(&Secrets::Sent { host, consent }, destination)
}
