//! Parallel work with results in the order of the jobs.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// The largest number of threads, which bounds memory, since each has its own buffers.
const MOST_THREADS: usize = 8;

/// The number of threads to use. It is cached, because the system call reads several files.
pub(crate) fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS
        .get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS))
}

/// Runs two works, at the same time if there are to be several `threads`, and returns both results.
pub(crate) fn both<A: Send, B>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if threads <= 1 {
        return (one(), other());
    }
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Runs `work` for each job, and returns the results in the order of the jobs.
pub(crate) fn map<J, T: Send>(
    jobs: impl IntoIterator<Item = J, IntoIter: ExactSizeIterator + Send>,
    threads: usize,
    work: impl Fn(J) -> T + Sync,
) -> Vec<T> {
    let jobs = jobs.into_iter();
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        return jobs.map(work).collect();
    }
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let jobs = Mutex::new(jobs.enumerate());
    let one = || {
        loop {
            let next = lock(&jobs).next();
            let Some((at, job)) = next else { break };
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

/// Fills a buffer for each job with `fill` on several threads, and passes the buffers to `consume`
/// on this thread in the order of the jobs. If the next buffer is not filled yet, this thread fills
/// another one.
///
/// The number of buffers is limited to what keeps all threads busy, so memory does not grow with
/// the number of jobs. Returns the first error in the order of the jobs.
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
    let pipeline = Pipeline {
        state: Mutex::new(State { free, next: 0, done: BTreeMap::new(), over: false }),
        freed: Condvar::new(),
        filled: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| {
                // If a thread panics, the others must not wait for it.
                let _closing = CloseOnDrop { pipeline: &pipeline, always: false };
                while let Some((at, mut buffer)) = pipeline.take(jobs.len()) {
                    let result = fill(&jobs[at], &mut buffer);
                    pipeline.hand_over(at, result.map(|()| buffer));
                }
            });
        }
        let _closing = CloseOnDrop { pipeline: &pipeline, always: true };
        for (at, job) in jobs.iter().enumerate() {
            let mut buffer = loop {
                match pipeline.next_work(at, jobs.len()) {
                    Work::Consume(filled) => break filled?,
                    Work::Fill(at, mut buffer) => {
                        let result = fill(&jobs[at], &mut buffer);
                        pipeline.hand_over(at, result.map(|()| buffer));
                    }
                    // A thread has panicked, which the scope passes on.
                    Work::Over => return Ok(()),
                }
            };
            consume(job, &mut buffer)?;
            pipeline.give_back(buffer);
        }
        Ok(())
    })
}

/// The next action of the consuming thread.
enum Work<B, E> {
    /// Consume a filled buffer.
    Consume(Result<B, E>),
    /// Fill a buffer for a job.
    Fill(usize, B),
    /// Stop, because no buffer will follow.
    Over,
}

/// The shared state of the threads of a [`pipe`].
struct Pipeline<B, E> {
    state: Mutex<State<B, E>>,
    freed: Condvar,
    filled: Condvar,
}

struct State<B, E> {
    free: Vec<B>,
    /// The first job that is not taken. A thread takes a job only with a buffer for it, so the job
    /// to consume next never waits for one.
    next: usize,
    done: BTreeMap<usize, Result<B, E>>,
    over: bool,
}

impl<B, E> State<B, E> {
    /// Takes the next job, if there is a buffer for it.
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
    /// Waits for the next job with a buffer; `None` if there are no more.
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

    /// The next action of the consuming thread, which waits for the result of a job.
    fn next_work(&self, at: usize, jobs: usize) -> Work<B, E> {
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

/// Stops all threads when it is dropped, always or only during a panic.
struct CloseOnDrop<'a, B, E> {
    pipeline: &'a Pipeline<B, E>,
    always: bool,
}

impl<B, E> Drop for CloseOnDrop<'_, B, E> {
    fn drop(&mut self) {
        if self.always || thread::panicking() {
            lock(&self.pipeline.state).over = true;
            self.pipeline.freed.notify_all();
            self.pipeline.filled.notify_all();
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
    fn the_first_error_in_order_stops_the_work() {
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
    fn the_number_of_buffers_is_limited() {
        use std::sync::atomic::{AtomicUsize, Ordering};
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
    fn a_panic_propagates() {
        let jobs: Vec<usize> = (0..100).collect();
        let fill = |job: &usize, (): &mut ()| {
            assert!(*job != 50, "fifty");
            Ok::<(), ()>(())
        };
        // On any thread.
        for _ in 0..20 {
            let passed = std::panic::catch_unwind(|| pipe(&jobs, 2, fill, |_, ()| Ok(())));
            assert!(passed.is_err());
        }
    }
}
