//! A build's log to its end, on any platform.

use super::error::{RemoteState, SubmitError};
use super::pace::Pace;
use super::retry::Limit;
use super::{Build, Cursor, Driver, Event, Observer, Outcome, State, last_named};
use crate::lower::Plan;

/// Follows a build's log from `cursor` on until the build has ended and all of it is reported.
/// The `plan` that was sent helps to say why a build failed, where the platform does not.
///
/// # Errors
/// The platform could not be asked any more, and how the build ends is not known.
pub async fn follow(
    driver: &dyn Driver,
    build: &Build,
    mut cursor: Cursor,
    plan: Option<&Plan>,
    observer: Observer<'_>,
) -> Result<Outcome, SubmitError> {
    let mut outcome = to_the_end(driver, build, &mut cursor, observer).await?;
    if let (Outcome::Failed { reason: reason @ None }, Some(plan)) = (&mut outcome, plan) {
        *reason = last_named(plan, cursor.recent.iter().map(String::as_str));
    }
    Ok(outcome)
}

async fn to_the_end(
    driver: &dyn Driver,
    build: &Build,
    cursor: &mut Cursor,
    observer: Observer<'_>,
) -> Result<Outcome, SubmitError> {
    let retry_policy = driver.retry_policy();
    let mut pace = Pace::new(driver.bounds());
    let mut end: Option<Outcome> = None;
    loop {
        let limit = if end.is_some() { Limit::Call } else { Limit::Follow };
        let look = match (driver.poll(build, cursor, limit, observer).await, end.take()) {
            (Ok(look), known) => {
                end = known;
                look
            }
            // How it ended is known, and the rest of its log changes nothing about that.
            (Err(error), Some(outcome)) => {
                observer(Event::LogCut { reason: error.to_string() });
                return Ok(outcome);
            }
            (Err(error), None) => return Err(error.leaving(RemoteState::Building)),
        };
        let said = !look.lines.is_empty();
        if said {
            observer(Event::Log(look.lines));
        }
        // The first answer that names an end decides; those after it only bring the rest of the
        // log.
        if end.is_none() {
            end = match &look.state {
                State::Ready => Some(Outcome::Ready),
                State::Recorded { because } => Some(Outcome::Recorded { because: because.clone() }),
                State::Failed => Some(Outcome::Failed { reason: look.reason }),
                State::Waiting | State::Building | State::Other(_) => None,
            };
        }
        match end.take() {
            Some(outcome) if !look.more => return Ok(outcome),
            known => end = known,
        }
        if look.more {
            continue;
        }
        let wait = pace.next(said);
        tokio::time::sleep(retry_policy.real(wait)).await;
        if let Some(quiet) = pace.silence() {
            observer(Event::Silence { quiet, state: look.state.to_string() });
        }
    }
}
