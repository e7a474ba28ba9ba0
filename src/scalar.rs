//! The small values of the language: sizes, durations, modes and texts with references.
//!
//! They have no source location: a stage that needs one wraps them in
//! [`Spanned`](crate::source::Spanned). Each has a single constructor that checks it, so that the
//! invariants of its type hold everywhere.

mod bytes;
mod counted;
mod hex;
mod inherit;
mod log_level;
mod mode_change;
pub mod pattern;
mod plain;
mod profile_name;
mod reserved_tag;
pub mod shell;
mod tag_text;
mod template_ref;
pub mod text;
mod visible;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

pub use bytes::human_bytes;
pub use counted::counted;
pub use hex::hex;
pub use inherit::Inherit;
pub use log_level::LogLevel;
pub use mode_change::ModeChange;
pub use plain::{clipped, plain_lines};
pub use profile_name::{BASE, PROFILE_NAME, is_profile_name};
pub use reserved_tag::{is_digest, is_temporary, temporary_tag};
pub use tag_text::TagText;
pub use template_ref::{TemplateRef, is_uuid};
pub use text::{Piece, Text, TextError, is_name};
pub use visible::{escaped_json, styled, visible, visible_in_place, visible_line};

/// The tag of an untagged name, which a build without any tags gets.
pub const DEFAULT_TAG: &str = "default";

/// What the tags begin with that `sbx` gives to builds itself, such as the digest of a template.
pub const RESERVED_TAGS: &str = "sbx-";

/// An amount of memory or disk space, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// Mebibytes.
    pub mib: u64,
}

/// Why a text is not a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeError {
    /// A decimal unit. Holds the binary unit to use instead.
    DecimalUnit(&'static str),
    /// Anything else.
    Malformed,
}

impl Size {
    /// Parses `"512MiB"` or `"2GiB"`.
    ///
    /// # Errors
    /// [`SizeError::DecimalUnit`] for a decimal unit, which is a common mistake.
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

impl Size {
    /// The valid form of a size that [`Size::parse`] rejects, if it is unambiguous: `"2GB"`,
    /// `"512 mb"`, `"1.5 GiB"`. A decimal unit counts as the binary one, as in most tools that
    /// measure memory.
    #[must_use]
    pub fn guess(text: &str) -> Option<String> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (factor, unit) = match unit.trim_start().to_ascii_lowercase().as_str() {
            "m" | "mb" | "mi" | "mib" => (1, "MiB"),
            "g" | "gb" | "gi" | "gib" => (1024, "GiB"),
            _ => return None,
        };
        let size = match number.split_once('.') {
            None => Self::parse(&format!("{number}{unit}")).ok()?,
            Some((whole, part)) => {
                // A fraction of a MiB is not a plausible size.
                let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
                let parts = part.parse::<u64>().ok()?.checked_mul(factor)?;
                let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
                let mib = whole.checked_add(parts / scale)?;
                Self { mib: parts.is_multiple_of(scale).then_some(mib)? }
            }
        };
        let written =
            if number.contains('.') { size.to_string() } else { format!("{number}{unit}") };
        (size.mib > 0).then_some(written)
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

/// Parses a duration with its unit: `"500ms"`, `"20s"`, `"5m"`, `"1h"`.
///
/// # Errors
/// `None` for anything that is not a number followed by one of those units.
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

/// The valid form of a duration that [`parse_duration`] rejects, if it is unambiguous: `"20 s"`,
/// `"5 minutes"`.
#[must_use]
pub fn guess_duration(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start().to_ascii_lowercase().as_str() {
        "ms" | "msec" | "millis" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        // `M` may be a month.
        "m" if text.ends_with('m') => "m",
        _ => return None,
    };
    let written = format!("{number}{unit}");
    parse_duration(&written).map(|_| written)
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
    /// The permissions among the bits of a file's mode.
    pub const ALL: u16 = 0o7777;

    /// The permissions of a file with this `st_mode`.
    #[must_use]
    pub fn of_file(st_mode: u32) -> Self {
        let permissions = st_mode & u32::from(Self::ALL);
        Self { bits: u16::try_from(permissions).unwrap_or(Self::ALL) }
    }

    /// Parses three or four octal digits.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
            return None;
        }
        u16::from_str_radix(digits, 8).ok().map(|bits| Self { bits })
    }

    /// The permissions of a number, if it is in range.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        u16::try_from(bits).ok().filter(|bits| *bits <= 0o7777).map(|bits| Self { bits })
    }

    /// Whether every class (owner, group, others) that can read a directory of this mode can also
    /// enter it, and the owner can do both.
    #[must_use]
    pub const fn is_traversable(self) -> bool {
        self.bits & 0o100 != 0
    }
}

/// Four octal digits, the format of the platforms.
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
    fn sizes_need_a_binary_unit() {
        assert_eq!(Size::parse("512MiB"), Ok(Size { mib: 512 }));
        assert_eq!(Size::parse("2GiB"), Ok(Size { mib: 2048 }));
        assert_eq!(Size::parse("2GB"), Err(SizeError::DecimalUnit("GiB")));
        assert_eq!(Size::parse("2 GiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("1.5GiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("99999999999999999999MiB"), Err(SizeError::Malformed));
        assert_eq!(Size::parse("18446744073709551615GiB"), Err(SizeError::Malformed));
    }

    #[test]
    fn only_unambiguous_forms_are_guessed() {
        let size = Size::guess;
        assert_eq!(size("2GB").as_deref(), Some("2GiB"));
        assert_eq!(size(" 512 mb ").as_deref(), Some("512MiB"));
        assert_eq!(size("1.5 GiB").as_deref(), Some("1536MiB"));
        for unclear in
            ["512", "1.3MB", "2KB", "GB", ".5GB", "1.GB", "0GB", "1.2.3GB", "9e9GB", "2 B"]
        {
            assert_eq!(size(unclear), None, "{unclear}");
        }
        assert_eq!(guess_duration("20 S").as_deref(), Some("20s"));
        assert_eq!(guess_duration("5 minutes").as_deref(), Some("5m"));
        for unclear in ["20", "5M", "1.5s", "a s", "s"] {
            assert_eq!(guess_duration(unclear), None, "{unclear}");
        }
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
