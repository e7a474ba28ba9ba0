//! The small values of the language: sizes, durations, modes and texts with references.
//!
//! They are values, not places: a stage that needs to know where one stands wraps it in
//! [`Spanned`](crate::source::Spanned). Each is made in one place, so what its type promises
//! holds everywhere.

pub mod pattern;
pub mod shell;
pub mod text;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub use text::{Piece, Text, TextError, is_name};

/// An amount of memory or disk space, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// Mebibytes.
    pub mib: u64,
}

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeError {
    /// A decimal unit; carries the binary one that is meant.
    DecimalUnit(&'static str),
    /// Anything else.
    Malformed,
}

impl Size {
    /// Reads `"512MiB"` or `"2GiB"`.
    ///
    /// # Errors
    /// Says whether a decimal unit was used, which is the usual mistake.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| SizeError::Malformed)?;
        let factor = match unit.trim_start() {
            "MiB" => 1,
            "GiB" => 1024,
            "MB" | "M" | "mb" | "m" | "Mi" | "mib" => return Err(SizeError::DecimalUnit("MiB")),
            "GB" | "G" | "gb" | "g" | "Gi" | "gib" => return Err(SizeError::DecimalUnit("GiB")),
            _ => return Err(SizeError::Malformed),
        };
        if unit.starts_with(' ') {
            return Err(SizeError::Malformed);
        }
        let mib = number.checked_mul(factor).ok_or(SizeError::Malformed)?;
        Ok(Self { mib })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mib.is_multiple_of(1024) && self.mib > 0 {
            write!(f, "{}GiB", self.mib / 1024)
        } else {
            write!(f, "{}MiB", self.mib)
        }
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An amount in MiB, or a string with the unit `MiB` or `GiB`.",
            "type": ["integer", "string"],
            "minimum": 1,
            "pattern": "^0*[1-9][0-9]*(?:MiB|GiB)$",
            "examples": ["512MiB", "2GiB", 1024]
        })
    }
}

/// Reads a duration with its unit: `"500ms"`, `"20s"`, `"5m"`, `"1h"`.
///
/// # Errors
/// `None` stands for anything that is not a number followed by one of those units.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// A waiting time in whole seconds, at least one: `ready.wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds.
    pub seconds: u64,
}

impl JsonSchema for Wait {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A duration with its unit: `\"20s\"`, `\"5m\"`. Whole seconds, at least one.",
            "type": "string",
            "pattern": "^0*[1-9][0-9]*(?:000ms|s|m|h)$",
            "examples": ["20s", "5m"]
        })
    }
}

/// File permissions: the lower twelve bits of a file's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// The bits.
    pub bits: u16,
}

impl Mode {
    /// Reads octal digits, three or four of them.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
            return None;
        }
        u16::from_str_radix(digits, 8).ok().map(|bits| Self { bits })
    }

    /// The permissions of that number, if there are any.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        u16::try_from(bits).ok().filter(|bits| *bits <= 0o7777).map(|bits| Self { bits })
    }

    /// Whether everybody who may read a directory of this mode may also enter it, beginning with
    /// its owner.
    #[must_use]
    pub const fn is_traversable(self) -> bool {
        self.bits & 0o100 != 0
    }
}

/// Four octal digits, as the platforms want them.
impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.bits)
    }
}

impl JsonSchema for Mode {
    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "File permissions: an octal integer such as `0o755`, or its digits as a string.",
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": 4095,
            "pattern": "^[0-7]{3,4}$",
            "examples": ["0755", "644"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary_and_say_so() {
        assert_eq!(Size::parse("512MiB"), Ok(Size { mib: 512 }));
        assert_eq!(Size::parse("2GiB"), Ok(Size { mib: 2048 }));
        assert_eq!(Size::parse("2GB"), Err(SizeError::DecimalUnit("GiB")));
        assert_eq!(Size::parse("2 GiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("1.5GiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("99999999999999999999MiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("18446744073709551615GiB"), Err(SizeError::Malformed));
    }

    #[test]
    fn modes_are_octal_and_print_four_digits() {
        assert_eq!(Mode::parse("755").map(|m| m.to_string()), Some("0755".to_owned()));
        assert_eq!(Mode::parse("0644").map(|m| m.to_string()), Some("0644".to_owned()));
        assert_eq!(Mode::parse("1777").map(|m| m.to_string()), Some("1777".to_owned()));
        assert_eq!(Mode::parse("0o755"), None);
        assert_eq!(Mode::parse("888"), None);
        assert_eq!(Mode::parse("77777"), None);
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("5m"), Some(Duration::from_mins(5)));
        assert_eq!(parse_duration("20"), None);
        assert_eq!(parse_duration("s"), None);
        assert_eq!(parse_duration("1.5s"), None);
    }
}
