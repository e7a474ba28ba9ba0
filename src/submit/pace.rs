//! How often a build is polled.
//!
//! The interval grows with the duration of the build and the time since its last output: the end of
//! a short build is noticed at once, and a long one takes few requests.

use std::time::Duration;

/// The bounds of the polling interval.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// At the beginning.
    pub shortest: Duration,
    /// The longest while the build writes to its log.
    pub talking: Duration,
    /// The longest while it does not.
    pub silent: Duration,
}

/// The interval is this fraction of the build's duration, or of the time since its last output: a
/// tenth. So the end of a build is noticed that much late at most.
const PART: u32 = 10;

/// After how long a silence is first reported; each further report is after twice the time.
const MENTIONED: Duration = Duration::from_mins(2);

/// The intervals between the polls of one build.
#[derive(Debug)]
pub(super) struct Pace {
    bounds: Bounds,
    /// The sum of the intervals since the last output.
    quiet: Duration,
    mention: Duration,
    followed: Duration,
}

impl Pace {
    pub(super) const fn new(bounds: Bounds) -> Self {
        Self { bounds, quiet: Duration::ZERO, mention: MENTIONED, followed: Duration::ZERO }
    }

    /// The time until the next poll; `said` is whether the last one had new output.
    pub(super) fn next(&mut self, said: bool) -> Duration {
        if said {
            (self.quiet, self.mention) = (Duration::ZERO, MENTIONED);
        }
        let Bounds { shortest, talking, silent } = self.bounds;
        let usual = (self.followed / PART).clamp(shortest, talking);
        let wait = usual.max((self.quiet / PART).min(silent));
        self.quiet += wait;
        self.followed += wait;
        wait
    }

    /// How long the build has been silent, if it is time to report it.
    pub(super) fn silence(&mut self) -> Option<Duration> {
        if self.quiet < self.mention {
            return None;
        }
        let mentioned = self.mention;
        self.mention *= 2;
        Some(mentioned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submit::{declaw, e2b};

    /// The questions that ten minutes cost, and the times between the last two.
    fn ten_minutes(bounds: Bounds, said: impl Fn(usize) -> bool) -> (usize, Duration) {
        let mut pace = Pace::new(bounds);
        let (mut time, mut count, mut last) = (Duration::ZERO, 0, Duration::ZERO);
        while time < Duration::from_mins(10) {
            last = pace.next(said(count));
            time += last;
            count += 1;
        }
        (count, last)
    }

    #[test]
    fn ten_minutes_cost_a_few_hundred_questions() {
        let silent = |bounds| ten_minutes(bounds, |_| false);
        let chatty = |bounds| ten_minutes(bounds, |_| true);
        // Every twentieth of a second while a build talks would be 12,000.
        assert_eq!(silent(e2b::BOUNDS), (243, Duration::from_secs(3)));
        assert_eq!(chatty(e2b::BOUNDS), (632, Duration::from_secs(1)));
        assert_eq!(silent(declaw::BOUNDS), (145, Duration::from_secs(5)));
        assert_eq!(chatty(declaw::BOUNDS), (315, Duration::from_secs(2)));
    }

    #[test]
    fn a_short_build_is_not_waited_for_much_longer_than_it_takes() {
        let mut pace = Pace::new(e2b::BOUNDS);
        let mut time = Duration::ZERO;
        while time < Duration::from_secs(20) {
            let wait = pace.next(false);
            assert!(wait <= e2b::BOUNDS.shortest.max(time / 10), "{wait:?} after {time:?}");
            time += wait;
        }
    }

    #[test]
    fn a_long_silence_is_mentioned_less_and_less() {
        let mut pace = Pace::new(e2b::BOUNDS);
        let mut mentioned = Vec::new();
        for question in 0..1500 {
            // One line in the middle ends the silence.
            pace.next(question == 1000);
            mentioned.extend(pace.silence().map(|silence| silence.as_secs() / 60));
        }
        assert_eq!(mentioned, [2, 4, 8, 16, 32, 2, 4, 8, 16]);
    }
}
