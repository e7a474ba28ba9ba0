//! The lines of a text.

/// Where the lines of a text begin; they are counted from 0.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<usize>,
    end: usize,
}

impl Lines {
    /// The lines of that text. The text behind the last line break is a line, if empty.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect(), end: text.len() }
    }

    /// How many there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line that holds the byte at `offset`.
    #[must_use]
    pub fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line begins; the end of the text past the last one.
    #[must_use]
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.end)
    }
}
