//! Server-sent events (`text/event-stream`), as far as platforms use them.
//!
//! The format is that of the HTML standard, section 9.2.6, without line breaks of a single carriage
//! return, which no platform sends.

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerEvent {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its data. Several lines are joined by line breaks.
    pub data: String,
}

/// An event is longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Puts events together from the pieces in which they arrive.
#[derive(Debug, Default)]
pub struct ServerEvents {
    limit: usize,
    buffer: Vec<u8>,
    /// How much of the buffer is read.
    read: usize,
    /// Where a line break is looked for next.
    searched: usize,
    name: String,
    /// The lines of data so far.
    data: Option<String>,
}

impl ServerEvents {
    /// Events of no more than `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.read);
        self.searched -= self.read;
        self.read = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next event, once it is complete.
    ///
    /// # Errors
    /// When it is too long.
    pub fn take(&mut self) -> Result<Option<ServerEvent>, TooLong> {
        while let Some(line) = self.line()? {
            if line.is_empty() {
                if let Some(event) = self.finish() {
                    return Ok(Some(event));
                }
            } else {
                self.field(&line)?;
            }
        }
        Ok(None)
    }

    /// Whether the lines of an event are read, without the empty line after it.
    #[must_use]
    pub const fn is_within(&self) -> bool {
        self.data.is_some() && self.read == self.buffer.len()
    }

    fn finish(&mut self) -> Option<ServerEvent> {
        let name = std::mem::take(&mut self.name);
        self.data.take().map(|data| ServerEvent { name, data })
    }

    fn line(&mut self) -> Result<Option<String>, TooLong> {
        let Some(length) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n')
        else {
            self.searched = self.buffer.len();
            let unfinished = self.buffer.len() - self.read;
            return if unfinished > self.limit { Err(TooLong) } else { Ok(None) };
        };
        let end = self.searched + length;
        let line = &self.buffer[self.read..end];
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        (self.read, self.searched) = (end + 1, end + 1);
        Ok(Some(line))
    }

    fn field(&mut self, line: &str) -> Result<(), TooLong> {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            // Comments, which keep the connection alive, and fields that browsers alone need.
            _ => {}
        }
        let length = self.data.as_ref().map_or(0, String::len);
        if length > self.limit { Err(TooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, size: usize) -> Vec<(String, String)> {
        let mut events = ServerEvents::new(1000);
        let mut read = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            events.push(piece);
            while let Some(event) = events.take().expect("short ones") {
                read.push((event.name, event.data));
            }
        }
        if events.is_within() {
            events.push(b"\n");
            read.extend(events.take().expect("a short one").map(|event| (event.name, event.data)));
        }
        read
    }

    #[test]
    fn events_arrive_in_any_pieces() {
        let text = ": hello\n\nevent: stdout\ndata: {\"a\":1}\n\nevent:x\r\ndata:1\r\ndata: 2\r\n\r\n\
                    event: none\n\nid: 3\ndata\n\nevent: last\ndata: é\n";
        for size in 1..=text.len() {
            let expected = [("stdout", "{\"a\":1}"), ("x", "1\n2"), ("", ""), ("last", "é")];
            let expected = expected.map(|(name, data)| (name.to_owned(), data.to_owned()));
            assert_eq!(read(text, size), expected, "{size}");
        }
    }

    #[test]
    fn a_line_that_is_cut_is_no_event() {
        assert_eq!(read("event: exit\ndata: {\"exit_co", 5), []);
    }

    #[test]
    fn an_event_has_a_limit() {
        let mut events = ServerEvents::new(10);
        events.push(b"data: 0123456789");
        assert_eq!(events.take(), Err(TooLong));
        let mut events = ServerEvents::new(10);
        events.push(b"data: 012345\ndata: 678901\n");
        assert_eq!(events.take(), Err(TooLong));
    }
}
