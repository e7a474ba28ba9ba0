//! Retries of requests: which, after how long, and how often.

use std::future::Future;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::error::{Retry, SubmitError};
use super::route::Contact;
use super::{Event, Observer};

/// The delay before the first retry; each further one is twice as long, with jitter.
const FIRST: Duration = Duration::from_millis(500);

/// The longest delay, unless the platform asks for a longer one.
const LONGEST: Duration = Duration::from_secs(30);

/// The number of retries after an error that is rarely transient: an internal server error, an
/// answer that is not of the protocol, or a server that was never reached.
const LIMITED_TRIES: u32 = 2;

/// After how long no further attempt is made to reach a server that was never reached: its address
/// is more likely wrong than the server down.
const FIRST_CONTACT: Duration = Duration::from_secs(4);

/// How long a registration waits for capacity by default. After this time, platforms of the E2B
/// family have stopped every build that was running before.
const QUEUE: Duration = Duration::from_hours(1);

/// How long a request is retried.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// Two minutes: a user waits for the answer.
    Call,
    /// Ten minutes: the build runs meanwhile, so waiting costs nothing.
    Follow,
    /// As long as [`RetryPolicy`] allows: the platform has no capacity yet.
    Queue,
}

/// How long a submission retries its requests.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    queue: Duration,
    scale: f64,
}

impl RetryPolicy {
    /// Waits for capacity on the platform for as long as `queue`, by default one hour.
    #[must_use]
    pub fn new(queue: Option<Duration>) -> Self {
        Self { queue: queue.unwrap_or(QUEUE), scale: 1.0 }
    }

    /// Multiplies all delays by `scale`, which is limited to 0.001 to 1, so that tests are fast.
    /// Reports state the unscaled delays.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        Self { scale: if scale.is_nan() { 1.0 } else { scale.clamp(0.001, 1.0) }, ..self }
    }

    /// The scaled delay.
    pub(super) fn real(self, wait: Duration) -> Duration {
        wait.mul_f64(self.scale)
    }

    /// The delays between the attempts of one request.
    pub(super) fn waits(self, limit: Limit, contact: Contact) -> Waits {
        let left = match limit {
            Limit::Call => Duration::from_mins(2),
            Limit::Follow => Duration::from_mins(10),
            Limit::Queue => self.queue,
        };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(FIRST)
            .with_max_delay(LONGEST)
            .without_max_times()
            .with_jitter()
            .build();
        Waits {
            retry_policy: self,
            limit,
            contact,
            backoff,
            begun: Instant::now(),
            left,
            limited_tries: LIMITED_TRIES,
            tries: 0,
        }
    }
}

/// The delays between the attempts of one request.
#[derive(Debug)]
pub(crate) struct Waits {
    retry_policy: RetryPolicy,
    limit: Limit,
    /// Whether the server was ever reached.
    contact: Contact,
    backoff: <ExponentialBuilder as BackoffBuilder>::Backoff,
    begun: Instant,
    left: Duration,
    limited_tries: u32,
    tries: u32,
}

impl Waits {
    /// Reports that a failed request will be retried, and waits until then.
    ///
    /// # Errors
    /// The error is final, or its time limit is reached.
    pub(crate) async fn pause(
        &mut self,
        error: SubmitError,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let retry = self.retry(&error);
        self.pause_for(retry, error, observer).await
    }

    /// The same after a refusal that is expected to end soon.
    ///
    /// # Errors
    /// The request was retried [`LIMITED_TRIES`] times.
    pub(super) async fn pause_briefly(
        &mut self,
        error: SubmitError,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        self.pause_for(Retry::Limited, error, observer).await
    }

    async fn pause_for(
        &mut self,
        retry: Retry,
        mut error: SubmitError,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        self.tries += 1;
        error.tries = self.tries;
        match retry {
            Retry::Never => return Err(error),
            Retry::Limited if self.limited_tries == 0 => return Err(error),
            Retry::Limited => self.limited_tries -= 1,
            Retry::UntilDeadline => {}
        }
        let own = self.backoff.next().unwrap_or(LONGEST).min(LONGEST);
        let asked = error.retry_after();
        error.exceeds_budget = asked.is_some_and(|asked| asked > self.left);
        let wait = asked.map_or(own, |asked| asked.max(own));
        if wait > self.left {
            return Err(error);
        }
        self.left -= wait;
        let reason = match self.limit {
            Limit::Queue => format!("queued, as {}", error.reason()),
            _ => error.reason(),
        };
        observer(Event::Retry { request: error.request().to_owned(), wait, reason });
        tokio::time::sleep(self.retry_policy.real(wait)).await;
        Ok(())
    }

