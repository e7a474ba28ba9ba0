//! Whether the platforms answer.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::check::{Check, Severity};
use crate::commands::remote::failure;
use crate::commands::resume::retry_policy;
use crate::commands::serve::runtime;
use crate::commands::target::Target;
use crate::commands::{Exit, Failure};
use crate::host::Host;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::{EndpointChoice, LocalChoice, api_key};
use crate::submit;

/// How long a platform may take to answer, with the time for repeated requests.
const LIMIT: Duration = Duration::from_secs(10);

/// Asks each platform whose key can be used for one template of the account: a request that needs the
/// key and changes nothing.
pub(super) fn check(
    local: &LocalChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Check, Failure> {
    // A key that cannot be used is reported with the keys.
    let has_key = |platform: &Platform| {
        let key = platform.facts().access.map(|access| api_key(&access, host));
        matches!(key, Some(Ok(Some(_))))
    };
    let platforms: Vec<_> = Platform::ALL.iter().copied().filter(has_key).collect();
    if platforms.is_empty() {
        return Ok(Check::new("platforms", "Platforms", "none is asked, because no key is set"));
    }
    let runtime = runtime()?;
    let answers = runtime
        .block_on(join_all(platforms.iter().map(|platform| ask(*platform, local, host, printer))));
    // A pending DNS lookup must not delay the exit.
    runtime.shutdown_background();
    let mut check = Check::new("platforms", "Platforms", "");
    let mut answering = Vec::new();
    for (platform, answer) in platforms.iter().zip(answers) {
        let name = platform.name();
        match answer {
            Ok(()) => {
                answering.push(name);
                check.fact(name, name, Some(("answers".to_owned(), json!(true))));
            }
            Err(Failure { message, help, .. }) => {
                check.fact(name, name, Some(("does not answer".to_owned(), json!(false))));
                check.problem(Severity::Unreachable, format!("`{name}`: {message}"), help);
            }
        }
    }
    check.summary = format!("{} of {} answer", answering.len(), platforms.len());
    Ok(check)
}

async fn ask(
    platform: Platform,
    local: &LocalChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), Failure> {
    let target = Target::open(&EndpointChoice::default(), local, platform, host, printer).await?;
    let templates = submit::templates(platform, &target.endpoint, retry_policy(None, host))
        .map_err(|error| failure(&error))?;
    let observer = |_| {};
    let listed = templates.list(Some(1), &observer);
    let listed = tokio::time::timeout(LIMIT, listed).await.map_err(|_| {
        let message = format!("there was no answer within {} s", LIMIT.as_secs());
        Failure::new(Exit::Platform, message)
    })?;
    listed.map(|_| ()).map_err(|error| failure(&error))
}
