//! What a command in a sandbox did.

use crate::sandbox::Ended;

/// The most bytes of a stream that are kept and searched.
const MAX_STREAM: usize = 16 << 20;

/// The most bytes that are kept of the end of both streams together.
const MAX_END: usize = 256 << 10;

/// A stream of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// How it ended.
    pub ended: Ended,
    /// The beginning of its standard output: all of it, up to 16 MiB.
    pub stdout: Vec<u8>,
    /// The beginning of its standard error, likewise.
    pub stderr: Vec<u8>,
    /// The end of both, as they came.
    pub(super) end: Vec<u8>,
    /// Whether `end` begins within a line.
    pub(super) is_cut: bool,
}

/// Takes in what a command writes.
#[derive(Debug, Default)]
pub struct Recorder {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    end: Vec<u8>,
    is_cut: bool,
}

impl Recorder {
    /// Takes in what the command wrote next.
    pub fn push(&mut self, output: Output, bytes: &[u8]) {
        let stream = match output {
            Output::Stdout => &mut self.stdout,
            Output::Stderr => &mut self.stderr,
        };
        let room = MAX_STREAM - stream.len();
        stream.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.end.extend_from_slice(bytes);
        // Rarely, since it moves what is kept.
        if self.end.len() > 2 * MAX_END {
            self.shorten();
        }
    }

    /// What the command did until it ended.
    #[must_use]
    pub fn ended(mut self, ended: Ended) -> Observation {
        self.shorten();
        let Self { stdout, stderr, end, is_cut } = self;
        Observation { ended, stdout, stderr, end, is_cut }
    }

    fn shorten(&mut self) {
        if let Some(excess @ 1..) = self.end.len().checked_sub(MAX_END) {
            self.end.drain(..excess);
            self.is_cut = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_each_stream_and_the_end_of_both_are_kept() {
        let mut recorder = Recorder::default();
        recorder.push(Output::Stdout, b"first\n");
        recorder.push(Output::Stderr, b"second\n");
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..17 {
            recorder.push(Output::Stdout, &piece);
        }
        recorder.push(Output::Stderr, b"last\n");
        let seen = recorder.ended(Ended::Exit(0));
        assert_eq!(seen.stdout.len(), MAX_STREAM);
        assert!(seen.stdout.starts_with(b"first\nxx"));
        assert_eq!(seen.stderr, b"second\nlast\n");
        assert_eq!(seen.end.len(), MAX_END);
        assert!(seen.end.ends_with(b"xlast\n") && seen.is_cut);
    }
}