    fn retry(&self, error: &SubmitError) -> Retry {
        if self.contact.is_made() || !error.is_unreachable() {
            error.retry()
        } else if self.begun.elapsed() > FIRST_CONTACT {
            Retry::Never
        } else {
            Retry::Limited
        }
    }
}

/// Sends a request, which must be safe to repeat, until it succeeds or must not be retried.
pub(crate) async fn retried<T, F: Future<Output = Result<T, SubmitError>>>(
    mut waits: Waits,
    observer: Observer<'_>,
    mut call: impl FnMut() -> F,
) -> Result<T, SubmitError> {
    loop {
        match call().await {
            Ok(value) => return Ok(value),
            Err(error) => waits.pause(error, observer).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::error::{Call, FaultKind};
    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> SubmitError {
        let kind = FaultKind::Refused {
            status,
            message: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            should_retry: None,
        };
        SubmitError::of(&Call::new("try", "GET /"), kind)
    }

    /// The waits until it is enough, and the error at the end.
    fn until_the_end(limit: Limit, error: impl Fn() -> SubmitError) -> (Vec<f64>, SubmitError) {
        let contact = Contact::default();
        contact.make();
        attempts(limit, contact, error)
    }

    fn attempts(
        limit: Limit,
        contact: Contact,
        error: impl Fn() -> SubmitError,
    ) -> (Vec<f64>, SubmitError) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let told = Mutex::default();
        let observer = |event: Event| {
            if let Event::Retry { wait, .. } = event {
                let told: &Mutex<Vec<f64>> = &told;
                told.lock().expect("not poisoned").push(wait.as_secs_f64());
            }
        };
        let call = || async { Err::<(), _>(error()) };
        let waits = RetryPolicy::new(None).scaled(0.0).waits(limit, contact);
        let error = runtime.block_on(retried(waits, &observer, call)).expect_err("it never ends");
        (told.into_inner().expect("not poisoned"), error)
    }

    #[test]
    fn waits_grow_are_capped_and_end() {
        let (waits, error) = until_the_end(Limit::Call, || refused(503, None));
        assert!((0.5..=1.0).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= 30.0), "{waits:?}");
        let total: f64 = waits.iter().sum();
        assert!((60.0..=120.0).contains(&total), "{waits:?}");
        assert_eq!(error.tries as usize, waits.len() + 1);
    }

    #[test]
    fn an_address_that_was_never_reached_is_not_tried_for_long() {
        let unreachable = || {
            let kind = FaultKind::Unreachable("connection refused".to_owned());
            SubmitError::of(&Call::new("try", "GET /"), kind)
        };
        let sum = |waits: &[f64]| waits.iter().sum::<f64>();
        for limit in [Limit::Call, Limit::Follow, Limit::Queue] {
            let (waits, _) = attempts(limit, Contact::default(), unreachable);
            assert!(waits.len() == 2 && sum(&waits) <= 3.0, "{waits:?}");
            let (waits, _) = until_the_end(limit, unreachable);
            assert!(sum(&waits) > 60.0, "{waits:?}");
        }
        // Whatever answers was reached.
        let (waits, _) = attempts(Limit::Call, Contact::default(), || refused(503, None));
        assert!(sum(&waits) > 60.0, "{waits:?}");
    }

    #[test]
    fn what_the_platform_asks_for_is_heeded_within_reason() {
        let (waits, error) = until_the_end(Limit::Call, || refused(503, Some(50)));
        assert_eq!(waits, [50.0, 50.0]);
        assert!(!error.to_string().contains("3 min"), "{error}");
        let (waits, error) = until_the_end(Limit::Call, || refused(429, Some(86_400)));
        assert_eq!(waits, [0.0; 0]);
        assert!(error.to_string().contains("asks to wait 24 h"), "{error}");
        let (waits, _) = until_the_end(Limit::Queue, || refused(429, Some(1000)));
        assert_eq!(waits, [1000.0; 3]);
    }

    #[test]
    fn a_fault_of_the_server_s_own_is_tried_again_briefly_and_a_refusal_never() {
        assert_eq!(until_the_end(Limit::Call, || refused(500, None)).0.len(), 2);
        assert_eq!(until_the_end(Limit::Call, || refused(401, None)).0.len(), 0);
    }
}
