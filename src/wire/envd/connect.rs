//! The Connect protocol: the envelopes of streams, and errors.

use serde::{Deserialize, Serialize};

use super::scalar::Empty;

/// The content type of unary calls.
pub const UNARY: &str = "application/json";

/// The content type of streams.
pub const STREAM: &str = "application/connect+json";

/// The length of an envelope's head.
pub const HEAD: usize = 5;

/// The flag of an envelope whose message is compressed.
pub const COMPRESSED: u8 = 1;

/// The flag of the last envelope of a response, which has an [`EndOfStream`].
pub const END: u8 = 2;

/// Puts a message into an envelope.
///
/// # Errors
/// When it cannot be JSON, which no type of this module does.
pub fn envelope(flags: u8, message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = vec![flags, 0, 0, 0, 0];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - HEAD).unwrap_or(u32::MAX);
    bytes[1..HEAD].copy_from_slice(&length.to_be_bytes());
    Ok(bytes)
}

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Whether it is the [last](END), and whether it is [compressed](COMPRESSED).
    pub flags: u8,
    /// The JSON.
    pub message: Vec<u8>,
}

/// Takes envelopes out of bytes as they arrive.
#[derive(Debug)]
pub struct Envelopes {
    buffer: Vec<u8>,
    limit: usize,
}

/// A message is larger than the limit, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge(pub usize);

impl Envelopes {
    /// With a limit for the length of a message, in bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), limit }
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next envelope, once it is complete.
    ///
    /// # Errors
    /// When its message is too large.
    pub fn take(&mut self) -> Result<Option<Envelope>, TooLarge> {
        let Some((head, rest)) = self.buffer.split_first_chunk::<HEAD>() else { return Ok(None) };
        let [flags, length @ ..] = *head;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > self.limit {
            return Err(TooLarge(length));
        }
        let Some(message) = rest.get(..length) else { return Ok(None) };
        let message = message.to_vec();
        self.buffer.drain(..HEAD + length);
        Ok(Some(Envelope { flags, message }))
    }

    /// Whether a part of an envelope is left.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.buffer.is_empty()
    }
}

/// The message of the last envelope of a response.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EndOfStream {
    /// Why the stream ended, unless it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ConnectError>,
    /// Trailers, which nothing uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Empty>,
}

/// An error: the body of an unary call's response, or the end of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectError {
    /// What kind it is.
    pub code: Code,
    /// What is wrong.
    #[serde(default)]
    pub message: String,
}

impl ConnectError {
    /// An error of a kind.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The kinds of errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the protocol's documentation")]
pub enum Code {
    Canceled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
    /// One of a newer version.
    #[serde(untagged)]
    Other(String),
}

impl Code {
    /// The HTTP status of an unary call that fails so.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Canceled => 499,
            Self::InvalidArgument | Self::FailedPrecondition | Self::OutOfRange => 400,
            Self::DeadlineExceeded => 504,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Aborted => 409,
            Self::PermissionDenied => 403,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
            Self::Unavailable => 503,
            Self::Unauthenticated => 401,
            Self::Unknown | Self::Internal | Self::DataLoss | Self::Other(_) => 500,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_arrive_in_any_pieces() {
        let mut bytes = envelope(0, &Empty {}).expect("JSON");
        bytes.extend(envelope(END, &EndOfStream::default()).expect("JSON"));
        for size in 1..=bytes.len() {
            let mut envelopes = Envelopes::new(100);
            let mut read = Vec::new();
            for piece in bytes.chunks(size) {
                envelopes.push(piece);
                while let Some(envelope) = envelopes.take().expect("small ones") {
                    read.push((envelope.flags, envelope.message));
                }
            }
            assert_eq!(read, [(0, b"{}".to_vec()), (END, b"{}".to_vec())]);
            assert!(!envelopes.is_incomplete());
        }
        let mut envelopes = Envelopes::new(1);
        envelopes.push(&bytes);
        assert_eq!(envelopes.take(), Err(TooLarge(2)));
    }

    #[test]
    fn errors_have_the_names_of_the_protocol() {
        let error = ConnectError { code: Code::NotFound, message: "x".to_owned() };
        let json = serde_json::to_string(&error).expect("JSON");
        assert_eq!(json, r#"{"code":"not_found","message":"x"}"#);
        let other: Code = serde_json::from_str("\"new\"").expect("a code");
        assert_eq!(other, Code::Other("new".to_owned()));
    }
}
