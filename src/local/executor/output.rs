//! The output of a command as lines, and the reports of the wrapper in it.

/// The longest line that is kept together, in bytes.
const LINE_LIMIT: usize = 64 * 1024;

/// The byte around a report.
const MARK: u8 = 0x1e;

/// The longest report, in bytes; what is longer is output.
const REPORT_LIMIT: usize = 128;

/// Splits a stream into lines. Like the server, it drops empty lines and white space around others.
pub(super) struct Lines<F> {
    take: F,
    pending: Vec<u8>,
}

impl<F: FnMut(&str)> Lines<F> {
    pub(super) const fn new(take: F) -> Self {
        Self { take, pending: Vec::new() }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.pending.extend_from_slice(&rest[..end]);
            self.finish();
            rest = &rest[end + 1..];
        }
        self.pending.extend_from_slice(rest);
        if self.pending.len() >= LINE_LIMIT {
            self.finish();
        }
    }

    /// Ends the current line.
    pub(super) fn finish(&mut self) {
        let text = String::from_utf8_lossy(&self.pending);
        let line = text.trim();
        if !line.is_empty() {
            (self.take)(line);
        }
        self.pending.clear();
    }
}

/// Takes the wrapper's reports out of a stream.
pub(super) struct Reports {
    /// What a report begins with: the mark and the token.
    begin: Vec<u8>,
    pending: Vec<u8>,
}

impl Reports {
    pub(super) fn new(token: &str) -> Self {
        let mut begin = vec![MARK];
        begin.extend_from_slice(token.as_bytes());
        begin.push(b' ');
        Self { begin, pending: Vec::new() }
    }

    /// Passes on what is output, and what is a report.
    pub(super) fn push<F: FnMut(&str)>(
        &mut self,
        chunk: &[u8],
        lines: &mut Lines<F>,
        mut report: impl FnMut(&str),
    ) {
        self.pending.extend_from_slice(chunk);
        loop {
            let Some(at) = self.pending.iter().position(|byte| *byte == MARK) else {
                lines.push(&self.pending);
                self.pending.clear();
                return;
            };
            lines.push(&self.pending[..at]);
            self.pending.drain(..at);
            match self.read() {
                Read::Report(end, text) => {
                    report(&text);
                    self.pending.drain(..end);
                }
                Read::Output => {
                    lines.push(&[MARK]);
                    self.pending.drain(..1);
                }
                Read::Incomplete => return,
            }
        }
    }

    /// Passes on what never became a report.
    pub(super) fn finish<F: FnMut(&str)>(&mut self, lines: &mut Lines<F>) {
        lines.push(&self.pending);
        self.pending.clear();
    }

    /// Reads what is pending, which begins with a mark.
    fn read(&self) -> Read {
        let known = self.pending.len().min(self.begin.len());
        if self.pending[..known] != self.begin[..known] {
            return Read::Output;
        }
        let text = self.pending.get(self.begin.len()..).unwrap_or_default();
        match text.iter().position(|byte| *byte == MARK) {
            Some(end) => {
                let report = String::from_utf8_lossy(&text[..end]).into_owned();
                Read::Report(self.begin.len() + end + 1, report)
            }
            None if text.len() > REPORT_LIMIT => Read::Output,
            None => Read::Incomplete,
        }
    }
}

enum Read {
    /// A report, and where it ends.
    Report(usize, String),
    /// No report begins here.
    Output,
    Incomplete,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]]) -> (Vec<String>, Vec<String>) {
        let (mut texts, mut said) = (Vec::new(), Vec::new());
        let mut lines = Lines::new(|line: &str| texts.push(line.to_owned()));
        let mut reports = Reports::new("token");
        for chunk in chunks {
            reports.push(chunk, &mut lines, |report| said.push(report.to_owned()));
        }
        reports.finish(&mut lines);
        lines.finish();
        (texts, said)
    }

    #[test]
    fn a_report_is_found_wherever_the_stream_is_cut() {
        let stream = b"one\ntw\x1etoken exit 3\x1eo\nthree\x1e\n\x1etoke";
        let expected = (vec!["one", "two", "three\u{1e}", "\u{1e}toke"], vec!["exit 3"]);
        let expected = (
            expected.0.into_iter().map(str::to_owned).collect(),
            expected.1.into_iter().map(str::to_owned).collect(),
        );
        for cut in 0..stream.len() {
            assert_eq!(read(&[&stream[..cut], &stream[cut..]]), expected, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(read(&bytes), expected);
    }

    #[test]
    fn lines_are_trimmed_and_long_ones_are_cut() {
        let (lines, _) = read(&[b"  a \r\n\n \n\xff b"]);
        assert_eq!(lines, ["a", "\u{fffd} b"]);
        let long = vec![b'x'; 2 * LINE_LIMIT];
        let (lines, _) = read(&[&long[..LINE_LIMIT], &long[LINE_LIMIT..]]);
        assert_eq!(lines.len(), 2);
    }
}
