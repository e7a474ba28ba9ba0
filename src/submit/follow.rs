//! A build's log to its end, whatever the protocol.

use super::error::{RemoteState, SubmitError};
use super::pace::{Bounds, Pace};
use super::retry::{Limit, RetryPolicy};
use super::{BuildStatus, Event, Observer, Outcome, State, declaw, e2b};

/// A place in the log of one build, and who to ask for what comes after it.
#[derive(Debug)]
pub(super) enum Log<'a> {
    E2b(e2b::Log<'a>),
    Declaw(declaw::Log<'a>),
}

impl Log<'_> {
    /// Asks for what is new.
    pub(super) async fn poll(
        &mut self,
        limit: Limit,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        match self {
            Self::E2b(log) => log.poll(limit, observer).await,
            Self::Declaw(log) => log.poll(limit, observer).await,
        }
    }

    const fn bounds(&self) -> Bounds {
        match self {
            Self::E2b(_) => e2b::BOUNDS,
            Self::Declaw(_) => declaw::BOUNDS,
        }
    }
}

/// Follows a log until the build has ended and all of it is told.
///
/// # Errors
/// The platform could not be asked any more, and how the build ends is not known.
pub(super) async fn follow(
    log: &mut Log<'_>,
    retry_policy: RetryPolicy,
    observer: Observer<'_>,
) -> Result<Outcome, SubmitError> {
    let mut pace = Pace::new(log.bounds());
    let mut end: Option<Outcome> = None;
    loop {
        let limit = if end.is_some() { Limit::Call } else { Limit::Follow };
        let look = match (log.poll(limit, observer).await, end.take()) {
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
        for line in look.lines {
            observer(Event::Log(line));
        }
        // The first answer that names an end decides; those after it only bring the rest of the
        // log.
        if end.is_none() && matches!(look.state, State::Ready | State::Failed) {
            end = Some(Outcome { ready: look.state == State::Ready, reason: look.reason });
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
