//! Messages on a stream: a header with the length of the JSON that follows.
//!
//! The reader outlives broken messages, as long as it can tell where the next one begins.

use std::io::{self, BufRead, Read, Write};

use lsp_server::{ErrorCode, Message};
use serde::Deserialize;
use serde_json::Value;

/// The largest message, in bytes: a manifest has at most 1 MiB, and other open files are not much
/// larger.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The longest line of a header, in bytes.
const MOST_HEADER: u64 = 4096;

/// What was read.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// What is no message, and why.
    Malformed(String),
    /// A request whose ID is neither a text nor a number of 32 bits: what it is.
    OddId(Value),
    /// The end of the stream, or of what can be read of it.
    End,
}

/// Reads the next message.
pub(super) fn read(input: &mut impl BufRead) -> Incoming {
    match read_body(input) {
        Ok(Some(body)) => match serde_json::from_slice(&body) {
            Ok(message @ Message::Notification(_)) => {
                odd_id(&body).map_or(Incoming::Message(message), Incoming::OddId)
            }
            Ok(message) => Incoming::Message(message),
            Err(error) => Incoming::Malformed(format!("not a message: {error}")),
        },
        // After an error, where the next message begins is not known.
        Ok(None) | Err(_) => Incoming::End,
    }
}

/// The ID of a message without one that can be answered with.
fn odd_id(body: &[u8]) -> Option<Value> {
    /// The rest of a message, which may hold a whole document, is not read.
    #[derive(Deserialize)]
    struct Identified {
        #[serde(default)]
        id: Value,
    }
    let Identified { id } = serde_json::from_slice(body).ok()?;
    (!id.is_null()).then_some(id)
}

/// The JSON of the next message; `None` at the end of the stream.
fn read_body(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        input.take(MOST_HEADER).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        // Line breaks between messages are no headers.
        if line.is_empty() && length.is_some() {
            break;
        }
        let value =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if let Some((_, value)) = value {
            length = Some(value.trim().parse::<usize>().map_err(io::Error::other)?);
        }
    }
    let length = length.unwrap_or_default();
    if length > MOST_BYTES {
        skip(input, length)?;
        // It is answered as a message without content.
        return Ok(Some(Vec::new()));
    }
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body)?;
    Ok((body.len() == length).then_some(body))
}

fn skip(input: &mut impl BufRead, length: usize) -> io::Result<()> {
    io::copy(&mut input.take(length as u64), &mut io::sink()).map(|_| ())
}

/// Writes a message.
///
/// # Errors
/// Those of the stream.
pub(super) fn write(output: &mut impl Write, message: &Message) -> io::Result<()> {
    message.write(output)
}

/// Writes the answer to what cannot be read as a message, with its ID if it has one.
///
/// # Errors
/// Those of the stream.
pub(super) fn write_error(
    output: &mut impl Write,
    id: &Value,
    code: ErrorCode,
    reason: &str,
) -> io::Result<()> {
    let error = serde_json::json!({
        "jsonrpc": "2.0",
        "id": id,
        "error": { "code": code as i32, "message": reason },
    });
    let text = error.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn a_broken_message_does_not_hide_the_next_one() {
        let exit = framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        let stream = [framed("{\"jsonrpc\":"), framed("[]"), framed("\u{1}"), exit].concat();
        let mut input = stream.as_bytes();
        for _ in 0..3 {
            assert!(matches!(read(&mut input), Incoming::Malformed(_)));
        }
        let Incoming::Message(Message::Notification(exit)) = read(&mut input) else {
            panic!("the last message is read");
        };
        assert_eq!(exit.method, "exit");
        assert!(matches!(read(&mut input), Incoming::End));
    }

    #[test]
    fn headers_are_read_in_any_form_and_a_cut_message_is_the_end() {
        let exit = r#"{"method":"exit"}"#;
        let length = exit.len();
        let read = |text: String| read(&mut text.as_bytes());
        for headers in [
            format!("content-length:{length}\r\nContent-Type: x; charset=utf-8\r\n\r\n"),
            format!("\r\n\r\nX: y\r\nContent-Length: {length}\n\n"),
        ] {
            let message = read(format!("{headers}{exit}"));
            assert!(matches!(message, Incoming::Message(_)), "{headers}: {message:?}");
        }
        assert!(matches!(
            read(format!("Content-Length: {}\r\n\r\n{exit}", length + 1)),
            Incoming::End
        ));
        assert!(matches!(read("Content-Length: -1\r\n\r\n".to_owned()), Incoming::End));
        assert!(matches!(read("x".repeat(10_000)), Incoming::End));
        // A length that no memory has.
        assert!(matches!(
            read(format!("Content-Length: {}\r\n\r\n{exit}", usize::MAX)),
            Incoming::Malformed(_)
        ));
    }
}
