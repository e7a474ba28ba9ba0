//! Work on several threads, with results in the order of the jobs.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// The most threads that share one piece of work: each has buffers of its own, and memory is
/// bounded.
const MOST_THREADS: usize = 8;

/// How many threads are worth having here. To ask the system takes reading several files.
pub(crate) fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS
        .get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS))
}

/// Does `work` for each job, and returns the results in the jobs' order.
pub(crate) fn map<J: Sync, T: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J) -> T + Sync,
) -> Vec<T> {
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        return jobs.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let one = || {
        while let Some((at, job)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            jobs.get(at).map(|job| (at, job))
        } {
            let result = work(job);
            lock(&done).push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(one);
        }
        one();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Lets `fill` fill a buffer for each job on several threads, and shows the buffers to `consume`
/// on this one, in the jobs' order. This one is among the threads: when the next buffer is not
/// filled yet, it fills another.
///
/// There are no more buffers than are needed to keep everybody busy, so memory does not grow with
/// the jobs. The first error in their order is the one that is returned.
pub(crate) fn pipe<J: Sync, B: Default + Send, E: Send>(
    jobs: &[J],
    threads: usize,
    fill: impl Fn(&J, &mut B) -> Result<(), E> + Sync,
    mut consume: impl FnMut(&J, &mut B) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.min(jobs.len());
    if jobs.len() <= 1 || threads == 0 {
        let mut buffer = B::default();
        return jobs.iter().try_for_each(|job| {
            fill(job, &mut buffer)?;
            consume(job, &mut buffer)
        });
    }
    let free = (0..=threads * 2).map(|_| B::default()).collect();
    let belt = Pipeline {
        state: Mutex::new(State { free, next: 0, done: BTreeMap::new(), over: false }),
        freed: Condvar::new(),
        filled: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| {
                // A thread that panics must not let the others wait for it.
                let _closing = CloseOnDrop { belt: &belt, always: false };
                while let Some((at, mut buffer)) = belt.take(jobs.len()) {
                    let result = fill(&jobs[at], &mut buffer);
                    belt.hand_over(at, result.map(|()| buffer));
                }
            });
        }
        let _closing = CloseOnDrop { belt: &belt, always: true };
        for (at, job) in jobs.iter().enumerate() {
            let mut buffer = loop {
                match belt.turn(at, jobs.len()) {
                    Work::Consume(filled) => break filled?,
                    Work::Fill(at, mut buffer) => {
                        let result = fill(&jobs[at], &mut buffer);
                        belt.hand_over(at, result.map(|()| buffer));
                    }
                    // A thread has panicked, which the scope passes on.
                    Work::Over => return Ok(()),
                }
            };
            consume(job, &mut buffer)?;
            belt.give_back(buffer);
        }
        Ok(())
    })
}

/// What the thread that consumes does next.
enum Work<B, E> {
    /// Consumes what it has waited for.
    Consume(Result<B, E>),
    /// Fills this buffer for that job.
    Fill(usize, B),
    /// Nothing: there will be nothing to consume.
    Over,
}

/// What the threads of a [`pipe`] share.
struct Pipeline<B, E> {
    state: Mutex<State<B, E>>,
    freed: Condvar,
    filled: Condvar,
}

struct State<B, E> {
    free: Vec<B>,
    /// The first job that nobody has taken. Who takes one has a buffer for it already, so the
    /// job that is consumed next is never left waiting for one.
    next: usize,
    done: BTreeMap<usize, Result<B, E>>,
    over: bool,
}

