//! The start command of a template in a sandbox, and the wait until it is ready.
//!
//! The platform starts sandboxes from a snapshot in which the command already runs. Here it is
//! started with the sandbox, with what it was built with.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{Instant, sleep};

use super::channel::End;
use super::sandbox::Sandbox;
use crate::local::api_error::ApiError;
use crate::local::envd::{Command, Process};
use crate::local::store::{Context, Start};

/// The check of a start command that has none: a port is open. State `0A` is a listening socket.
const LISTENS: &str = "grep -q '^ *[0-9]*: [^ ]* [^ ]* 0A ' /proc/net/tcp /proc/net/tcp6";

/// How long it may take until such a command listens. The platform's own check is that long.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);

/// The first pause between two checks. It doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Starts the command, and returns once the check has succeeded.
pub(super) async fn run(
    sandbox: &Sandbox,
    start: &Start,
    within: Duration,
) -> Result<(), ApiError> {
    let mut started = None;
    if let Some(command) = &start.command {
        let process = sandbox.envd.start(shell(&start.context, command)).await;
        started = Some(process.map_err(|why| failed("start command", &why.message))?);
    }
    match (&start.ready, &started) {
        (Some(ready), _) => {
            let is_ready = wait(sandbox, start, ready, within, started.as_deref()).await?;
            if is_ready {
                return Ok(());
            }
            Err(failed("readiness check", "it did not succeed in time"))
        }
        (None, Some(process)) => {
            let within = within.min(LISTENS_WITHIN);
            wait(sandbox, start, LISTENS, within, Some(process)).await.map(|_| ())
        }
        (None, None) => Ok(()),
    }
}

/// Repeats a check until it succeeds; whether it has in time.
async fn wait(
    sandbox: &Sandbox,
    start: &Start,
    check: &str,
    within: Duration,
    started: Option<&Process>,
) -> Result<bool, ApiError> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let left = within.saturating_sub(begun.elapsed());
        let end = sandbox.envd.run(shell(&start.context, check), left).await;
        match end.map_err(|why| failed("readiness check", &why.message))? {
            Some(End::Exit(0)) => return Ok(true),
            _ if begun.elapsed() >= within => return Ok(false),
            _ => {}
        }
        if let Some(end) = started.and_then(Process::ended)
            && end.error.is_some()
        {
            return Err(failed("start command", &end.status));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// A command as the builder runs it.
fn shell(context: &Context, command: &str) -> Command {
    const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let variables = context.variables.iter().map(|(name, value)| {
        let value = if name == "PATH" { format!("{value}:{SYSTEM_PATH}") } else { value.clone() };
        (name.clone(), value)
    });
    Command {
        user: context.user.clone(),
        cmd: "/bin/bash".to_owned(),
        args: vec!["-l".to_owned(), "-c".to_owned(), command.to_owned()],
        directory: context.workdir.clone(),
        variables: variables.collect::<BTreeMap<_, _>>(),
        ..Command::default()
    }
}

fn failed(what: &str, why: &str) -> ApiError {
    let message = format!("the sandbox did not start: the {what} failed: {why}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message)
}
