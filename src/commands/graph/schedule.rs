//! What can be done next, and what cannot be done any more.

use super::Graph;

/// The way through a graph.
#[derive(Debug)]
pub(in crate::commands) struct Schedule {
    needs: Vec<Vec<usize>>,
    marks: Vec<Mark>,
}

/// Where one of several is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Waiting,
    Running,
    Done,
    Failed,
}

impl Schedule {
    pub(in crate::commands) fn new(graph: Graph) -> Self {
        let marks = vec![Mark::Waiting; graph.needs.len()];
        Self { needs: graph.needs, marks }
    }

    /// Takes the first that waits for no other.
    pub(in crate::commands) fn next(&mut self) -> Option<usize> {
        let is_free = |at: &usize| {
            self.marks[*at] == Mark::Waiting
                && self.needs[*at].iter().all(|need| self.marks[*need] == Mark::Done)
        };
        let next = (0..self.marks.len()).find(is_free)?;
        self.marks[next] = Mark::Running;
        Some(next)
    }

    /// Notes that one has ended, and says who cannot be done for that, each with the one that it
    /// needs and that is missing.
    pub(in crate::commands) fn ended(&mut self, at: usize, done: bool) -> Vec<(usize, usize)> {
        self.marks[at] = if done { Mark::Done } else { Mark::Failed };
        let mut lost = Vec::new();
        if done {
            return lost;
        }
        let mut missing = vec![at];
        while let Some(cause) = missing.pop() {
            for other in 0..self.marks.len() {
                if self.marks[other] == Mark::Waiting && self.needs[other].contains(&cause) {
                    self.marks[other] = Mark::Failed;
                    lost.push((other, cause));
                    missing.push(other);
                }
            }
        }
        lost
    }

    /// Gives up those that have not begun, and says which they are.
    pub(in crate::commands) fn stop(&mut self) -> Vec<usize> {
        let waiting: Vec<_> =
            (0..self.marks.len()).filter(|at| self.marks[*at] == Mark::Waiting).collect();
        for at in &waiting {
            self.marks[*at] = Mark::Failed;
        }
        waiting
    }

    /// Those that one waits for.
    pub(in crate::commands) fn needs(&self, at: usize) -> impl Iterator<Item = usize> {
        self.needs[at].iter().copied()
    }

    /// Whether another one waits for this one.
    pub(in crate::commands) fn is_awaited(&self, at: usize) -> bool {
        self.needs.iter().any(|needs| needs.contains(&at))
    }
}
