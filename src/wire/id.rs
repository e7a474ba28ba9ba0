//! The IDs that a platform gives to templates and builds.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

/// The most characters of an ID: a UUID has 36.
const MAX_ID: usize = 200;

/// Reads an ID, which becomes a part of paths and is printed.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if id.is_empty() || id.len() > MAX_ID {
        let reason = format!("an ID of {} bytes, where there are 1 to {MAX_ID}", id.len());
        return Err(D::Error::custom(reason));
    }
    let is_usual = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\');
    if matches!(id.as_str(), "." | "..") || !id.bytes().all(is_usual) {
        return Err(D::Error::custom("an ID with characters that no ID has"));
    }
    Ok(id)
}
