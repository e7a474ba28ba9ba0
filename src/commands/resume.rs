//! Waiting for a build until a deadline or Ctrl-C, and the command that returns to it.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::Exit;
use super::signals::asked_to_end;
use super::target::shown;
use crate::host::Host;
use crate::platform::Platform;
use crate::scalar::shell::quote;
use crate::settings::EndpointChoice;
use crate::submit::{Build, RetryPolicy};

/// The variable by which tests shorten every wait for a platform. It is not a setting: more
/// frequent requests do not make a build faster.
const RETRY_SCALE: &str = "SBX_RETRY_SCALE";

/// How long requests are repeated to a platform that is busy or does not answer.
pub(super) fn retry_policy(timeout: Option<Duration>, host: &dyn Host) -> RetryPolicy {
    let retry_policy = RetryPolicy::new(timeout);
    match retry_scale(host) {
        Some(scale) => retry_policy.scaled(scale),
        None => retry_policy,
    }
}

/// A wait, which tests shorten.
pub(super) fn scaled(wait: Duration, host: &dyn Host) -> Duration {
    retry_scale(host).map_or(wait, |scale| wait.mul_f64(scale))
}

fn retry_scale(host: &dyn Host) -> Option<f64> {
    host.variable(RETRY_SCALE)?.parse().ok().filter(|scale| (0.0..=1.0).contains(scale))
}

/// When to stop waiting, by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    timeout: Duration,
    at: Instant,
}

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Option<Self> {
        Some(Self { timeout, at: Instant::now().checked_add(timeout)? })
    }

    pub(super) fn has_passed(self) -> bool {
        Instant::now() >= self.at
    }
}

/// Why waiting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interruption {
    pub(super) exit: Exit,
    pub(super) reason: String,
}

/// Does the work until the deadline or a signal, which drop it.
pub(super) async fn until<T>(
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Result<T, Interruption> {
    let passed = async {
        match deadline {
            Some(deadline) => {
                tokio::time::sleep_until(deadline.at).await;
                deadline.timeout
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        // The handlers of signals are installed before the work begins.
        biased;
        () = asked_to_end() => {
            Err(Interruption { exit: Exit::Interrupted, reason: "interrupted".to_owned() })
        }
        timeout = passed => {
            let reason = format!("not finished within {} s", timeout.as_secs_f64());
            Err(Interruption { exit: Exit::Platform, reason })
        }
        result = work => Ok(result),
    }
}

/// A command about a build that works in any directory.
pub(super) fn command(
    subcommand: &str,
    build: &Build,
    platform: Platform,
    endpoint: &EndpointChoice,
    data: Option<&Path>,
) -> String {
    let (template, id) = (quote(&build.template_id), quote(&build.build_id));
    let options = options(Some(platform), endpoint, data);
    format!("sbx {subcommand} {template} {id}{options}")
}

/// The options that select the platform of a command, with a space before each, for the command
/// that is proposed after it.
pub(super) fn options(
    platform: Option<Platform>,
    endpoint: &EndpointChoice,
    data: Option<&Path>,
) -> String {
    let mut options = String::new();
    if let Some(platform) = platform {
        options.extend([" --platform ", platform.name()]);
    }
    if let Some(url) = &endpoint.api_url {
        options.extend([" --api-url ", &quote(&shown(url))]);
    }
    if let Some(domain) = &endpoint.domain {
        options.extend([" --domain ", &quote(domain)]);
    }
    // The directory is that of the local platform.
    let is_local = platform.is_some_and(|platform| platform.facts().access.is_none());
    if let Some(data) = data.filter(|_| is_local) {
        options.extend([" --data ", &quote(&data.to_string_lossy())]);
    }
    options
}