impl<B, E> State<B, E> {
    /// The first job that nobody has taken, if there is a buffer for it.
    fn take(&mut self) -> Option<(usize, B)> {
        let buffer = self.free.pop()?;
        self.next += 1;
        Some((self.next - 1, buffer))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B, E> Pipeline<B, E> {
    /// The next job with a buffer for it; `None` if there is nothing left to do.
    fn take(&self, jobs: usize) -> Option<(usize, B)> {
        let state = lock(&self.state);
        let waits =
            |state: &mut State<B, E>| !state.over && state.next < jobs && state.free.is_empty();
        let state = self.freed.wait_while(state, waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.over || state.next == jobs {
            return None;
        }
        state.take()
    }

    fn hand_over(&self, at: usize, result: Result<B, E>) {
        lock(&self.state).done.insert(at, result);
        self.filled.notify_one();
    }

    /// What the thread that waits for the result of a job does next.
    fn turn(&self, at: usize, jobs: usize) -> Work<B, E> {
        let mut state = lock(&self.state);
        loop {
            if let Some(result) = state.done.remove(&at) {
                return Work::Consume(result);
            }
            if state.over {
                return Work::Over;
            }
            if state.next < jobs
                && let Some((at, buffer)) = state.take()
            {
                return Work::Fill(at, buffer);
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, buffer: B) {
        lock(&self.state).free.push(buffer);
        self.freed.notify_one();
    }
}

/// Ends the work of all threads when it is dropped: always, or by a panic.
struct CloseOnDrop<'a, B, E> {
    belt: &'a Pipeline<B, E>,
    always: bool,
}

impl<B, E> Drop for CloseOnDrop<'_, B, E> {
    fn drop(&mut self) {
        if self.always || thread::panicking() {
            lock(&self.belt.state).over = true;
            self.belt.freed.notify_all();
            self.belt.filled.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..1000).collect();
        for threads in [1, 2, 7] {
            let doubled = map(&jobs, threads, |job| {
                thread::yield_now();
                job * 2
            });
            assert_eq!(doubled, jobs.iter().map(|job| job * 2).collect::<Vec<_>>());
            let mut seen = Vec::new();
            let fill = |job: &usize, buffer: &mut Vec<usize>| {
                buffer.clear();
                buffer.push(*job);
                if job.is_multiple_of(3) {
                    thread::yield_now();
                }
                Ok::<(), ()>(())
            };
            pipe(&jobs, threads, fill, |_, buffer| {
                seen.append(buffer);
                Ok(())
            })
            .expect("nothing fails");
            assert_eq!(seen, jobs);
        }
    }

    #[test]
    fn the_first_error_in_order_ends_the_work() {
        let jobs: Vec<usize> = (0..1000).collect();
        let mut last = 0;
        let fill =
            |job: &usize, (): &mut ()| if *job >= 500 { Err(format!("{job}")) } else { Ok(()) };
        let error = pipe(&jobs, 4, fill, |job, ()| {
            last = *job;
            Ok(())
        });
        assert_eq!(error, Err("500".to_owned()));
        assert_eq!(last, 499);
        let error = pipe(
            &jobs,
            4,
            |_, ()| Ok(()),
            |job, ()| {
                if *job == 7 { Err("seven") } else { Ok(()) }
            },
        );
        assert_eq!(error, Err("seven"));
    }

    #[test]
    fn no_more_buffers_are_made_than_there_is_work_in_hand() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        struct Counted;
        impl Default for Counted {
            fn default() -> Self {
                MADE.fetch_add(1, Ordering::Relaxed);
                Self
            }
        }
        let jobs = vec![(); 500];
        pipe(&jobs, 3, |(), _: &mut Counted| Ok::<(), ()>(()), |(), _| Ok(())).expect("done");
        assert_eq!(MADE.load(Ordering::Relaxed), 7);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let jobs: Vec<usize> = (0..100).collect();
        let fill = |job: &usize, (): &mut ()| {
            assert!(*job != 50, "fifty");
            Ok::<(), ()>(())
        };
        // Whichever thread it is that panics.
        for _ in 0..20 {
            let passed = std::panic::catch_unwind(|| pipe(&jobs, 2, fill, |_, ()| Ok(())));
            assert!(passed.is_err());
        }
    }
}
